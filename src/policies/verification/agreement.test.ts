import { describe, expect, test } from "vitest";
import { agree, gamma } from "./agreement.ts";

describe("Agreement of results", () => {
  test.each([
    [1e4, 2 ** -24, 5.96e-4],
    [1e6, 2 ** -53, 1.11e-10],
  ])("the error bound of a sum of %f terms at round-off %f is %f", (n, u, bound) => {
    expect(gamma(n, u) / bound).toBeCloseTo(1, 2);
  });

  test.each([
    ["bitwise", "1.0", "1.00", false],
    ["bitwise", "ab", "ab", true],
    ["tolerance", "1.0,2.0", "1.0005,2.0", true],
    ["tolerance", "1.0,2.0", "1.002,2.0", false],
    ["tolerance", "1.0", "1.0,2.0", false],
    ["tolerance", "0.0001,100", "0.0002,100", false],
    ["statistical", "0.0001,100", "0.0002,100", true],
    ["statistical", "3,4", "3,4.01", false],
    ["statistical", "ab", "cd", false],
  ] as const)("%s: %s and %s: %s", (of, a, b, same) => {
    expect(agree(a, b, of, 1e-3)).toBe(same);
    expect(agree(b, a, of, 1e-3)).toBe(same);
  });
});
