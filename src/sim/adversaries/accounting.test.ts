/** What cheating brought, in numbers that can be followed by hand. */
import { describe, expect, test } from "vitest";
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import type { RunParts } from "../run/parts.ts";
import { adversaryMetrics } from "./accounting.ts";

interface Name {
  readonly name: string;
  readonly kind?: string;
  readonly factor?: number;
  /** VCU. */
  readonly spent: number;
  readonly verified: number;
  readonly balance: number;
  readonly uncleared: number;
  /** By its node; undefined without one. */
  readonly worked?: number;
}

const nano = (vcu: number) => BigInt(vcu * 1e9);

/**
 * One machine per owner, the further names on the last one's; machines are expected to do as many
 * MFLOPS as `expected` says.
 */
function accountsOf(names: ReadonlyArray<Name>, owners: number, expected: ReadonlyArray<number>) {
  const nodeOf = (name: string) => `node of ${name}`;
  const hosted = new Map(names.map(({ name }) => [nodeOf(name), {}]));
  const member = (kind: string, factor: number | undefined) => ({
    adversary: { kind, factor },
    owner: kind === "free-rider" ? undefined : owners - 1,
  });
  const memberOf = new Map(
    names.flatMap(({ name, kind, factor }) =>
      kind === undefined ? [] : [[name, member(kind, factor)] as const],
    ),
  );
  const withNodes = names.filter(({ worked }) => worked !== undefined).map(({ name }) => name);
  const parts = {
    world: {
      cast: {
        members: [...memberOf.values()],
        memberOf,
        moreParts: withNodes.slice(owners).map((name) => ({ node: nodeOf(name), owner: name })),
      },
      sim: { actors: hosted },
      contributors: names.map(({ name }) => name),
      nodes: withNodes.slice(0, owners).map(nodeOf),
      ownerOf: (machine: number) => names[machine]?.name,
      scenario: { nodesPerContributor: 1 },
      machinery: { expectedMflops: expected },
    },
    shadow: {
      accounts: new Map(
        names.map(({ name, spent, verified, balance, uncleared }) => {
          const [account, waiting] = [nano(balance), nano(uncleared)];
          const rest = { balance: account, uncleared: waiting };
          return [name, { spent: nano(spent), verified: nano(verified), ...rest }];
        }),
      ),
    },
    runner: {
      computedBy: new Map(
        names.map(({ name, worked = 0 }) => [hosted.get(nodeOf(name)), worked * MFLOP_PER_VCU]),
      ),
    },
  };
  return adversaryMetrics(parts as unknown as RunParts);
}

const honest: Name = {
  name: "honest",
  spent: 6,
  verified: 9,
  balance: 2,
  uncleared: 1,
  worked: 10,
};

describe("Adversaries: accounting", () => {
  test("without adversaries there is nothing to account for", () => {
    expect(accountsOf([honest], 1, [12_000])).toEqual({});
  });

  test("all names of an attacker count together, its debts and vain work too", () => {
    const kind = "sybil-split";
    const first = { kind, spent: 4, verified: 3, balance: -1, uncleared: 0.5, worked: 3 };
    const second = { kind, spent: 1, verified: 2, balance: 0.5, uncleared: 0, worked: 1 };
    const names = [honest, { ...first, name: "one" }, { ...second, name: "other" }];
    const found = accountsOf(names, 2, [12_000, 6_000]);
    // service 5, paid 5, worth 4 + .5 + 1 + .5 for 4 VCU of work; the honest 6, 9, 9 for 10
    expect(found.attackerGain).toBeCloseTo(5 / 4 / (6 / 10), 12);
    expect(found.attackerPaid).toBeCloseTo(5 / 4 / (9 / 10), 12);
    expect(found.attackerServicePerEarned).toBeCloseTo(1, 12);
    expect(found.attackerPaidVcu).toBeCloseTo(5, 12);
    expect(found.attackerWorkedVcu).toBeCloseTo(4, 12);
    expect(found.attackerProfitVcu).toBeCloseTo(6 - 0.8 * 4, 12);
    // half as fast as the honest machine, it would have worked 5 for a profit of .1 each
    expect(found.attackerAdvantageVcu).toBeCloseTo(2.8 - 0.5, 12);
  });

  test("what an inflater asked for beyond its need is no service", () => {
    const greedy = { kind: "demand-inflater", factor: 10, name: "greedy", worked: 5 };
    const books = { spent: 10, verified: 12, balance: 2, uncleared: 0 };
    const found = accountsOf([honest, { ...greedy, ...books }], 2, [10_000, 5_000]);
    expect(found.attackerGain).toBeCloseTo(1 / 5 / (6 / 10), 12);
    expect(found.attackerProfitVcu).toBeCloseTo(1 + 2 - 0.8 * 5, 12);
  });

  test("who has no machine and no account has nothing, and nothing is divided by it", () => {
    const rider = { kind: "free-rider", name: "rider" };
    const books = { spent: 0, verified: 0, balance: 0, uncleared: 0 };
    const found = accountsOf([honest, { ...rider, ...books }], 1, [10_000]);
    for (const [metric, value] of Object.entries(found)) expect(value, metric).toBeCloseTo(0, 12);
    expect(Object.keys(found)).toHaveLength(7);
  });
});
