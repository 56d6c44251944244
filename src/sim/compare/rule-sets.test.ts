import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { Scenario } from "../scenario/schema.ts";
import { ruleSetNamed, ruleSetNames } from "./rule-sets.ts";

const small = {
  name: "small",
  until: "1h",
  policies: { verification: { rule: "quorum", agree: 2 } },
};
const scenario = Schema.decodeUnknownSync(Scenario)(small);

const policiesUnder = (name: string) => ruleSetNamed(name, "--policies").apply(scenario).policies;

describe("A set of rules", () => {
  test("ours is the scenario as it is", () => {
    expect(ruleSetNamed("ours", "--policies").apply(scenario)).toBe(scenario);
  });

  test("takes the place of one family and leaves the others", () => {
    expect(policiesUnder("equal")).toEqual({
      ...scenario.policies,
      scheduling: { rule: "equal" },
    });
    expect(policiesUnder("random").placement).toEqual({ rule: "random" });
    expect(policiesUnder("quorum3").verification).toEqual({ rule: "quorum", agree: 3 });
  });

  test("a scenario's parameters go with the rule that they were for", () => {
    expect(policiesUnder("trust").verification).toEqual({ rule: "trust" });
  });

  test("a rule of training needs a training run to take a place in", () => {
    expect(() => policiesUnder("median")).toThrow("small has none; give it a training part");
    const trained = Schema.decodeUnknownSync(Scenario)({ ...small, training: {} });
    expect(ruleSetNamed("median", "--policies").apply(trained).training?.aggregation).toEqual({
      rule: "median",
    });
  });

  test("an unknown one is told with the nearest name and all that there are", () => {
    expect(() => ruleSetNamed("equall", "--policies")).toThrow(
      /^--policies: there are no rules named "equall"; did you mean equal\? known are ours, /,
    );
    expect(ruleSetNames).toEqual(expect.arrayContaining(["ours", "credit", "quorum2", "nearest"]));
  });
});
