/** Random charts, random deliveries: the compiled chart and XState must never differ. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { InvariantViolation } from "../../src/kernel/invariant.ts";
import { chartSpec, machineOf, messageTypes } from "./chart-generator.ts";
import { expectSameAsXState, Oracle, sequencesOf } from "./chart-oracle.ts";

const message = fc.record({ type: fc.constantFrom(...messageTypes), n: fc.nat(5) });

/** A chart and deliveries for it. */
const trial = chartSpec.chain((spec) => {
  const machine = machineOf(spec);
  return fc.record({
    spec: fc.constant(spec),
    a: fc.nat(9),
    deliveries: sequencesOf(machine, message, 30),
  });
});

test("generated charts: compiled and XState agree after every step", () => {
  let endless = 0;
  const property = fc.property(trial, ({ spec, a, deliveries }) => {
    const machine = machineOf(spec);
    try {
      expectSameAsXState(machine, { a }, deliveries);
    } catch (error) {
      if (!(error instanceof InvariantViolation)) throw error;
      endless++;
      const oracle = new Oracle(machine);
      expect(() => {
        oracle.init({ a });
        for (const delivery of deliveries) oracle.step(delivery);
      }).toThrow(/Infinite loop/);
    }
  });
  const numRuns = Number(process.env.CHART_RUNS ?? 2_000);
  fc.assert(property, {
    numRuns,
    ...(process.env.CHART_SEED ? { seed: Number(process.env.CHART_SEED) } : {}),
  });
  expect(endless / numRuns).toBeLessThan(0.1);
});
