/**
 * Sets of rules by name: what `pingo sim compare` sets side by side. "ours" is the scenario as it
 * is; any other name is that of a policy, which takes the place of the one of its family, with its
 * own defaults. Whether the gate admits everybody follows from the scheduling policy.
 */
import type { RunInputs } from "../run/inputs.ts";
import { isOwnRule } from "../run/own-rules.ts";
import {
  aggregationPolicies,
  choosePolicy,
  placementPolicies,
  schedulingPolicies,
  verificationPolicies,
} from "../run/policy-table.ts";
import { nearest } from "../scenario/nearest-key.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import type { Scenario } from "../scenario/schema.ts";

export const OURS = "ours";

export interface RuleSet {
  readonly name: string;
  /** In words, for tables. */
  readonly summary: string;
  readonly apply: (scenario: Scenario) => Scenario;
}

type Family = keyof Scenario["policies"];

interface Named {
  readonly name: string;
  readonly summary: string;
}

const families: ReadonlyArray<readonly [Family, ReadonlyArray<Named>]> = [
  ["scheduling", schedulingPolicies],
  ["verification", verificationPolicies],
  ["placement", placementPolicies],
];

function replacing(
  family: Family,
  choice: { readonly rule: string; readonly agree?: number; readonly risk?: boolean },
): RuleSet["apply"] {
  return (scenario) => ({ ...scenario, policies: { ...scenario.policies, [family]: choice } });
}

/** How updates of a training run are put together. */
function aggregating(rule: string): RuleSet["apply"] {
  return (scenario) => {
    const { training } = scenario;
    if (training !== undefined)
      return { ...scenario, training: { ...training, aggregation: { rule } } };
    throw new ScenarioError(
      `the rule ${rule} puts updates of a training run together, and ${scenario.name} has none; ` +
        "give it a training part or leave the rule out",
      "training",
    );
  };
}

const ours: RuleSet = {
  name: OURS,
  summary: "The policies of the scenario.",
  apply: (scenario) => scenario,
};

/** Rules that are known by their parameter. */
const quorums: ReadonlyArray<RuleSet> = [2, 3].map((agree) => ({
  name: `quorum${agree}`,
  summary: `Every result needs ${agree} owners who agree.`,
  apply: replacing("verification", { rule: "quorum", agree }),
}));

/** Ours without its look at who may go: what that look is worth. */
const oblivious: RuleSet = {
  name: "oblivious",
  summary: "Near placement that does not ask whether a machine will stay.",
  apply: replacing("placement", { rule: "near", risk: false }),
};

/** A name that two families use means the first: scheduling, verification, placement, training. */
const ruleSets: ReadonlyMap<string, RuleSet> = new Map(
  [
    ...aggregationPolicies.map(({ name, summary }) => ({
      name,
      summary,
      apply: aggregating(name),
    })),
    ...families
      .flatMap(([family, policies]) =>
        policies.map(({ name, summary }) => ({
          name,
          summary,
          apply: replacing(family, { rule: name }),
        })),
      )
      .reverse(),
    ...quorums,
    oblivious,
    ours,
  ].map((each) => [each.name, each]),
);

/** The same run under other rules: same hosts, same faults, same demand. */
export function inputsUnder(rules: RuleSet, inputs: RunInputs): RunInputs {
  const { verification } = inputs.scenario.policies;
  const { policy, params } = choosePolicy("verification", verificationPolicies, verification);
  const demandExecutions = policy.executions(params);
  return { ...inputs, scenario: rules.apply(inputs.scenario), demandExecutions };
}

export const ruleSetNames: ReadonlyArray<string> = [
  OURS,
  ...[...ruleSets.keys()].filter((name) => name !== OURS).sort(),
];

/** Throws {@link ScenarioError} with the name that is spelled most like it. */
export function ruleSetNamed(name: string, field: string): RuleSet {
  const found = ruleSets.get(name);
  if (found !== undefined) return found;
  if (isOwnRule(name)) {
    return {
      name,
      summary: `The rule in ${name}.`,
      apply: replacing("scheduling", { rule: name }),
    };
  }
  const near = nearest(name, ruleSetNames);
  const advice = near === undefined ? "" : `did you mean ${near}? `;
  throw new ScenarioError(
    `${field}: there are no rules named "${name}"; ${advice}known are ${ruleSetNames.join(", ")}`,
    field,
    ruleSetNames,
  );
}
