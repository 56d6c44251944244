/**
 * Scheduling rules that are no part of PinGo: a scenario names the file that holds one, the command
 * loads it before any run is built, and from then on its path is a name like any other.
 */
import type { AnySchedulingPolicy } from "../../kernel/policies/scheduling.ts";
import { byRank, type RankRule } from "../../policies/scheduling/by-rank.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";

const own = new Map<string, AnySchedulingPolicy>();

/** True for what names a file and not one of the rules that come with PinGo. */
export function isOwnRule(name: string): boolean {
  return /^\.{0,2}\/|\.m?js$/.test(name);
}

export function ownRules(): ReadonlyArray<AnySchedulingPolicy> {
  return [...own.values()];
}

/**
 * Makes `rule`, which the file at `path` exports, known under that path. Accepts a
 * {@link RankRule} or a whole scheduling policy; throws {@link ScenarioError} for anything else.
 */
export function addOwnRule(path: string, rule: unknown): void {
  own.set(path, { ...policyOf(path, rule), name: path });
}

function policyOf(path: string, rule: unknown): AnySchedulingPolicy {
  const refuse = (what: string): never => {
    throw new ScenarioError(
      `${path} ${what}; it must export rule = { name, summary, admission, rank }`,
      "policies.scheduling.rule",
    );
  };
  if (typeof rule !== "object" || rule === null) return refuse("exports no rule");
  const { name, summary, admission } = rule as Partial<RankRule>;
  if (typeof name !== "string") return refuse("has a rule without name");
  if (typeof summary !== "string") return refuse(`has no summary of rule ${name}`);
  if (admission !== "credit" && admission !== "open") {
    return refuse(`says neither credit nor open for admission of rule ${name}`);
  }
  if ("rank" in rule) {
    if (typeof rule.rank !== "function")
      return refuse(`has a rank in rule ${name} that is no function`);
    return byRank(rule as RankRule);
  }
  const missing = ["Params", "State", "init", "add", "next", "take", "cancel", "size", "explain"];
  const absent = missing.filter((key) => !(key in rule));
  if (absent.length > 0) return refuse(`has a rule ${name} without rank or ${absent.join(", ")}`);
  return rule as AnySchedulingPolicy;
}
