import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { noRecords } from "./track-record.ts";
import { trust } from "./trust.ts";

const result = (n: number, digest: string) => ({
  attempt: `t.${n}`,
  node: address("node", `n${n}`),
  owner: address("contributor", `c${n}`),
  digest,
});
const judge = (results: ReadonlyArray<ReturnType<typeof result>>) =>
  trust.judge({}, noRecords(), results, { task: "t", entropy: 0 as Seed, strict: false });

describe("Trust", () => {
  test("asks for one execution and believes it", () => {
    expect(trust.executions({})).toBe(1);
    expect(judge([])).toEqual({ verdict: "more", executions: 1 });
    expect(judge([result(1, "b")])).toEqual({
      verdict: "accepted",
      digest: "b",
      agreed: ["t.1"],
    });
  });

  test("of several it believes the first attempt, whatever came first", () => {
    const results = [result(2, "a"), result(1, "b")];
    expect(judge(results)).toEqual({ verdict: "accepted", digest: "b", agreed: ["t.1"] });
    expect(judge(results.toReversed())).toEqual(judge(results));
  });
});
