/** Who plays which part. */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { Adversary } from "../scenario/adversaries.ts";
import { addresses, type Cast, castOf } from "./cast.ts";

type Raw = Readonly<Record<string, unknown>>;

/** Twenty owners of two machines each. */
function cast(...adversaries: ReadonlyArray<Raw>): Cast {
  return castOf({
    adversaries: adversaries.map((each) => Schema.decodeUnknownSync(Adversary)(each)),
    seed: 1,
    owners: 20,
    nodes: addresses("node", 40),
    perOwner: 2,
  });
}

const ownersOf = ({ members }: Cast, entry: number) =>
  members.filter((each) => each.entry === entry).map(({ owner }) => owner);

describe("Cast", () => {
  test("one more entry moves nobody of those before it, and takes nobody twice", () => {
    const one = cast({ kind: "idler", count: 5 });
    const two = cast({ kind: "idler", count: 5 }, { kind: "saboteur", share: 0.5 });
    expect(ownersOf(two, 0)).toEqual(ownersOf(one, 0));
    expect(new Set([...ownersOf(two, 0), ...ownersOf(two, 1)]).size).toBe(15);
  });

  test("who has no machine comes on top, as a share of all", () => {
    const { contributors, members } = cast({ kind: "free-rider", share: 0.2 });
    expect(contributors).toHaveLength(25);
    expect(members.map(({ owner }) => owner)).toEqual(Array.from({ length: 5 }));
  });

  test("more than there are is told", () => {
    expect(() => cast({ kind: "idler", count: 21 })).toThrow("20 are left, and 21 are wanted");
    expect(() => cast({ kind: "idler" })).toThrow("adversary idler needs a share or a count");
    expect(() => cast({ kind: "free-rider", share: 1 })).toThrow("must be fewer than all");
  });

  test.each(["even", "uneven"])("split parts (%s) are the whole machine, on one line", (split) => {
    const { members, moreParts } = cast({ kind: "sybil-split", count: 1, identities: 6, split });
    const identities = members[0]?.identities ?? [];
    expect(identities).toHaveLength(6);
    expect(moreParts).toHaveLength(10);
    const sum = (shares: ReadonlyArray<number>) => shares.reduce((a, b) => a + b, 0);
    expect(sum(identities.map(({ parts }) => parts[0]?.share ?? 0))).toBeCloseTo(1, 12);
    expect(sum(identities.map(({ demandShare }) => demandShare))).toBeCloseTo(1, 12);
    expect(new Set(identities.map(({ network }) => network)).size).toBe(1);
  });

  test("names that follow one another have the whole machine; only the first has a demand", () => {
    const { members } = cast({ kind: "rotator", count: 1, identities: 3 });
    expect(members[0]?.isChain).toBe(true);
    const of = members[0]?.identities.map(({ parts, demandShare }) => [
      parts[0]?.share,
      demandShare,
    ]);
    expect(of).toEqual([
      [1, 1],
      [1, 0],
      [1, 0],
    ]);
  });

  test("honest lines are nobody's business; colluders may share one", () => {
    const networks = (network: string) =>
      cast({ kind: "colluder", count: 4, network }).members.map(
        ({ identities }) => identities[0]?.network,
      );
    expect(networks("own")).toEqual(["", "", "", ""]);
    expect(new Set(networks("shared"))).toEqual(new Set(["group-0"]));
  });

  test("a group may win a quorum only if its members say the same", () => {
    expect(cast({ kind: "idler", count: 3 }).isCollusive).toBe(false);
    expect(cast({ kind: "saboteur", count: 3, digests: "independent" }).isCollusive).toBe(false);
    expect(cast({ kind: "saboteur", count: 3 }).isCollusive).toBe(true);
    expect(cast({ kind: "check-recogniser", count: 3 }).isCollusive).toBe(true);
  });
});
