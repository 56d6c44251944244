/**
 * The port of the chain: credentials, roots of rewards, verdicts on escrows. Live it speaks to TON;
 * in the simulator it is a model with delay, failure, lost answers and reorganisations.
 *
 * A call's outcome can be lost while what it asked for was done, so writing requests carry an
 * `intent` besides the call's key: the name of the effect. However often it is asked for, under
 * whatever keys and after whatever crash, an intent takes effect at most once, and who asks again
 * is told of the effect that was. A caller never uses an intent for two different things.
 */
import { Schema } from "effect";
import { Address } from "../address.ts";
import { variant } from "../message.ts";
import { NanoPingo } from "../policies/rewards.ts";
import { portOutcome } from "./port.ts";

export const CHAIN = "chain";

/** An account of the base chain in raw form: `0:` and 64 lower-case hexadecimal digits. */
export const Wallet = Schema.String.pipe(
  Schema.pattern(/^0:[0-9a-f]{64}$/, {
    message: () => "expected a raw address such as 0:83df…, 64 hexadecimal digits after the colon",
  }),
  Schema.brand("Wallet"),
);
export type Wallet = typeof Wallet.Type;

/** What a wallet may claim in its whole life: a leaf of a root. */
export interface WalletClaim {
  readonly wallet: Wallet;
  readonly cumulative: bigint;
}

const Hash = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/));
const Intent = Schema.String;

/**
 * Has issuers sign that this wallet's owner contributed. Nothing is sent: the outcome is what the
 * owner's wallet sends itself, and pays for.
 */
export const IssueCredential = variant("IssueCredential", {
  intent: Intent,
  owner: Address,
  wallet: Wallet,
  /** 0 to 255, what the badge shows. */
  tier: Schema.Int,
  /** Unix day of the contribution: validity counts from it, and it must be later than the last. */
  epoch: Schema.Int,
  /** Last Unix day on which the voucher can be presented. */
  untilDay: Schema.Int,
});
export type IssueCredential = typeof IssueCredential.Type;

/** As IssueCredential: ends the credential of `from` and gives its history to `wallet`. */
export const MoveCredential = variant("MoveCredential", {
  intent: Intent,
  owner: Address,
  from: Wallet,
  wallet: Wallet,
  untilDay: Schema.Int,
});
export type MoveCredential = typeof MoveCredential.Type;

/** Ends a credential for good, at the network's expense. A wallet without one stays without. */
export const RevokeCredential = variant("RevokeCredential", { intent: Intent, wallet: Wallet });
export type RevokeCredential = typeof RevokeCredential.Type;

/** Asks how the credential of a wallet stands. */
export const ReadCredential = variant("ReadCredential", { wallet: Wallet });
export type ReadCredential = typeof ReadCredential.Type;

/** Publishes the root of all claims, cumulative over all epochs up to this one. */
export const PublishRoot = variant("PublishRoot", {
  intent: Intent,
  /** The network's own count, from one on. On chain it is the newest epoch that has ended there. */
  epoch: Schema.Int,
  root: Hash,
  /** The most that may have been paid under this root: never less than under the root before. */
  cap: NanoPingo,
  /** Sum of the leaves; cap less total belongs to owners who have no wallet yet. */
  total: NanoPingo,
});
export type PublishRoot = typeof PublishRoot.Type;

/** Asks for the root in force and for the one that waits. */
const ReadRewards = variant("ReadRewards", {});

/** Brings the verifiers' verdict to a job's escrow: pays who worked, or the client back. */
export const SettleEscrow = variant("SettleEscrow", {
  intent: Intent,
  escrow: Wallet,
  /** Hash of the result that was submitted. */
  result: Hash,
  verdict: Schema.Literal("good", "wrong"),
});
export type SettleEscrow = typeof SettleEscrow.Type;

/** Asks how an escrow stands, and whose it is. */
export const ReadEscrow = variant("ReadEscrow", { escrow: Wallet });
export type ReadEscrow = typeof ReadEscrow.Type;

export const ChainRequest = Schema.Union(
  IssueCredential,
  MoveCredential,
  RevokeCredential,
  ReadCredential,
  PublishRoot,
  ReadRewards,
  SettleEscrow,
  ReadEscrow,
);
export type ChainRequest = typeof ChainRequest.Type;

/** Answers IssueCredential and MoveCredential: a message for the owner's wallet to send. */
export const Voucher = variant("Voucher", {
  /** Whom it is sent to: the collection. */
  to: Wallet,
  /** Coins to attach, nano; what is not used comes back. */
  value: Schema.BigInt,
  /** Body of the message, a bag of cells in base64. */
  body: Schema.String,
  /** It is refused later than this. */
  untilUs: Schema.Int,
});
export type Voucher = typeof Voucher.Type;

/** Answers ReadCredential, from a state of the chain that is final. */
export const CredentialShown = variant("CredentialShown", {
  state: Schema.Literal("none", "valid", "lapsed", "revoked"),
  tier: Schema.Int,
  /** Unix day of the newest contribution that it shows; 0 without one. */
  epoch: Schema.Int,
  /** When it lapses or lapsed; 0 without one. */
  untilUs: Schema.Int,
});
export type CredentialShown = typeof CredentialShown.Type;

/** Answers ReadRewards. */
export const RewardsShown = variant("RewardsShown", {
  /** The root in force; -1 before the first. */
  epoch: Schema.Int,
  root: Schema.String,
  cap: NanoPingo,
  /** Paid under all roots so far. */
  paid: NanoPingo,
  /** The root that waits; -1 when none does. */
  pendingEpoch: Schema.Int,
  /** When the waiting root can be claimed; 0 when none waits. */
  claimableUs: Schema.Int,
});
export type RewardsShown = typeof RewardsShown.Type;

/** Answers ReadEscrow. What is no escrow of PinGo's code and token is refused. */
export const EscrowShown = variant("EscrowShown", {
  /** absent: nobody made it. awaiting: its price is not there. */
  state: Schema.Literal("absent", "awaiting", "funded", "accepted", "submitted", "done"),
  /** Empty while it is absent. */
  client: Schema.Union(Wallet, Schema.Literal("")),
  /** Who accepted; empty before. */
  worker: Schema.Union(Wallet, Schema.Literal("")),
  price: NanoPingo,
  bond: NanoPingo,
  /** Hash of the demand and its salt. */
  demand: Schema.String,
  /** Hash of the result that was submitted; empty before. */
  result: Schema.String,
  /** Of the state's time, by the chain's clock: below zero it has run out. */
  leftUs: Schema.Int,
  /** How long verifiers have for a verdict. */
  judgeUs: Schema.Int,
  /** So many of its verifiers must agree. */
  threshold: Schema.Int,
  /** So many of its verifiers are this network's. */
  ours: Schema.Int,
});
export type EscrowShown = typeof EscrowShown.Type;

/** Answers what was sent: the transaction is final. */
export const Landed = variant("Landed", {
  /** Hash of the transaction, hexadecimal; empty where there was nothing left to do. */
  transaction: Schema.String,
});
export type Landed = typeof Landed.Type;

/**
 * unreachable: no answer of the chain's interface. contradicted: its answers did not agree.
 * unfunded: the network's own wallet has too few coins. early: not yet allowed (a root before its
 * epoch has ended, or while another waits). refused: the contract will never take it. deadline: no
 * outcome in time; the effect may have been. All but `refused` are retryable.
 */
export const ChainOutcome = portOutcome(
  CHAIN,
  Schema.Union(Voucher, CredentialShown, RewardsShown, EscrowShown, Landed),
  ["unreachable", "contradicted", "unfunded", "early", "refused", "deadline"],
);
export type ChainOutcome = typeof ChainOutcome.Type;
