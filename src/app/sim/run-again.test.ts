/** Whoever copies the line gets the same run. */
import { expect, test } from "vitest";
import { runAgain } from "./run-again.ts";

test("Run again: the file as it was named, its seed, and no more where nothing was changed", () => {
  expect(runAgain("run", "my/churn.yaml", {}, ["--seed", "7"])).toBe(
    "npx pingo sim run my/churn.yaml --seed 7",
  );
});

test("Run again: what was changed is in the line, and a shell reads it as it was written", () => {
  const flags = { until: "6h", set: ["nodes=40", "network={sites: 2}", "name=it's"] };
  expect(runAgain("run", "a b.yaml", flags, ["--seed", "1"])).toBe(
    "npx pingo sim run 'a b.yaml' --seed 1 --until 6h --set nodes=40 " +
      "--set 'network={sites: 2}' --set 'name=it'\\''s'",
  );
});
