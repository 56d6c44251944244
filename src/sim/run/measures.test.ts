import { Schema } from "effect";
import { expect, test } from "vitest";
import { catalogue } from "../metrics/catalogue.ts";
import { Scenario } from "../scenario/schema.ts";
import { Run } from "./run.ts";

const village = {
  name: "village",
  until: "6h",
  nodes: 20,
  edges: 1,
  hosts: { kind: "uniform" },
  workload: { load: 0.6, tasks: { mean: 3 } },
  commons: { mode: "idle" },
  policies: { verification: { rule: "quorum" } },
};

function resultOf(more: object = {}) {
  const scenario = Schema.decodeUnknownSync(Scenario)({ ...village, ...more });
  const run = new Run({ scenario, seed: 1, files: new Map() });
  while (!run.advance(1e6));
  return run.result();
}

const whole = resultOf();

test("every metric of a run is in the catalogue, and none is missing", () => {
  const names = catalogue.map(({ name }) => name).sort();
  const cheated = resultOf({ adversaries: [{ kind: "free-rider", count: 1 }] });
  expect(Object.keys(cheated.metrics)).toEqual(names);
  // without adversaries there is nothing to account for
  const honest = catalogue.filter(({ group }) => group !== "adversaries");
  expect(Object.keys(whole.metrics)).toEqual(honest.map(({ name }) => name).sort());
});

test("a warm-up changes no delivery and leaves its waits and accounts out", () => {
  const late = resultOf({ measureFrom: "3h" });
  const nothing = resultOf({ measureFrom: "6h" });
  expect([late.hash, nothing.hash]).toEqual([whole.hash, whole.hash]);
  expect(late.metrics.settled).toBe(whole.metrics.settled);
  const asked = ({ classes }: typeof whole) => classes[0]?.asked ?? 0;
  expect(asked(late)).toBeGreaterThan(0);
  expect(asked(late)).toBeLessThan(asked(whole));
  expect(late.metrics.waitMeanS).not.toBe(whole.metrics.waitMeanS);
  expect(asked(nothing)).toBe(0);
});

test("runs cost at least what counts, and transfers end at machines on the map", () => {
  const { costFactor = 0, overheadVerification = 0, usefulVcu = 0 } = whole.metrics;
  expect(usefulVcu).toBeGreaterThan(0);
  // A quorum of two: every paid task was computed twice.
  expect(overheadVerification).toBeGreaterThan(0.95);
  expect(costFactor).toBeGreaterThan(1 + overheadVerification - 1e-9);
  const machines = whole.atlas?.cities.reduce((sum, each) => sum + each.machines, 0);
  expect(machines).toBe(20);
});

test("the worst-off is an honest contributor with its refusals", () => {
  const { worstOff, refusals } = whole;
  const count = (of: ReadonlyArray<{ readonly count: number }>) =>
    of.reduce((sum, each) => sum + each.count, 0);
  expect(worstOff?.id).toMatch(/^contributor\/c\d\d$/);
  expect(count(worstOff?.refusals ?? [])).toBeLessThanOrEqual(count(refusals));
});
