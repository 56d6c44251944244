import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { type Seed, Stream } from "../../kernel/entropy.ts";
import type { ReportedResult } from "../../kernel/policies/verification.ts";
import { QuorumParams, quorum } from "./quorum.ts";
import { noRecords } from "./track-record.ts";

const result = (n: number, digest: string, owner = n): ReportedResult => ({
  attempt: `t.${n}`,
  node: address("node", `n${n}`),
  owner: address("contributor", `c${owner}`),
  digest,
});
/** One letter a digest, each of its own owner. */
const votes = (digests: string) => digests.split("").map((digest, n) => result(n, digest));
const question = { task: "t", entropy: 0 as Seed, strict: false };
const judge = (params: QuorumParams, results: ReadonlyArray<ReportedResult>) =>
  quorum.judge(params, noRecords(), results, question);

const params = fc
  .record({ agree: fc.integer({ min: 1, max: 4 }), more: fc.nat({ max: 5 }) })
  .map(({ agree, more }) => ({ agree, limit: agree + more }));
const someResults = fc
  .array(fc.record({ digest: fc.constantFrom("a", "b", "c"), owner: fc.nat({ max: 5 }) }), {
    maxLength: 10,
  })
  .map((some) => some.map(({ digest, owner }, n) => result(n, digest, owner)));

describe("Quorum", () => {
  test("two of at most eight by default; agree above limit is refused", () => {
    const decode = Schema.decodeUnknownSync(QuorumParams);
    expect(decode({})).toEqual({ agree: 2, limit: 8 });
    expect(() => decode({ agree: 9 })).toThrow("agree must not be above limit");
  });

  test.each([
    ["", { verdict: "more", executions: 3 }],
    ["a", { verdict: "more", executions: 2 }],
    ["ab", { verdict: "more", executions: 2 }],
    ["aab", { verdict: "more", executions: 1 }],
    ["abab", { verdict: "more", executions: 1 }],
    ["abcd", { verdict: "more", executions: 1 }],
    ["ababa", { verdict: "accepted", digest: "a", agreed: ["t.0", "t.2", "t.4"] }],
    ["aabbc", { verdict: "rejected", reason: "no-agreement" }],
  ])("first to three of at most five: %j", (digests, judgement) => {
    expect(judge({ agree: 3, limit: 5 }, votes(digests))).toEqual(judgement);
  });

  test("an owner has one vote, however many nodes it has", () => {
    const twins = [result(1, "a", 1), result(2, "a", 1)];
    expect(judge({ agree: 2, limit: 8 }, twins)).toEqual({ verdict: "more", executions: 1 });
  });

  test("the order of results does not count", () => {
    const shuffled = someResults.chain((results) =>
      fc.tuple(fc.constant(results), fc.shuffledSubarray(results, { minLength: results.length })),
    );
    const property = fc.property(params, shuffled, (rule, [results, otherwise]) => {
      expect(judge(rule, otherwise)).toEqual(judge(rule, results));
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("never asks for more than the limit, and ends at it", () => {
    const property = fc.property(params, someResults, (rule, results) => {
      const judgement = judge(rule, results);
      if (judgement.verdict === "more") {
        expect(judgement.executions).toBeGreaterThan(0);
        expect(results.length + judgement.executions).toBeLessThanOrEqual(rule.limit);
      }
      if (results.length >= rule.limit) expect(judgement.verdict).not.toBe("more");
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("accepts only what enough distinct owners report", () => {
    const property = fc.property(params, someResults, (rule, results) => {
      const judgement = judge(rule, results);
      if (judgement.verdict !== "accepted") return;
      const owners = results.filter((one) => one.digest === judgement.digest);
      expect(new Set(owners.map((one) => one.owner)).size).toBeGreaterThanOrEqual(rule.agree);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("counts the right and the wrong per node, from accepted tasks only", () => {
    const rule = { agree: 2, limit: 3 };
    const learn = (digests: string) => {
      const results = votes(digests);
      return quorum.learn(rule, noRecords(), results, judge(rule, results)).state.entries();
    };
    expect(learn("abc")).toEqual([]);
    expect(learn("aba").map(([, record]) => record)).toEqual([
      { valid: 1, wrong: 0 },
      { valid: 0, wrong: 1 },
      { valid: 1, wrong: 0 },
    ]);
  });
});

describe("Quorum: accepted errors when a fraction f of workers is bad and all bad agree", () => {
  /** First to m of 2m - 1 votes: bad wins when at least m of them are bad. */
  function closedForm(m: number, f: number): number {
    const votesInAll = 2 * m - 1;
    let sum = 0;
    for (let j = m; j <= votesInAll; j++) {
      sum += choose(votesInAll, j) * f ** j * (1 - f) ** (votesInAll - j);
    }
    return sum;
  }
  function choose(n: number, k: number): number {
    let ways = 1;
    for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
    return ways;
  }
  /** Share of tasks accepted wrongly when results come one at a time. */
  function simulated(m: number, f: number, tasks: number): number {
    const stream = new Stream(1, `quorum ${m} ${f}`);
    const rule = { agree: m, limit: 2 * m - 1 };
    let wrong = 0;
    for (let task = 0; task < tasks; task++) {
      const results: Array<ReportedResult> = [];
      let judgement = judge(rule, results);
      while (judgement.verdict === "more") {
        results.push(result(results.length, stream.unit() < f ? "bad" : "good"));
        judgement = judge(rule, results);
      }
      if (judgement.verdict === "accepted" && judgement.digest === "bad") wrong += 1;
    }
    return wrong / tasks;
  }

  test.each([
    [1, 0.2, 0.2],
    [2, 0.1, 0.028],
    [2, 0.2, 0.104],
    [3, 0.2, 0.05792],
    [4, 0.35, 0.1998],
  ])("first to %i, f = %f: %f", (m, f, published) => {
    const expected = closedForm(m, f);
    expect(expected).toBeCloseTo(published, 4);
    const tasks = 20_000;
    const deviation = Math.sqrt((expected * (1 - expected)) / tasks);
    expect(Math.abs(simulated(m, f, tasks) - expected)).toBeLessThan(4 * deviation);
  });
});
