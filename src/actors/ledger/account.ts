/** What the ledger knows of one contributor, and how much service that entitles it to. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import { noRate, perHour, Rate } from "../../kernel/decay.ts";
import type { Limits } from "../../kernel/limits.ts";
import { Credential, StandingState } from "../contributor/messages.ts";

/** A task of which the owner gave a wrong result. */
export const Evidence = Schema.Struct({
  task: Schema.String,
  /** Who proved it, when a verifier did; else a job's vote was lost. */
  verifier: Schema.NullOr(Address),
  /** What the proof burned; an appeal that is won mints it back. */
  burned: NanoVcu,
});
export type Evidence = typeof Evidence.Type;

export const Account = Schema.Struct({
  /** Cleared credit that is free; below zero on debt. */
  balance: NanoVcu,
  /** Sum of the rewards that are not cleared. */
  uncleared: NanoVcu,
  /** Those rewards, oldest first: at most limits.escrowTasks. */
  unvested: Schema.Array(NanoVcu),
  /** Rewards that were cleared in its whole life. */
  earned: NanoVcu,
  /** What was paid out of escrows that it filled, in its whole life. */
  spent: NanoVcu,
  /** Rewards per online hour: of the last hours (w), and of the last days (for the cap). */
  rate: Rate,
  longRate: Rate,
  /** When it was last rewarded, or opened. */
  rewardedUs: Schema.Int,
  /** Since its probation began: verified work, cleared or not, and results. */
  proven: NanoVcu,
  validResults: Schema.Int,
  wrongResults: Schema.Int,
  /** Proofs of cheating among the wrong results. */
  slashes: Schema.Int,
  state: StandingState,
  credential: Credential,
  /** Counts the changes of standing that its owner was told, the opening included. */
  sequence: Schema.Int,
  warned: Schema.Boolean,
  /** When a suspension ends by itself. */
  suspendedUntilUs: Schema.Int,
  /** True once the running or last suspension was appealed. */
  appealed: Schema.Boolean,
  /** The newest wrong results that counted. */
  evidence: Schema.Array(Evidence),
});
export type Account = typeof Account.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function changedAccount(old: Account, change: Partial<Account>): Account {
  return {
    balance: change.balance ?? old.balance,
    uncleared: change.uncleared ?? old.uncleared,
    unvested: change.unvested ?? old.unvested,
    earned: change.earned ?? old.earned,
    spent: change.spent ?? old.spent,
    rate: change.rate ?? old.rate,
    longRate: change.longRate ?? old.longRate,
    rewardedUs: change.rewardedUs ?? old.rewardedUs,
    proven: change.proven ?? old.proven,
    validResults: change.validResults ?? old.validResults,
    wrongResults: change.wrongResults ?? old.wrongResults,
    slashes: change.slashes ?? old.slashes,
    state: change.state ?? old.state,
    credential: change.credential ?? old.credential,
    sequence: change.sequence ?? old.sequence,
    warned: change.warned ?? old.warned,
    suspendedUntilUs: change.suspendedUntilUs ?? old.suspendedUntilUs,
    appealed: change.appealed ?? old.appealed,
    evidence: change.evidence ?? old.evidence,
  };
}

const zero = nanoVcu(0n);
const noRewards: Account["unvested"] = [];
const noEvidence: Account["evidence"] = [];

/** Number of the first news to an owner: its account was opened. */
export const OPENED = 1;

/** Nothing but a name: a newcomer owns nothing and is owed nothing. */
export function newAccount(atUs: number, gate: "credit" | "account"): Account {
  const isMember = gate === "account";
  return {
    balance: zero,
    uncleared: zero,
    unvested: noRewards,
    earned: zero,
    spent: zero,
    rate: noRate,
    longRate: noRate,
    rewardedUs: atUs,
    proven: zero,
    validResults: 0,
    wrongResults: 0,
    slashes: 0,
    state: isMember ? "active" : "probation",
    credential: isMember ? "valid" : "none",
    sequence: isMember ? OPENED + 1 : OPENED,
    warned: false,
    suspendedUntilUs: 0,
    appealed: false,
    evidence: noEvidence,
  };
}

/**
 * How far below zero a reservation may take the balance: min(D w, delta E), hours of its own rate
 * and never more than a part of its verified work, cleared or not. Both are linear in verified
 * work, so a contributor under many names may owe no more than under one; whoever has none owes
 * nothing.
 * Of the 32 rewards that wait, a quarter at most backs debt: the 24 that are left are more than the
 * 22.9 that make cheating a loss when a third of those who check collude.
 */
export function debtLimit({ rate, earned, uncleared }: Account, limits: Limits): NanoVcu {
  const byHours = perHour(rate) * BigInt(limits.debtHours);
  const byWork = ((earned + uncleared) * BigInt(limits.debtPercent)) / 100n;
  return nanoVcu(byHours < byWork ? byHours : byWork);
}

/** Most credit that is kept: idle time and old work bank no priority without end. */
export function bankCap({ rate, longRate }: Account, limits: Limits): bigint {
  const [short, long] = [perHour(rate), perHour(longRate)];
  return (short > long ? short : long) * BigInt(limits.bankHours);
}
