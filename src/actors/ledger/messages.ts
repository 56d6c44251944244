/** What the ledger accepts. It alone changes credit, escrow and standing. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { NanoVcu } from "../../kernel/credit.ts";
import { variant } from "../../kernel/message.ts";
import { CredentialShown } from "../../kernel/ports/chain.ts";

/** A contributor applies; answered with AccountOpened, also when it has an account already. */
export const OpenAccount = variant("OpenAccount", {});
export type OpenAccount = typeof OpenAccount.Type;

/** A job moves its whole price from the requester into escrow. */
export const Reserve = variant("Reserve", {
  requester: Address,
  amount: NanoVcu,
  /** Commons jobs are paid by the mint, within the ledger's rule for commons work. */
  commons: Schema.Boolean,
});
export type Reserve = typeof Reserve.Type;

/** Pays one verified task out of the job's escrow, once. */
export const Settle = variant("Settle", {
  task: Schema.String,
  /**
   * Owners whose results agreed, in order of their attempts; each is paid `each`. The first is paid
   * out of the escrow, the others by the mint: their work verified the first one's.
   */
  payees: Schema.Array(Address),
  each: NanoVcu,
  /** Owners whose results did not agree with an accepted one. */
  wrong: Schema.Array(Address),
});
export type Settle = typeof Settle.Type;

/** A verifier has proof that this owner cheated: what the owner has not cleared yet is burned. */
export const Slash = variant("Slash", { owner: Address, task: Schema.String });
export type Slash = typeof Slash.Type;

/** A suspended contributor asks for a second look at the evidence, once per suspension. */
export const Appeal = variant("Appeal", {});
export type Appeal = typeof Appeal.Type;

/** A verifier had the task of a piece of evidence executed again; upheld: the result was wrong. */
export const Reexamined = variant("Reexamined", {
  owner: Address,
  task: Schema.String,
  upheld: Schema.Boolean,
});
export type Reexamined = typeof Reexamined.Type;

/** A term that the ledger set for itself is over (its own timer). */
export const TermEnded = variant("TermEnded", {
  owner: Address,
  term: Schema.Literal("suspension", "credential"),
});
export type TermEnded = typeof TermEnded.Type;

/** The job ends: what is left in its escrow goes back; answered with JobClosed. */
export const CloseJob = variant("CloseJob", {});
export type CloseJob = typeof CloseJob.Type;

/** The auditor recounted the closed epoch. */
export const EpochConfirmed = variant("EpochConfirmed", { epoch: Schema.Int });
export type EpochConfirmed = typeof EpochConfirmed.Type;
export const EpochDisputed = variant("EpochDisputed", {
  epoch: Schema.Int,
  reason: Schema.String,
});
export type EpochDisputed = typeof EpochDisputed.Type;

/** The auditor asks for one account's lines of the closed epoch. */
export const ShowAccount = variant("ShowAccount", { epoch: Schema.Int, account: Schema.String });
export type ShowAccount = typeof ShowAccount.Type;

/**
 * The treasurer saw an owner's credential on chain. Only a ledger with a treasurer takes it
 * (on-chain.ts).
 */
export const CredentialOnChain = variant("CredentialOnChain", {
  owner: Address,
  state: CredentialShown.fields.state,
  /** When it lapses; 0 without one. */
  untilUs: Schema.Int,
  /** When it was seen; 0: never. */
  seenUs: Schema.Int,
});
export type CredentialOnChain = typeof CredentialOnChain.Type;

export const LedgerMessage = Schema.Union(
  OpenAccount,
  Reserve,
  Settle,
  Slash,
  Appeal,
  Reexamined,
  TermEnded,
  CloseJob,
  EpochConfirmed,
  EpochDisputed,
  ShowAccount,
);
export type LedgerMessage = typeof LedgerMessage.Type;
