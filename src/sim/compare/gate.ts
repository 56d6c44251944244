/**
 * A gate is a scenario on which a claim rests. Passing is not enough: under rules that do nothing
 * the same numbers would prove that ours did nothing either. So a gate is run a second time, with
 * the rival's rules and the same seed, and something of what it measures must differ.
 */
import type { RunInputs } from "../run/inputs.ts";
import type { CheckResult, RunResult } from "../run/result.ts";
import { nearest } from "../scenario/nearest-key.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import type { Scenario } from "../scenario/schema.ts";
import { inputsUnder, ruleSetNamed } from "./rule-sets.ts";

/** What the rival's run takes; undefined for a scenario that is no gate. */
export function rivalInputs(inputs: RunInputs): RunInputs | undefined {
  const { gate, rival } = inputs.scenario;
  if (!gate) return undefined;
  return inputsUnder(ruleSetNamed(rival.policies, "rival.policies"), inputs);
}

/** The metrics that a gate names, or those that it bounds. */
function differing({ rival, checks }: Scenario): ReadonlyArray<string> {
  const names = rival.differs.length > 0 ? rival.differs : checks.map(({ metric }) => metric);
  if (names.length > 0) return [...new Set(names)];
  throw new ScenarioError(
    "a gate needs checks, or rival.differs with the metrics in which the rival must differ",
    "rival.differs",
  );
}

/** Throws {@link ScenarioError} for a metric that there is not. */
export function rivalCheck(scenario: Scenario, ours: RunResult, theirs: RunResult): CheckResult {
  const names = differing(scenario);
  const unknown = names.find((name) => !(name in ours.metrics));
  if (unknown !== undefined) {
    const known = Object.keys(ours.metrics);
    throw new ScenarioError(
      `rival.differs: there is no metric "${unknown}"; did you mean "${nearest(unknown, known)}"?`,
      "rival.differs",
      known,
    );
  }
  const value = names.filter((name) => ours.metrics[name] !== theirs.metrics[name]).length;
  const rival = scenario.rival.policies;
  const bound = `>= 1 of ${names.join(", ")} differs under ${rival}`;
  return { name: "rival-differs", value, bound, pass: value > 0 };
}

/** The result of a gate with what the rival's run adds to it. */
export function judgedGate(scenario: Scenario, ours: RunResult, theirs: RunResult): RunResult {
  const check = rivalCheck(scenario, ours, theirs);
  return {
    ...ours,
    checks: [...ours.checks, check],
    verdict: ours.verdict === "pass" && check.pass ? "pass" : "fail",
    rival: { policies: scenario.rival.policies, metrics: theirs.metrics },
  };
}
