/** What a treasurer accepts: the ledger's news, proven wallets, and what the chain answers. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { NanoVcu } from "../../kernel/credit.ts";
import { variant } from "../../kernel/message.ts";
import { NanoPingo } from "../../kernel/policies/rewards.ts";
import { ChainOutcome, Wallet } from "../../kernel/ports/chain.ts";
import { Credential, StandingState } from "../contributor/messages.ts";

/** Whose word the treasurer takes for proofs that were checked: the gateway's. */
export const DESK = "desk";

/** A contributor proved that it holds this wallet's key (from `port/desk`). */
export const WalletLinked = variant("WalletLinked", { owner: Address, wallet: Wallet });
export type WalletLinked = typeof WalletLinked.Type;

/**
 * An escrow names this network's verifiers, or its worker has just submitted (from `port/desk`): it
 * is looked at now, and watched until it is over.
 */
export const EscrowWatched = variant("EscrowWatched", { escrow: Wallet });
export type EscrowWatched = typeof EscrowWatched.Type;

/** The network verified the job whose price an escrow holds (from `port/desk`). */
export const EscrowJudged = variant("EscrowJudged", {
  job: Address,
  escrow: Wallet,
  /** Hash of the verified result: what was submitted is right if it is this one. */
  result: Schema.String,
});
export type EscrowJudged = typeof EscrowJudged.Type;

/** Somebody wants to know how a credential stands now (the ledger, or `port/desk`). */
export const CredentialWanted = variant("CredentialWanted", { owner: Address });
export type CredentialWanted = typeof CredentialWanted.Type;

/** The ledger's judgement of an owner; `sequence` is the ledger's, older news are ignored. */
export const StandingSeen = variant("StandingSeen", {
  owner: Address,
  sequence: Schema.Int,
  state: StandingState,
  credential: Credential,
  earned: NanoVcu,
});
export type StandingSeen = typeof StandingSeen.Type;

/** The ledger closed an epoch of rewards: what those who had a part in it may have claimed. */
export const ClaimsPosted = variant("ClaimsPosted", {
  /** From zero on. */
  epoch: Schema.Int,
  claims: Schema.Array(Schema.Struct({ owner: Address, cumulative: NanoPingo })),
});
export type ClaimsPosted = typeof ClaimsPosted.Type;

/** Time to look whether a credential was claimed (the own timer). */
export const LookDue = variant("LookDue", { owner: Address });
export type LookDue = typeof LookDue.Type;

/** Time to ask once more for what the chain did not allow yet (the own timer). */
export const AskDue = variant("AskDue", { intent: Schema.String });
export type AskDue = typeof AskDue.Type;

/** Time to look how an escrow stands (the own timer). */
export const EscrowDue = variant("EscrowDue", { escrow: Wallet });
export type EscrowDue = typeof EscrowDue.Type;

export const TreasurerMessage = Schema.Union(
  WalletLinked,
  EscrowWatched,
  EscrowJudged,
  CredentialWanted,
  StandingSeen,
  ClaimsPosted,
  LookDue,
  AskDue,
  EscrowDue,
  ChainOutcome,
);
export type TreasurerMessage = typeof TreasurerMessage.Type;
