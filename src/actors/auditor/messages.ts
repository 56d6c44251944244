/** What an auditor accepts. */
import { Schema } from "effect";
import { NanoVcu } from "../../kernel/credit.ts";
import { variant } from "../../kernel/message.ts";

/** The ledger closed an epoch: totals that must add up, and how many accounts there are. */
export const EpochClosed = variant("EpochClosed", {
  epoch: Schema.Int,
  minted: NanoVcu,
  burned: NanoVcu,
  balances: NanoVcu,
  escrow: NanoVcu,
  postings: Schema.Int,
  /** Accounts that the auditor may ask for: those that moved, at most a sample of them. */
  accounts: Schema.Array(Schema.String),
});
export type EpochClosed = typeof EpochClosed.Type;

/** Lines of one account in the epoch: opening + credits - debits must equal closing. */
export const AccountShown = variant("AccountShown", {
  epoch: Schema.Int,
  account: Schema.String,
  opening: NanoVcu,
  credits: NanoVcu,
  debits: NanoVcu,
  closing: NanoVcu,
});
export type AccountShown = typeof AccountShown.Type;

export const AuditorMessage = Schema.Union(EpochClosed, AccountShown);
export type AuditorMessage = typeof AuditorMessage.Type;
