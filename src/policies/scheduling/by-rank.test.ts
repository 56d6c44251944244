import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { byRank, RuleError } from "./by-rank.ts";

const nothing = nanoVcu(0n);
const work = {
  attempt: "a",
  requester: address("contributor", "c"),
  commons: false,
  mflop: 1,
  standing: { balance: nothing, earned: nothing, spent: nothing, rate: nothing },
} as unknown as Work;

function placedWith(rank: (of: Work) => number): () => unknown {
  const rule = byRank({ name: "mine", summary: "s", admission: "open", rank });
  return () => rule.add(rule.init({}), work, { atUs: 0, capacityOf: () => 0 });
}

describe("A rule of a rank", () => {
  test("no number: its author is told, not shown our stack", () => {
    const gave = placedWith((of) => (of as unknown as { nothing: number }).nothing);
    expect(gave).toThrow(RuleError);
    expect(gave).toThrow("the rule mine must rank by a safe integer, but gave undefined");
  });

  test("it throws: its own words are passed on", () => {
    const threw = placedWith(() => {
      throw new TypeError("no such field");
    });
    expect(threw).toThrow("the rule mine failed to rank a work: TypeError: no such field");
  });
});
