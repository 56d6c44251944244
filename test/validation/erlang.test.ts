/** The closed forms against values printed elsewhere. */
import { describe, expect, test } from "vitest";
import { erlangB, erlangC, meanWait } from "./erlang.ts";

describe("Closed forms of queues", () => {
  // Erlang B traffic tables: offered traffic at which one call in a hundred is lost
  test.each([
    [1, 0.0101],
    [2, 0.1526],
    [5, 1.361],
    [10, 4.461],
    [20, 12.031],
    [50, 37.901],
    [100, 84.064],
  ])("%i lines lose one call in a hundred at %f erlang", (lines, offered) => {
    expect(erlangB(lines, offered)).toBeCloseTo(0.01, 4);
  });

  test("half the callers of a single server at half load wait, by Erlang C", () => {
    expect(erlangC(1, 0.5)).toBeCloseTo(0.5, 12);
  });

  // two servers: 2 rho^2 / (1 + rho); the others from call centre tables
  test.each([
    [2, 1, 1 / 3],
    [2, 1.6, (2 * 0.64) / 1.8],
    [10, 8, 0.4092],
    [14, 10, 0.1741],
  ])("%i servers at %f erlang make a caller wait with chance %f", (servers, offered, chance) => {
    expect(erlangC(servers, offered)).toBeCloseTo(chance, 4);
  });

  test("one server: the mean wait is rho / (1 - rho) services", () => {
    for (const load of [0.1, 0.5, 0.7, 0.8, 0.95]) {
      expect(meanWait(1, load)).toBeCloseTo(load / (1 - load), 10);
    }
  });

  test("one fast server beats four slow ones in wait plus service; four beat one in wait", () => {
    const [four, one] = [meanWait(4, 0.8), meanWait(1, 0.8)];
    expect(four).toBeLessThan(one);
    expect((one + 1) / 4).toBeLessThan(four + 1);
  });

  test("an idle network makes nobody wait", () => {
    expect(meanWait(4, 0)).toBe(0);
  });
});
