import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import type { RunResult } from "../run/result.ts";
import { Scenario } from "../scenario/schema.ts";
import { judgedGate, rivalInputs } from "./gate.ts";

const gateOf = (more: object = {}) =>
  Schema.decodeUnknownSync(Scenario)({
    name: "gate",
    until: "1h",
    gate: true,
    policies: { verification: { rule: "quorum" } },
    ...more,
  });

const resultOf = (metrics: Readonly<Record<string, number>>) =>
  ({ verdict: "pass", checks: [], metrics }) as unknown as RunResult;

const inputsOf = (scenario: typeof Scenario.Type) => ({ scenario, seed: 7, files: new Map() });

describe("A gate", () => {
  test("is run with the rival's rules and its own seed and demand", () => {
    expect(rivalInputs(inputsOf(gateOf()))).toMatchObject({
      seed: 7,
      demandExecutions: 2,
      scenario: { policies: { scheduling: { rule: "equal" } } },
    });
    expect(rivalInputs(inputsOf(gateOf({ gate: false })))).toBeUndefined();
  });

  test("fails when the rival's numbers are the same: the rule was not at work", () => {
    const gate = gateOf({ rival: { policies: "fcfs", differs: ["freeRiderShare", "waitMeanS"] } });
    const ours = resultOf({ freeRiderShare: 0, waitMeanS: 3, asks: 1 });
    const same = judgedGate(gate, ours, resultOf({ freeRiderShare: 0, waitMeanS: 3, asks: 2 }));
    expect(same.verdict).toBe("fail");
    expect(same.checks).toEqual([
      {
        name: "rival-differs",
        value: 0,
        bound: ">= 1 of freeRiderShare, waitMeanS differs under fcfs",
        pass: false,
      },
    ]);
    const theirs = resultOf({ freeRiderShare: 0.9, waitMeanS: 3, asks: 2 });
    const other = judgedGate(gate, ours, theirs);
    expect(other.verdict).toBe("pass");
    expect(other.rival).toEqual({ policies: "fcfs", metrics: theirs.metrics });
  });

  test("looks at what it bounds when it names nothing else, and must bound something", () => {
    const bounded = gateOf({ checks: [{ metric: "waitMeanS", max: 5 }] });
    const ours = resultOf({ waitMeanS: 3 });
    expect(judgedGate(bounded, ours, resultOf({ waitMeanS: 4 })).verdict).toBe("pass");
    expect(() => judgedGate(gateOf(), ours, ours)).toThrow("a gate needs checks, or rival.differs");
    const misspelt = gateOf({ rival: { differs: ["waitMean"] } });
    expect(() => judgedGate(misspelt, ours, ours)).toThrow('did you mean "waitMeanS"?');
  });
});
