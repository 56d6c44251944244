/** What the distributor's contract does with claims, as a model: for tests and for recounts. */
import { hexOf, isUnder, type Leaf, type Neighbour } from "./claims.ts";

export interface Posted {
  readonly root: Uint8Array;
  readonly claimableUs: number;
}

/** Per payee what it has claimed in its whole life: a record in the payee's own shard. */
export type Claimed = ReadonlyMap<string, bigint>;

export type ClaimOutcome =
  | { readonly outcome: "paid"; readonly amount: bigint; readonly claimed: Claimed }
  | { readonly outcome: "refused"; readonly reason: "early" | "not-in-root" | "nothing-new" };

export interface ClaimAttempt {
  readonly leaf: Leaf;
  readonly proof: ReadonlyArray<Neighbour>;
  readonly atUs: number;
}

/** Pays what the leaf's cumulative amount exceeds the record by; the record only grows. */
export function claim(posted: Posted, claimed: Claimed, attempt: ClaimAttempt): ClaimOutcome {
  const { leaf, proof, atUs } = attempt;
  if (atUs < posted.claimableUs) return { outcome: "refused", reason: "early" };
  if (!isUnder(posted.root, leaf, proof)) return { outcome: "refused", reason: "not-in-root" };
  const payee = `${leaf.workchain}:${hexOf(leaf.hash)}`;
  const amount = leaf.cumulative - (claimed.get(payee) ?? 0n);
  if (amount <= 0n) return { outcome: "refused", reason: "nothing-new" };
  const after = new Map(claimed).set(payee, leaf.cumulative);
  return { outcome: "paid", amount, claimed: after };
}
