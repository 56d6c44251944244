import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { nanoPingo } from "../../kernel/policies/rewards.ts";
import {
  hexOf,
  inTreeOrder,
  isUnder,
  type Leaf,
  leafHash,
  leavesOf,
  payeeOf,
  proofOf,
  rootOf,
} from "./claims.ts";
import { type Claimed, claim } from "./distributor.ts";

const owners = (count: number) =>
  Array.from({ length: count }, (_, n) => address("contributor", n));
const leaves = (count: number): ReadonlyArray<Leaf> =>
  leavesOf(
    owners(count).map((owner, n) => ({ owner, cumulative: nanoPingo(BigInt(n) * 7n + 5n) })),
  );
const sha = (...parts: ReadonlyArray<Uint8Array>) =>
  createHash("sha256").update(Buffer.concat(parts)).digest();

describe("Claims: the tree", () => {
  test("two leaves: byte by byte what the contract hashes", () => {
    const [alice, bob] = owners(2);
    const bytes = (owner: string, cumulative: string) =>
      Buffer.concat([
        Buffer.from([0, 0]),
        createHash("sha256").update(owner).digest(),
        Buffer.from(cumulative.padStart(32, "0"), "hex"),
      ]);
    const left = sha(bytes("contributor/0", "05"));
    const right = sha(bytes("contributor/1", "0c"));
    expect(alice).toBe("contributor/0");
    expect(bob).toBe("contributor/1");
    expect(hexOf(rootOf(leaves(2)))).toBe(sha(Buffer.from([1]), left, right).toString("hex"));
  });

  test("the masterchain's leaf differs from the base chain's, and 128 bits are used", () => {
    const leaf = { ...payeeOf(address("contributor", "a")), cumulative: 1n << 64n };
    expect(hexOf(leafHash({ ...leaf, workchain: -1 }))).not.toBe(hexOf(leafHash(leaf)));
    expect(hexOf(leafHash({ ...leaf, cumulative: 0n }))).not.toBe(hexOf(leafHash(leaf)));
    expect(() => leafHash({ ...leaf, cumulative: 1n << 128n })).toThrow("128 bits");
  });

  test("nobody to pay: a root that no leaf has", () => {
    expect(hexOf(rootOf([]))).toBe("0".repeat(64));
  });

  test("any number of leaves: each is under the root, changed by one unit it is not", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (count, chosen) => {
        const all = leaves(count);
        const index = chosen % count;
        const leaf = all[index] as Leaf;
        const root = rootOf(all);
        const proof = proofOf(all, index);
        expect(isUnder(root, leaf, proof)).toBe(true);
        expect(isUnder(root, { ...leaf, cumulative: leaf.cumulative + 1n }, proof)).toBe(false);
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
      }),
    );
  });

  test("second pre-image: an inner node cannot be shown as a leaf", () => {
    const all = leaves(4);
    const root = rootOf(all);
    const [first, second] = proofOf(all, 0);
    // the tree without its lower level: its leaves would have to hash to the inner nodes
    const inner = sha(Buffer.from([1]), leafHash(all[0] as Leaf), first?.hash as Uint8Array);
    const forged: Leaf = { workchain: 0, hash: inner, cumulative: 1n };
    expect(isUnder(root, forged, second === undefined ? [] : [second])).toBe(false);
    const untagged = sha(leafHash(all[0] as Leaf), first?.hash as Uint8Array);
    expect(untagged.equals(inner)).toBe(false);
  });

  test("a repeated last leaf changes the root: no two lists have the same", () => {
    const three = leaves(3);
    const four = [...three, three[2] as Leaf];
    expect(hexOf(rootOf(three))).not.toBe(hexOf(rootOf(four)));
  });

  test("the order of claims does not matter", () => {
    const claims = owners(9).map((owner) => ({ owner, cumulative: nanoPingo(3n) }));
    const shuffled = [...claims].reverse();
    expect(rootOf(leavesOf(inTreeOrder(shuffled)))).toEqual(rootOf(leavesOf(inTreeOrder(claims))));
  });
});

describe("Claims: the distributor", () => {
  const all = leaves(5);
  const posted = { root: rootOf(all), claimableUs: 100 };
  const attempt = (index: number, atUs = 100) => {
    return { leaf: all[index] as Leaf, proof: proofOf(all, index), atUs };
  };

  test("before the dispute window ends nobody is paid", () => {
    const early = claim(posted, new Map(), attempt(1, 99));
    expect(early).toEqual({ outcome: "refused", reason: "early" });
  });

  test("twice: the second claim finds nothing new", () => {
    const once = claim(posted, new Map(), attempt(1));
    expect(once).toMatchObject({ outcome: "paid", amount: 12n });
    const { claimed } = once as { readonly claimed: Claimed };
    const twice = claim(posted, claimed, attempt(1));
    expect(twice).toEqual({ outcome: "refused", reason: "nothing-new" });
  });

  test("an older root after a newer one pays nothing", () => {
    const newer = leaves(5).map((leaf) => ({ ...leaf, cumulative: leaf.cumulative + 10n }));
    const proof = proofOf(newer, 2);
    const next = { leaf: newer[2] as Leaf, proof, atUs: 200 };
    const paid = claim({ root: rootOf(newer), claimableUs: 0 }, new Map(), next);
    const { claimed } = paid as { readonly claimed: Claimed };
    expect(claim(posted, claimed, attempt(2))).toMatchObject({ reason: "nothing-new" });
  });

  test("another's proof does not pay me", () => {
    const stolen = { ...attempt(1), leaf: { ...(all[1] as Leaf), hash: (all[2] as Leaf).hash } };
    expect(claim(posted, new Map(), stolen)).toMatchObject({ reason: "not-in-root" });
  });

  test("any order of claims and repetitions: paid and unclaimed are the root's total", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 30 }), (order) => {
        let claimed: Claimed = new Map();
        let paid = 0n;
        for (const index of order) {
          const outcome = claim(posted, claimed, attempt(index));
          if (outcome.outcome !== "paid") continue;
          paid += outcome.amount;
          claimed = outcome.claimed;
        }
        const total = all.reduce((sum, { cumulative }) => sum + cumulative, 0n);
        const open = all.filter((_, index) => !order.includes(index));
        const unclaimed = open.reduce((sum, { cumulative }) => sum + cumulative, 0n);
        expect(paid + unclaimed).toBe(total);
      }),
    );
  });
});
