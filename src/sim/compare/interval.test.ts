import { expect, test } from "vitest";
import { intervalOf, studentQuantile, wilson } from "./interval.ts";

test("Student's quantiles agree with tables, also beyond ours", () => {
  expect(studentQuantile(1)).toBeCloseTo(12.706, 3);
  expect(studentQuantile(30)).toBeCloseTo(2.0423, 4);
  expect(studentQuantile(40)).toBeCloseTo(2.0211, 3);
  expect(studentQuantile(120)).toBeCloseTo(1.9799, 3);
});

test("a mean and half the width of its interval", () => {
  expect(intervalOf([1, 2, 3])).toEqual({ mean: 2, half: expect.closeTo(2.4841, 3), n: 3 });
  expect(intervalOf([5])).toEqual({ mean: 5, half: 0, n: 1 });
});

test("Wilson: none of a hundred, half of ten, none of none", () => {
  expect(wilson(0, 100)).toEqual({ low: 0, high: expect.closeTo(0.037, 4) as number });
  const half = wilson(5, 10);
  expect(half.low).toBeCloseTo(0.2366, 4);
  expect(half.high).toBeCloseTo(0.7634, 4);
  expect(wilson(10, 10)).toEqual({ low: expect.closeTo(0.7225, 4) as number, high: 1 });
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
});
