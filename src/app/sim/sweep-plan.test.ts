import { expect, test } from "vitest";
import { cellsOf, repeatedOf, settingsOf } from "./sweep-plan.ts";

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
