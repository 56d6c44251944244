import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import type { Question, ReportedResult } from "../../kernel/policies/verification.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";
import { CredibilityParams, type CredibilityState, credibility, survived } from "./credibility.ts";
import { credibilityOf, groupCredibilities } from "./group-credibility.ts";

const defaults = Schema.decodeSync(CredibilityParams)({});
const owner = (n: number): Address => address("contributor", `c${n}`);
const result = (n: number, digest: string, of = n): ReportedResult => ({
  attempt: `t.${n}`,
  node: address("node", `n${n}`),
  owner: owner(of),
  digest,
});
/** One letter a digest, each of its own owner. */
const votes = (digests: string) => digests.split("").map((digest, n) => result(n, digest));

/** A seed that draws no check, and one that does. */
const calm = 1 as Seed;
const checking = (() => {
  for (let word = 0; ; word++) if (pick(word as Seed, 0, 1_000_000) < 50_000) return word as Seed;
})();
const asked = (entropy: Seed = calm): Question => ({ task: "t", entropy, strict: false });

/** All owners have survived so many checks. */
function known(...ks: ReadonlyArray<number>): CredibilityState {
  let owners: CredibilityState["owners"] = VersionedMap.empty();
  ks.forEach((k, n) => {
    owners = owners.set(owner(n), { k, seen: 0, odd: 0 });
  });
  return { owners, typical: 0.99 };
}
const fresh = known();

describe("Credibility of groups: published values", () => {
  test("groups {.98, .98} and {.8}", () => {
    const [two, one] = groupCredibilities([[0.98, 0.98], [0.8]]);
    expect(two).toBeCloseTo(0.99792, 5);
    expect(one).toBeCloseTo(0.00166, 5);
  });

  test.each([
    [2, 0.9412],
    [3, 0.9846],
  ])("%i fresh results that agree at f = .2: %f", (count, credible) => {
    const fresh02 = Array.from({ length: count }, () => credibilityOf(0, 0.2));
    expect(groupCredibilities([fresh02])[0]).toBeCloseTo(credible, 4);
  });

  /** Least k such that `count` owners with k each, agreeing, are believed. */
  const leastK = (theta: number, f: number, count: number): number => {
    for (let k = 1; ; k++) {
      const group = Array.from({ length: count }, () => credibilityOf(k, f));
      // 1 - f/k meets theta exactly in the table: the last bit must not decide
      if ((groupCredibilities([group])[0] ?? 0) >= theta - 1e-12) return k;
    }
  };
  const freshVotes = (theta: number, f: number): number => {
    for (let count = 1; ; count++) {
      const group = Array.from({ length: count }, () => credibilityOf(0, f));
      if ((groupCredibilities([group])[0] ?? 0) >= theta) return count;
    }
  };

  test.each([
    [0.99, 0.05, [5, 1, 1], 2],
    [0.99, 0.2, [20, 3, 2], 4],
    [0.99, 0.35, [35, 4, 2], 8],
    [0.999, 0.05, [50, 2, 1], 3],
    [0.999, 0.2, [200, 7, 3], 5],
    [0.999, 0.35, [350, 12, 4], 12],
    [0.9999, 0.05, [500, 6, 2], 4],
    [0.9999, 0.2, [2000, 21, 5], 7],
    [0.9999, 0.35, [3500, 36, 8], 15],
  ])("theta %f, f %f: k alone, of two, of three %j; fresh votes %i", (theta, f, ks, alone) => {
    expect([1, 2, 3].map((count) => leastK(theta, f, count))).toEqual(ks);
    expect(freshVotes(theta, f)).toBe(alone);
  });
});

describe("Credibility: judging", () => {
  const judge = (state: CredibilityState, digests: string, entropy = calm, params = defaults) =>
    credibility.judge(params, state, votes(digests), asked(entropy));

  test("one execution at first; a newcomer's word is not enough", () => {
    expect(credibility.executions(defaults)).toBe(1);
    expect(judge(fresh, "")).toEqual({ verdict: "more", executions: 1 });
    expect(judge(fresh, "a")).toMatchObject({ verdict: "more" });
  });

  test("35 survived checks are enough at theta .99 and f .35, 34 are not", () => {
    const believed = { verdict: "accepted", digest: "a", agreed: ["t.0"] };
    expect(judge(known(35), "a")).toEqual(believed);
    expect(judge(known(34), "a")).toEqual({ verdict: "more", executions: 1 });
  });

  const copies = (state: CredibilityState, owners: number, entropy = calm, params = defaults) =>
    credibility.copiesFor(
      params,
      state,
      Array.from({ length: owners }, (_, n) => owner(n)),
      asked(entropy),
    );

  test("a check is one more copy, drawn before the first is seen", () => {
    expect(copies(known(35), 1, calm)).toBe(0);
    expect(copies(known(35), 1, checking)).toBe(1);
    // with a second copy there is nothing left to check
    expect(copies(known(35, 35), 2, checking)).toBe(0);
    // and once it is seen no draw changes what is believed
    expect(judge(known(35), "a", checking)).toMatchObject({ verdict: "accepted" });
  });

  test("newcomers are asked for side by side, as many as an agreement of theta takes", () => {
    const young = { ...fresh, typical: 0.65 };
    expect(copies(young, 0)).toBe(1);
    expect(copies(young, 1)).toBe(7);
    expect(copies(young, 8), "not above the limit").toBe(0);
    const among = { ...known(0, 4, 4), typical: 0.65 };
    expect(copies(among, 2)).toBe(3);
    expect(copies(among, 3)).toBe(0);
  });

  test("copies that agree are believed when no more of them were wanted", () => {
    const property = fc.property(
      fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 7 }),
      fc.nat(),
      (ks, word) => {
        if (copies(known(...ks), ks.length, word as Seed) > 0) return;
        const verdict = judge(known(...ks), "a".repeat(ks.length), word as Seed);
        expect(verdict).toMatchObject({ verdict: "accepted" });
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  test("five in a hundred are checked, ten while the owner is young", () => {
    const params = { ...defaults, f: 0.05 };
    const share = (k: number) => {
      let checked = 0;
      for (let word = 0; word < 20_000; word++) {
        const entropy = (word * 2_654_435) as Seed;
        if (copies(known(k), 1, entropy, params) > 0) checked++;
      }
      return checked / 20_000;
    };
    expect(share(20)).toBeCloseTo(0.05, 2);
    expect(share(19)).toBeCloseTo(0.1, 2);
  });

  test("asks for as many as the usual voter's credibility makes necessary", () => {
    expect(judge({ ...fresh, typical: 0.65 }, "a")).toEqual({ verdict: "more", executions: 7 });
    expect(judge({ ...fresh, typical: 0.99 }, "a")).toEqual({ verdict: "more", executions: 1 });
  });

  test("at the limit the likelier is believed, and nobody where none is", () => {
    expect(judge(fresh, "aaaaaaab")).toMatchObject({ verdict: "accepted", digest: "a" });
    expect(judge(fresh, "aaaabbbb")).toEqual({ verdict: "rejected", reason: "no-agreement" });
  });

  test("an appeal is never decided by one owner", () => {
    const strict = { ...asked(), strict: true };
    expect(credibility.judge(defaults, known(5_000), votes("a"), strict).verdict).toBe("more");
    expect(credibility.copiesFor(defaults, known(5_000), [owner(0)], strict)).toBe(1);
    const two = credibility.judge(defaults, known(36, 36), votes("aa"), strict);
    expect(two.verdict).toBe("accepted");
  });

  test("several machines of one owner have one vote", () => {
    const twins = [result(0, "a", 0), result(1, "a", 0)];
    expect(credibility.judge(defaults, fresh, twins, asked()).verdict).toBe("more");
  });
});

describe("Credibility: learning", () => {
  const learn = (state: CredibilityState, digests: string) => {
    const results = votes(digests);
    const judgement = credibility.judge(defaults, state, results, asked());
    return credibility.learn(defaults, state, results, judgement);
  };
  const ks = (state: CredibilityState, count: number) =>
    Array.from({ length: count }, (_, n) => survived(state, owner(n)));

  test("who agrees with another owner has survived a check; a word alone counts nothing", () => {
    expect(ks(learn(known(35, 4), "aa").state, 2)).toEqual([36, 5]);
    expect(ks(learn(known(35), "a").state, 1)).toEqual([35]);
  });

  test("who is contradicted by a believed group is proven wrong and starts anew", () => {
    const { state, proven } = learn(known(10, 90, 10), "aba");
    expect(proven).toEqual([]);
    expect(ks(state, 3)).toEqual([10, 90, 10]);
    const sure = learn(known(50, 90, 50, 50), "abaa");
    expect(sure.proven).toEqual([owner(1)]);
    expect(ks(sure.state, 4)).toEqual([51, 0, 51, 51]);
  });

  test("what is only likelier is no proof", () => {
    const { state, proven } = learn(fresh, "aaaaaaab");
    expect(proven).toEqual([]);
    expect(ks(state, 8)).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
  });

  test("where machines may differ honestly, two odd results of two hundred are forgiven", () => {
    const params = { ...defaults, results: "tolerance" as const, rtol: 1e-6 };
    let state = known(50, 50, 50);
    const fates: Array<string> = [];
    for (let n = 0; n < 3; n++) {
      const results = [result(0, "1.5"), result(1, "1.5000001"), result(2, "2.5")];
      const judgement = credibility.judge(params, state, results, asked());
      expect(judgement).toMatchObject({ digest: "1.5", agreed: ["t.0", "t.1"] });
      const lesson = credibility.learn(params, state, results, judgement);
      state = lesson.state;
      fates.push(lesson.proven.length === 0 ? `k ${survived(state, owner(2))}` : "proven");
    }
    expect(fates).toEqual(["k 50", "k 50", "proven"]);
  });
});

describe("Credibility: any history", () => {
  const someKs = fc.array(fc.nat({ max: 60 }), { minLength: 6, maxLength: 6 });
  const someResults = fc
    .array(fc.record({ digest: fc.constantFrom("a", "b", "c"), by: fc.nat({ max: 5 }) }), {
      maxLength: 8,
    })
    .map((some) => some.map(({ digest, by }, n) => result(n, digest, by)));

  test("the order of arrival decides nothing", () => {
    const shuffled = someResults.chain((results) =>
      fc.tuple(fc.constant(results), fc.shuffledSubarray(results, { minLength: results.length })),
    );
    const property = fc.property(someKs, shuffled, fc.nat(), (ks, [one, other], word) => {
      const state = known(...ks);
      const question = asked(word as Seed);
      const judgement = credibility.judge(defaults, state, one, question);
      expect(credibility.judge(defaults, state, other, question)).toEqual(judgement);
      const learned = credibility.learn(defaults, state, one, judgement);
      const otherwise = credibility.learn(defaults, state, other, judgement);
      expect(otherwise.state.owners.entries()).toEqual(learned.state.owners.entries());
      expect(otherwise.proven).toEqual(learned.proven);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("more survived checks never make a worker less credible", () => {
    const property = fc.property(
      fc.nat({ max: 5_000 }),
      fc.double({ min: 0.01, max: 0.9, noNaN: true }),
      (k, f) => {
        expect(credibilityOf(k + 1, f)).toBeGreaterThanOrEqual(credibilityOf(k, f));
      },
    );
    fc.assert(property);
  });

  test("no result validates itself: nobody gains without another owner's agreement", () => {
    const property = fc.property(someKs, someResults, (ks, results) => {
      const state = known(...ks);
      const judgement = credibility.judge(defaults, state, results, asked());
      const { state: after } = credibility.learn(defaults, state, results, judgement);
      for (const { owner: who } of results) {
        if (survived(after, who) <= survived(state, who)) continue;
        const own = results.filter((one) => one.owner === who).map(({ digest }) => digest);
        const others = results.filter((one) => one.owner !== who);
        expect(others.some(({ digest }) => own.includes(digest))).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("who is proven wrong has survived nothing, and is judged like a newcomer", () => {
    const property = fc.property(someKs, someResults, (ks, results) => {
      const state = known(...ks);
      const judgement = credibility.judge(defaults, state, results, asked());
      const lesson = credibility.learn(defaults, state, results, judgement);
      for (const who of lesson.proven) expect(survived(lesson.state, who)).toBe(0);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

/** `VERIFICATION_SOAK=1 npx vitest run src/policies/verification` looks ten times as long. */
const { VERIFICATION_SOAK: soak } = process.env;
const judgements = soak === "1" ? 3_000_000 : 300_000;

test(`Credibility: ${judgements} clean judgements prove no honest owner wrong`, () => {
  let state = fresh;
  const copies = [votes("a"), votes("aa"), votes("aaa")];
  let proven = 0;
  for (let n = 0; n < judgements; n++) {
    const results = copies[n % 3] as ReadonlyArray<ReportedResult>;
    const judgement = credibility.judge(defaults, state, results, asked((n * 7_919) as Seed));
    if (judgement.verdict === "more") {
      const agreed = results.map(({ attempt }) => attempt);
      const settled = { verdict: "accepted", digest: "a", agreed } as const;
      const lesson = credibility.learn(defaults, state, results, settled);
      proven += lesson.proven.length;
      state = lesson.state;
      continue;
    }
    const lesson = credibility.learn(defaults, state, results, judgement);
    proven += lesson.proven.length;
    state = lesson.state;
  }
  expect(proven).toBe(0);
});
