/**
 * Shipped scenarios keep what their pages promise: some of them whole, at their own seed, and what
 * all must have. `npm run gates` runs every gate with its rival.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runToEnd, scenarioNamed, shipped } from "./shipped.ts";

const FEW_MINUTES = 180_000;
const large = "first-light";
const SEED = 3;
/** Days of a network, and attacks on its rules. */
const whole = ["steady", "partition", "cold-start", "wrong-results", "rotator", "idler"];
/** More of them, in the long test only. */
const more = process.env.PINGO_SOAK === undefined ? [] : ["churn", "flash-crowd", "colluders-20"];

describe("A shipped scenario passes", () => {
  test.each([...whole, ...more])(
    "%s",
    (name) => {
      const { scenario } = scenarioNamed(name);
      const result = runToEnd(scenario, scenario.seed);
      expect(result.checks.filter(({ pass }) => !pass)).toEqual([]);
      expect(result.violations).toEqual([]);
      expect(result.faults.filter(({ fired }) => fired === 0)).toEqual([]);
      expect(result.verdict).toBe("pass");
    },
    FEW_MINUTES,
  );
});

test(
  "first-light, made small: free riders get nothing to speak of, honest people what they earned",
  () => {
    const { scenario } = scenarioNamed(large, { nodes: "300" });
    const { metrics, violations, faults, classes } = runToEnd(scenario, SEED);
    expect(violations).toEqual([]);
    expect(faults.filter(({ fired }) => fired === 0)).toEqual([]);
    const riders = classes.find(({ name }) => name === "free-rider");
    expect(riders?.asked).toBeGreaterThan(0);
    expect(metrics.freeRiderShare).toBeLessThanOrEqual(0.01);
    expect(metrics.honestService).toBeGreaterThanOrEqual(0.8);
    expect(metrics.wrongPaid).toBe(0);
  },
  FEW_MINUTES,
);

describe("Every shipped scenario", () => {
  test.each(shipped)("%s is named like its file and knows its schema", (name) => {
    const { scenario, text } = scenarioNamed(name);
    expect(scenario.name).toBe(name);
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./scenario.schema.json");
  });

  test.each(shipped)("%s says what it shows, and what must come out", (name) => {
    const { scenario } = scenarioNamed(name);
    expect(scenario.description.length).toBeGreaterThan(60);
    expect(scenario.checks.length).toBeGreaterThan(0);
  });

  test.each(shipped)("%s has a page that names its checks", (name) => {
    const page = join(import.meta.dirname, `../../docs/scenarios/${name}.md`);
    expect(existsSync(page)).toBe(true);
    const text = readFileSync(page, "utf8");
    for (const { metric } of scenarioNamed(name).scenario.checks) expect(text).toContain(metric);
  });
});

test("every kind of fault occurs in a shipped scenario", () => {
  const kinds = shipped.flatMap((name) => scenarioNamed(name).scenario.faults.map((f) => f.kind));
  expect([...new Set(kinds)].sort()).toEqual([
    "clock-skew",
    "clog",
    "crash",
    "loss-burst",
    "partition",
    "pause",
    "restart",
    "slow-node",
    "wrong-result",
  ]);
});
