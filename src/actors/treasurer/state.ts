/**
 * What a treasurer remembers: whose wallet is whose, what the chain was asked for and has not
 * answered, which roots were posted, and how each credential stood when it was last looked at.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import { HOUR, MINUTE, SECOND } from "../../kernel/duration.ts";
import { NanoPingo, nanoPingo } from "../../kernel/policies/rewards.ts";
import {
  ChainRequest,
  CredentialShown,
  Voucher,
  Wallet,
  type WalletClaim,
} from "../../kernel/ports/chain.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { Credential, StandingState } from "../contributor/messages.ts";

/** How patient a treasurer is; days are Unix days. */
export const Pace = Schema.Struct({
  /** How long the chain has for one answer. */
  deadlineUs: Schema.Int,
  /** First pause when the chain does not answer; it doubles up to the longest. */
  pauseUs: Schema.Int,
  longestPauseUs: Schema.Int,
  /** Until what is not allowed yet is asked for again. */
  earlyUs: Schema.Int,
  /** First wait for a voucher to be claimed; it doubles with each look. */
  lookUs: Schema.Int,
  /** Who asks for a credential again within this time is told what was seen last. */
  freshUs: Schema.Int,
  /** How old a voucher gets; a new one follows it as long as its owner contributes. */
  voucherDays: Schema.Int,
});
export type Pace = typeof Pace.Type;

export const livePace: Pace = {
  deadlineUs: MINUTE,
  pauseUs: 5 * SECOND,
  longestPauseUs: 10 * MINUTE,
  earlyUs: HOUR,
  lookUs: 5 * SECOND,
  freshUs: 5 * SECOND,
  voucherDays: 7,
};

export const TreasurerInput = Schema.Struct({ ledger: Address, pace: Pace });
export type TreasurerInput = typeof TreasurerInput.Type;

/** How roots are made of claims: the contract's rule, which is a policy. */
export interface TreasurerRules {
  /** 64 hexadecimal digits; leaves come sorted by wallet. */
  readonly rootOf: (claims: ReadonlyArray<WalletClaim>) => string;
}

/** A credential as it was seen on chain. */
const Look = Schema.Struct({ ...CredentialShown.fields, seenUs: Schema.Int });

export const Owner = Schema.Struct({
  /** All that were ever linked, newest last: only the newest gets anything new. */
  wallets: Schema.Array(Wallet),
  /** The ledger's newest word; 0 before the first. */
  sequence: Schema.Int,
  state: StandingState,
  standing: Credential,
  earned: NanoVcu,
  /** What the ledger lets it have claimed in its whole life. */
  cumulative: NanoPingo,
  /** What of it is in leaves of its wallets. */
  allotted: NanoPingo,
  /** Unix day of the newest voucher for its wallet; -1 without one. */
  voucherDay: Schema.Int,
  voucher: Schema.NullOr(Voucher),
  /** Brings the history of the wallet before. */
  move: Schema.NullOr(Voucher),
  /** Null before the first look at its wallet. */
  look: Schema.NullOr(Look),
  /** Looks since the newest voucher. */
  looks: Schema.Int,
});
export type Owner = typeof Owner.Type;

const WalletEntry = Schema.Struct({ owner: Address, amount: NanoPingo });

/** One thing that is wanted of the chain. */
export const Ask = Schema.Struct({
  request: ChainRequest,
  /** Whom it is about; null: nobody in particular. */
  owner: Schema.NullOr(Address),
  /** Key of the call that is under way; empty while there is none. */
  key: Schema.String,
});
export type Ask = typeof Ask.Type;

const PostedRoot = Schema.Struct({
  epoch: Schema.Int,
  root: Schema.String,
  cap: NanoPingo,
  total: NanoPingo,
  at: Schema.Literal("asked", "landed", "refused"),
  /** What each wallet may have claimed under this root, sorted by wallet. */
  claims: Schema.Array(Schema.Tuple(Wallet, NanoPingo)),
});
export type PostedRoot = typeof PostedRoot.Type;

const Verdict = Schema.Literal("good", "wrong");

/** An escrow that is not over. */
export const EscrowCase = Schema.Struct({
  /** The job whose verified result it waits for; null where none is known. */
  job: Schema.NullOr(Address),
  /** Hash of that result; empty before. */
  verified: Schema.String,
  /** What verifiers sign; null before that is decided. It never changes. */
  verdict: Schema.NullOr(Verdict),
  /** Hash of the submitted result that the verdict is about; empty before. */
  submitted: Schema.String,
  /** Looks since the newest news of it. */
  looks: Schema.Int,
  /** How often the verdict was refused. */
  refusals: Schema.Int,
});
export type EscrowCase = typeof EscrowCase.Type;

/**
 * How an escrow ended for this network. settled: our verdict landed. over: by others' word or by
 * its own time. late: our verdict came after the judging time. refused: the contract, or our own
 * keys, did not take it.
 */
export const EscrowEnd = Schema.Struct({
  verdict: Schema.NullOr(Verdict),
  end: Schema.Literal("settled", "over", "late", "refused"),
});
export type EscrowEnd = typeof EscrowEnd.Type;
const EscrowEnds = versionedMap(Wallet, EscrowEnd);

export const TreasurerContext = Schema.Struct({
  input: TreasurerInput,
  owners: versionedMap(Address, Owner),
  wallets: versionedMap(Wallet, WalletEntry),
  /** By intent: what has no final answer yet. */
  asks: versionedMap(Schema.String, Ask),
  /** Intents that wait for their turn, in order. */
  queue: Schema.Array(Schema.String),
  /** Calls under way. */
  underWay: Schema.Int,
  /** Calls so far: no two have one key. */
  calls: Schema.Int,
  /** Failures to reach the chain since it last answered. */
  failures: Schema.Int,
  /** Newest epoch that the ledger posted, counted from one; 0 before the first. */
  postedEpoch: Schema.Int,
  /** The newest roots, oldest first: claims are proven against them. */
  roots: Schema.Array(PostedRoot),
  /** Escrows that are watched. States that were kept before there were any have none. */
  escrows: Schema.optionalWith(versionedMap(Wallet, EscrowCase), {
    default: () => VersionedMap.empty<Wallet, EscrowCase>(),
  }),
  /** Escrows that are over, in two halves: a full young one replaces the old. */
  verdicts: Schema.Struct({ young: EscrowEnds, old: EscrowEnds }),
  /** What was not done: wallets of others, a second and contrary result for an escrow. */
  declined: Schema.Int,
  /** What the chain will never take. */
  refused: Schema.Int,
  lastRefused: Schema.String,
});
export type TreasurerContext = typeof TreasurerContext.Type;

export type Decided = Decision<TreasurerContext>;

export function newTreasurer(input: TreasurerInput): TreasurerContext {
  return {
    input,
    owners: VersionedMap.empty(),
    wallets: VersionedMap.empty(),
    asks: VersionedMap.empty(),
    queue: [],
    underWay: 0,
    calls: 0,
    failures: 0,
    postedEpoch: 0,
    roots: [],
    escrows: VersionedMap.empty(),
    verdicts: { young: VersionedMap.empty(), old: VersionedMap.empty() },
    declined: 0,
    refused: 0,
    lastRefused: "",
  };
}

const stranger: Owner = {
  wallets: [],
  sequence: 0,
  state: "probation",
  standing: "none",
  earned: nanoVcu(0n),
  cumulative: nanoPingo(0n),
  allotted: nanoPingo(0n),
  voucherDay: -1,
  voucher: null,
  move: null,
  look: null,
  looks: 0,
};

export function ownerOf({ owners }: TreasurerContext, owner: Address): Owner {
  return owners.get(owner) ?? stranger;
}

export function withOwner(
  context: TreasurerContext,
  owner: Address,
  change: Partial<Owner>,
): TreasurerContext {
  const owners = context.owners.set(owner, { ...ownerOf(context, owner), ...change });
  return { ...context, owners };
}

/** The wallet that the owner has now. */
export function walletOf({ wallets }: Owner): Wallet | undefined {
  return wallets.at(-1);
}
