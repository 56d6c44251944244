import { expect, test } from "vitest";
import { Seeds } from "./seeds.ts";

test("Seeds: 200,000 of them, whole numbers of up to 52 bits, no two alike", () => {
  const seeds = new Seeds();
  const taken = Array.from({ length: 200_000 }, () => seeds.take());
  // of 32 bits about five pairs would be alike
  expect(new Set(taken).size).toBe(taken.length);
  expect(taken.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 52)).toBe(true);
  expect(taken.some((n) => n > 2 ** 51)).toBe(true);
});
