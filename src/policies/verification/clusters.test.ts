import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import { DAY } from "../../kernel/duration.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import { clustersOf, type Evidence, isContended, isCoTimed } from "./clusters.ts";

const who = (n: number): Address => address("contributor", `c${n}`);
const network = (n: number, mark: string, day = 0): Evidence => {
  return { kind: "network", owner: who(n), mark, atUs: day * DAY };
};
const invite = (n: number, by: number, day = 0): Evidence => {
  return { kind: "invite", owner: who(n), inviter: who(by), atUs: day * DAY };
};
const pair = (kind: "timing" | "contention", a: number, b: number, day = 0): Evidence => {
  return { kind, owners: [who(a), who(b)], atUs: day * DAY };
};
const cleared = (n: number, day: number): Evidence => {
  return { kind: "cleared", owner: who(n), atUs: day * DAY };
};

describe("Clusters", () => {
  test("nobody knows anything: everybody is apart", () => {
    const none = clustersOf([], 0);
    expect(none.areApart(who(1), who(2))).toBe(true);
    expect(none.idOf(who(1))).toBe(who(1));
  });

  test("one network, one cluster, named after its least owner", () => {
    const found = clustersOf([network(2, "10.1.2"), network(1, "10.1.2"), network(3, "10.1.3")], 1);
    expect(found.idOf(who(2))).toBe(who(1));
    expect(found.areApart(who(1), who(3))).toBe(true);
  });

  test("evidence of different kinds joins up: a chain of three is one cluster", () => {
    const found = clustersOf([network(1, "a"), network(2, "a"), pair("timing", 2, 3)], 1);
    expect(found.areApart(who(1), who(3))).toBe(false);
  });

  test("a network not seen for a week is forgotten; seen again it holds", () => {
    const once = [network(1, "a"), network(2, "a")];
    expect(clustersOf(once, 8 * DAY).areApart(who(1), who(2))).toBe(true);
    const again = [...once, network(1, "a", 7), network(2, "a", 7)];
    expect(clustersOf(again, 8 * DAY).areApart(who(1), who(2))).toBe(false);
  });

  test("an invitation farm is one family, two levels deep", () => {
    const farm = [1, 2, 3].map((n) => invite(n, 0));
    const deep = [...farm, invite(4, 1), invite(5, 2)];
    const found = clustersOf(deep, DAY);
    for (const n of [2, 3, 4, 5]) expect(found.areApart(who(1), who(n))).toBe(false);
  });

  test("a network that grew by invitations falls into families, not into one cluster", () => {
    const chain = Array.from({ length: 30 }, (_, n) => invite(n + 1, n));
    const found = clustersOf(chain, DAY);
    const ids = new Set(Array.from({ length: 31 }, (_, n) => found.idOf(who(n))));
    expect(ids.size).toBeGreaterThan(25);
  });

  test("who keeps its speed under challenge is cleared, until newer evidence comes", () => {
    const shared = [network(1, "a"), network(2, "a"), network(3, "a")];
    const proven = [...shared, cleared(2, 1)];
    const found = clustersOf(proven, 2 * DAY);
    expect(found.areApart(who(1), who(2))).toBe(true);
    expect(found.areApart(who(1), who(3))).toBe(false);
    const newer = clustersOf([...proven, network(2, "a", 2)], 2 * DAY);
    expect(newer.areApart(who(1), who(2))).toBe(false);
  });

  test("contention is not cleared: machines that slow each other are one", () => {
    const found = clustersOf([pair("contention", 1, 2), cleared(1, 1), cleared(2, 1)], 2 * DAY);
    expect(found.areApart(who(1), who(2))).toBe(false);
  });

  const owner = fc.integer({ min: 0, max: 12 });
  const day = fc.integer({ min: 0, max: 40 });
  const evidence: fc.Arbitrary<Evidence> = fc.oneof(
    fc
      .tuple(owner, fc.constantFrom("a", "b", "c"), day)
      .map(([n, mark, at]) => network(n, mark, at)),
    fc.tuple(owner, owner, day).map(([n, by, at]) => invite(n, by, at)),
    fc.tuple(owner, owner, day).map(([a, b, at]) => pair("timing", a, b, at)),
    fc.tuple(owner, owner, day).map(([a, b, at]) => pair("contention", a, b, at)),
    fc.tuple(owner, day).map(([n, at]) => cleared(n, at)),
  );
  const idsOf = (found: ReadonlyArray<Evidence>) => {
    const { idOf } = clustersOf(found, 40 * DAY);
    return Array.from({ length: 13 }, (_, n) => idOf(who(n)));
  };

  test("any evidence: neither its order nor its repetition matters", () => {
    const shuffled = fc
      .array(evidence, { maxLength: 40 })
      .chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(idsOf(other)).toEqual(idsOf(all));
        expect(idsOf([...all, ...other])).toEqual(idsOf(all));
      }),
    );
  });

  test("any evidence: a cluster's id is one of its owners, its own included", () => {
    fc.assert(
      fc.property(fc.array(evidence, { maxLength: 40 }), (all) => {
        const ids = idsOf(all);
        for (const id of ids) {
          const at = ids.findIndex((_, n) => who(n) === id);
          expect(ids[at]).toBe(id);
        }
      }),
    );
  });
});

describe("Clusters: evidence", () => {
  const days = (bits: string) => Array.from(bits, (bit) => bit === "1");

  test.each([
    ["the same hours", "110011001100", "110011001100", true],
    ["one hour of twelve off", "110011001100", "110011001101", false],
    ["opposite hours", "110011001100", "001100110011", false],
    ["always on: nothing to compare", "111111111111", "111111111111", false],
    ["nothing seen", "", "", false],
  ])("co-timing: %s", (_story, a, b, expected) => {
    expect(isCoTimed(days(a), days(b))).toBe(expected);
  });

  test("co-timing: one hour of a hundred off is still no coincidence", () => {
    const series = Array.from({ length: 100 }, (_, n) => n % 8 < 4);
    const other = series.map((on, n) => (n === 50 ? !on : on));
    expect(isCoTimed(series, other)).toBe(true);
  });

  test("contention: two machines on one box halve each other, two boxes do not", () => {
    const boxed = { aloneMflops: 4_000, togetherMflops: 2_050 };
    const free = { aloneMflops: 4_000, togetherMflops: 3_900 };
    expect(isContended(boxed, boxed)).toBe(true);
    expect(isContended(boxed, free)).toBe(false);
  });
});

describe("Clusters: what they may be used for", () => {
  const root = join(import.meta.dirname, "../../..");

  /** Source files under a folder whose text speaks of clusters. */
  const speaking = (folder: string): ReadonlyArray<string> =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .filter((file) => /cluster/i.test(readFileSync(join(root, folder, file), "utf8")));

  test("exclusion only: neither credit nor rewards nor standing nor scheduling know them", () => {
    expect(speaking("src/policies/verification")).toContain("clusters.ts");
    for (const folder of ["src/policies/rewards", "src/policies/scheduling", "src/actors/ledger"]) {
      expect(speaking(folder)).toEqual([]);
    }
  });

  test("honest people behind one carrier's address get at least .95 of the others' work", () => {
    // 400 owners, every fifth in one of eight crowds of ten; tasks of two executions each
    const owners = Array.from({ length: 400 }, (_, n) => n);
    const isCrowded = (n: number) => n % 5 === 0;
    const crowds = owners.filter(isCrowded).map((n) => network(n, `carrier${n % 8}`));
    const { areApart } = clustersOf(crowds, 1);
    const done = owners.map(() => 0);
    let draw = 0;
    for (let round = 0; round < 200; round++) {
      const idle = [...owners];
      const take = () => idle.splice(pick(7 as Seed, draw++, idle.length), 1)[0] as number;
      while (idle.length >= 2) {
        const first = take();
        const second = take();
        if (!areApart(who(first), who(second))) continue;
        for (const n of [first, second]) done[n] = (done[n] ?? 0) + 1;
      }
    }
    const mean = (of: ReadonlyArray<number>) =>
      of.reduce((sum, n) => sum + (done[n] ?? 0), 0) / of.length;
    const crowded = mean(owners.filter(isCrowded));
    const others = mean(owners.filter((n) => !isCrowded(n)));
    expect(crowded / others).toBeGreaterThan(0.95);
    expect(crowded).toBeLessThan(others);
  });
});
