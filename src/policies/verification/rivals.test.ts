import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { ReportedResult } from "../../kernel/policies/verification.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";
import { adaptive } from "./adaptive.ts";
import { poco, weightOf } from "./poco.ts";

const owner = (n: number) => address("contributor", `c${n}`);
const votes = (digests: string): ReadonlyArray<ReportedResult> =>
  digests.split("").map((digest, n) => ({
    attempt: `t.${n}`,
    node: address("node", `n${n}`),
    owner: owner(n),
    digest,
  }));
const asked = (word = 1) => ({ task: "t", entropy: word as Seed, strict: false });

describe("Adaptive replication", () => {
  const params = Schema.decodeSync(adaptive.Params)({});
  const withRow = (n: number) =>
    VersionedMap.empty<ReturnType<typeof owner>, number>().set(owner(0), n);

  test("below ten valid results every task is replicated", () => {
    for (let word = 0; word < 200; word++) {
      expect(adaptive.copiesFor(params, withRow(9), [owner(0)], asked(word))).toBe(1);
    }
    expect(adaptive.copiesFor(params, withRow(9), [owner(0), owner(1)], asked())).toBe(0);
    expect(adaptive.judge(params, withRow(9), votes("a"), asked()).verdict).toBe("more");
  });

  test("from there on one in n is", () => {
    let replicated = 0;
    for (let word = 0; word < 20_000; word++) {
      replicated += adaptive.copiesFor(params, withRow(20), [owner(0)], asked(word * 99_991));
    }
    expect(replicated / 20_000).toBeCloseTo(1 / 20, 2);
  });

  test("a lie ends the row; what was believed alone adds nothing to it", () => {
    const learn = (digests: string, state = withRow(12)) => {
      const results = votes(digests);
      const judgement = adaptive.judge(params, state, results, asked());
      return adaptive.learn(params, state, results, judgement).state.get(owner(0));
    };
    expect(learn("aa")).toBe(13);
    expect(learn("abb")).toBe(0);
    expect(learn("a")).toBe(12);
  });

  /** Expected replications: n grows by each replicated job, and one in n is replicated. */
  test.each([
    [100, 16.8],
    [1000, 45.8],
  ])("an honest host's first %i tasks: %f are replicated", (jobs, published) => {
    let total = 0;
    const hosts = 2_000;
    for (let host = 0; host < hosts; host++) {
      let state = withRow(0);
      for (let job = 0; job < jobs; job++) {
        const word = Math.imul(host * 1_000 + job, 0x9e3779b1) >>> 0;
        if (adaptive.copiesFor(params, state, [owner(0)], asked(word)) === 0) continue;
        total++;
        const two = votes("aa");
        state = adaptive.learn(
          params,
          state,
          two,
          adaptive.judge(params, state, two, asked()),
        ).state;
      }
    }
    expect(Math.abs(total / hosts - published)).toBeLessThan(0.5);
  });
});

describe("Proof of contribution", () => {
  const params = Schema.decodeSync(poco.Params)({});
  const scores = (...given: ReadonlyArray<number>) =>
    given.reduce(
      (map, score, n) => map.set(owner(n), score),
      VersionedMap.empty<ReturnType<typeof owner>, number>(),
    );

  test.each([
    [0, 2],
    [11, 2],
    [12, 3],
    [300, 99],
  ])("a score of %i weighs %i", (score, weight) => {
    expect(weightOf(score)).toBe(weight);
  });

  test.each([
    // group x trust > (1 + group) x (trust - 1): above 99 at a trust of 100
    ["a", [300], "more"],
    ["a", [303], "accepted"],
    ["aa", [33, 33], "accepted"],
    ["aaaaaa", [], "more"],
    ["aaaaaaa", [], "accepted"],
    ["ab", [3000, 0], "accepted"],
    ["aabb", [33, 33, 33, 33], "more"],
  ])("%s with scores %j: %s", (digests, given, verdict) => {
    expect(poco.judge(params, scores(...given), votes(digests), asked()).verdict).toBe(verdict);
  });

  test.each([
    [[303], 0],
    [[300], 1],
    [[], 6],
    [[300, 0], 0],
  ])("scores %j agree: %i copies more are wanted", (given, more) => {
    const owners = given.length === 0 ? [owner(0)] : given.map((_, n) => owner(n));
    expect(poco.copiesFor(params, scores(...given), owners, asked())).toBe(more);
  });

  test("right in company adds one, wrong costs a third, right alone adds nothing", () => {
    const learn = (digests: string, state = scores(303, 303, 30)) => {
      const results = votes(digests);
      const judgement = poco.judge(params, state, results, asked());
      const next = poco.learn(params, state, results, judgement).state;
      return [0, 1, 2].map((n) => next.get(owner(n)));
    };
    expect(learn("a")).toEqual([303, 303, 30]);
    expect(learn("aab")).toEqual([304, 304, 20]);
  });
});
