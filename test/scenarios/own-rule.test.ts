/** A scheduling rule from outside: docs/how-to-add-a-policy.md as a reader would follow it. */
import { describe, expect, test } from "vitest";
import { loadOwnRules } from "../../src/app/sim/load-own-rules.ts";
import { ruleSetNamed } from "../../src/sim/compare/rule-sets.ts";
import { addOwnRule } from "../../src/sim/run/own-rules.ts";
import { choosePolicy, schedulingTable } from "../../src/sim/run/policy-table.ts";

const EXAMPLE = "./docs/examples/smallest-first.mjs";

describe("A rule of one's own", () => {
  test("the shown example is found under its path, in scenarios and in comparisons", async () => {
    await loadOwnRules(["equal", EXAMPLE], ".");
    const { policy } = choosePolicy("scheduling", schedulingTable(), { rule: EXAMPLE });
    expect(policy.summary).toBe("The smallest waiting work first.");
    expect(ruleSetNamed(EXAMPLE, "--policies").name).toBe(EXAMPLE);
  });

  test("a missing file is told with its path", async () => {
    await expect(loadOwnRules(["./nowhere.mjs"], "docs")).rejects.toThrow(
      /^there is no file .*docs.nowhere\.mjs/,
    );
  });

  test.each([
    ["nothing at all", undefined, "exports no rule"],
    ["no name", { summary: "s" }, "has a rule without name"],
    ["no summary", { name: "a" }, "has no summary"],
    ["no admission", { name: "a", summary: "s", rank: () => 1 }, "neither credit nor open"],
    [
      "a rank that is a number",
      { name: "a", summary: "s", admission: "open", rank: 1 },
      "no function",
    ],
    [
      "half a policy",
      { name: "a", summary: "s", admission: "open", init: () => 0 },
      "Params, State",
    ],
  ])("%s is refused", (_what, rule, words) => {
    expect(() => addOwnRule("./x.mjs", rule)).toThrow(words);
  });
});
