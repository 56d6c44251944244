import { expect, test } from "vitest";
import { intervalOf, studentQuantile } from "./interval.ts";
import { cellsOf, repeatedOf, settingsOf } from "./sweep-plan.ts";

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

test("settings are all combinations, the last flag fastest", () => {
  const settings = settingsOf(["nodes=10,20", "access=credit,open"]);
  const texts = settings.map((setting) => setting.map(({ value }) => value).join(" "));
  expect(texts).toEqual(["10 credit", "10 open", "20 credit", "20 open"]);
  expect(cellsOf(settings, [1, 2])).toHaveLength(8);
});

test("one in twenty runs is repeated, at least one", () => {
  expect(repeatedOf(Array.from({ length: 2 }))).toEqual([0]);
  expect(repeatedOf(Array.from({ length: 60 }))).toEqual([0, 20, 40]);
});
