/**
 * How PINGO is issued for verified work. The rule's formulas are in src/policies/rewards; here is
 * what the ledger must remember for it. Amounts are `bigint` nano-PINGO.
 */
import { Schema } from "effect";
import { Address } from "../address.ts";
import { NanoVcu } from "../credit.ts";
import { versionedMap } from "../versioned-map.ts";

/** Integer 1e-9 PINGO. JSON carries it as decimal text. */
export const NanoPingo = Schema.BigInt.pipe(Schema.brand("NanoPingo"));
export type NanoPingo = typeof NanoPingo.Type;

export const NANO_PER_PINGO = 1_000_000_000n;

/** Casts a bigint amount; the caller owns the proof of its unit. */
export function nanoPingo(amount: bigint): NanoPingo {
  return amount as NanoPingo;
}

/** What an epoch or a whole life issued, by who gets it. */
export const PerClass = Schema.Struct({
  compute: NanoPingo,
  edges: NanoPingo,
  users: NanoPingo,
  team: NanoPingo,
  investors: NanoPingo,
  treasury: NanoPingo,
});
export type PerClass = typeof PerClass.Type;

/** What one owner did in the running epoch. */
export const Activity = Schema.Struct({
  /** Verified work whose reward left the ledger's escrow, nano-VCU. */
  worked: NanoVcu,
  /** An edge's stored and delivered bytes at the posted rates, nano-VCU. */
  carried: NanoVcu,
  /** Credit that its jobs used up, nano-VCU. */
  used: NanoVcu,
});
export type Activity = typeof Activity.Type;

/** One epoch's reward of one owner: a part is free at once, the rest day by day. */
export const Grant = Schema.Struct({ amount: NanoPingo, atUs: Schema.Int });
export type Grant = typeof Grant.Type;

/** What one owner was granted, oldest first; grants that have vested wholly are in `settled`. */
export const Holding = Schema.Struct({
  settled: NanoPingo,
  grants: Schema.Array(Grant),
  /** Taken back on proof of fraud. */
  burned: NanoPingo,
});
export type Holding = typeof Holding.Type;

/** A line of the claims: what an owner may have claimed in its whole life by then. */
export const Claim = Schema.Struct({ owner: Address, cumulative: NanoPingo });
export type Claim = typeof Claim.Type;

/** A closed epoch: everything that a recount needs. */
const RewardEpoch = Schema.Struct({
  epoch: Schema.Int,
  fromUs: Schema.Int,
  toUs: Schema.Int,
  /** Verified work of the epoch, nano-VCU. */
  worked: NanoVcu,
  /** What the schedule allowed the community. */
  scheduled: NanoPingo,
  /** What was issued, the side's part included. */
  emitted: NanoPingo,
  perClass: PerClass,
  /** Claims of the owners with activity in this epoch, by address hash. */
  claims: Schema.Array(Claim),
  /** Merkle root over the claims, 64 hexadecimal digits. */
  root: Schema.String,
  /** Nobody can claim before: until then the root can be disputed. */
  claimableUs: Schema.Int,
});

export const RewardsState = Schema.Struct({
  genesisUs: Schema.Int,
  /** When the running epoch began. */
  sinceUs: Schema.Int,
  epoch: Schema.Int,
  /** Work that counted towards the baseline so far, nano-VCU. */
  baselined: NanoVcu,
  activity: versionedMap(Address, Activity),
  holdings: versionedMap(Address, Holding),
  issued: PerClass,
  burned: NanoPingo,
  /** The closed epoch that was posted last. */
  posted: Schema.NullOr(RewardEpoch),
});
export type RewardsState = typeof RewardsState.Type;

export interface RewardsPolicy<P> {
  readonly name: string;
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly Params: Schema.Schema<P, any>;
  readonly init: (params: P, atUs: number) => RewardsState;
  /** Adds what owners did, each named once; costs what the list costs. */
  readonly note: (state: RewardsState, did: ReadonlyArray<Did>) => RewardsState;
  /** True when the running epoch has lasted long enough. */
  readonly isDue: (params: P, state: RewardsState, atUs: number) => boolean;
  /** Issues the epoch's rewards and posts the root; costs what the epoch's activity costs. */
  readonly close: (params: P, state: RewardsState, atUs: number) => RewardsState;
  /** Burns all that has not vested: its owner was proven to cheat. */
  readonly clawBack: (params: P, state: RewardsState, proof: Fraud) => RewardsState;
  /** What in a state does not add up, each in a sentence; for auditors and checkers. */
  readonly recount: (params: P, state: RewardsState) => ReadonlyArray<string>;
}

/** An owner and what it did. */
export type Did = readonly [Address, Activity];

export interface Fraud {
  readonly owner: Address;
  readonly atUs: number;
}

// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by the ledger
export type AnyRewardsPolicy = RewardsPolicy<any>;
