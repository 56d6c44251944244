/** The auditor's memory and checks: does a closed epoch add up, in total and in a sample? */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, send } from "../../kernel/command.ts";
import { NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { formatDuration } from "../../kernel/duration.ts";
import { Limits } from "../../kernel/limits.ts";
import type { EpochConfirmed, EpochDisputed, ShowAccount } from "../ledger/messages.ts";
import type { AccountShown, EpochClosed } from "./messages.ts";

export const AuditorInput = Schema.Struct({ ledger: Address, limits: Schema.typeSchema(Limits) });
export type AuditorInput = typeof AuditorInput.Type;

export const AuditorContext = Schema.Struct({
  input: AuditorInput,
  epoch: Schema.Int,
  /** Sampled accounts of this epoch that the ledger has yet to show. */
  awaited: Schema.Array(Schema.String),
  /** First thing found wrong in this epoch; empty while nothing is. */
  finding: Schema.String,
  /** Totals that can only grow, as of the last epoch. */
  minted: NanoVcu,
  burned: NanoVcu,
  postings: Schema.Int,
  confirmed: Schema.Int,
  disputed: Schema.Int,
  /** Reason of the newest dispute. */
  lastDispute: Schema.String,
});
export type AuditorContext = typeof AuditorContext.Type;

type Decided = Decision<AuditorContext>;

export function newAuditor(input: AuditorInput): AuditorContext {
  return {
    input,
    epoch: -1,
    awaited: [],
    finding: "",
    minted: nanoVcu(0n),
    burned: nanoVcu(0n),
    postings: 0,
    confirmed: 0,
    disputed: 0,
    lastDispute: "",
  };
}

/** An epoch without sampled accounts is judged by its totals alone. */
export function hasSample(delivery: Delivery<EpochClosed>): boolean {
  return delivery.message.accounts.length > 0;
}

/** Checks the totals and asks for each sampled account's line. */
export function beginAudit(context: AuditorContext, delivery: Delivery<EpochClosed>): Decided {
  const { epoch, minted, burned, postings, accounts } = delivery.message;
  const finding = findingInTotals(context, delivery.message);
  const awaited = [...new Set(accounts)];
  const next = { ...context, epoch, awaited, finding, minted, burned, postings };
  if (awaited.length === 0) return endAudit(next);
  const asks = awaited.map((account) => {
    const message: ShowAccount = { type: "ShowAccount", epoch, account };
    return send(context.input.ledger, message);
  });
  return { context: next, commands: asks };
}

function findingInTotals(context: AuditorContext, totals: EpochClosed): string {
  const { minted, burned, balances, escrow, postings } = totals;
  if (minted - burned !== balances + escrow) {
    return `minted ${minted} - burned ${burned} is not balances ${balances} + escrow ${escrow}`;
  }
  if (minted < context.minted || burned < context.burned || postings < context.postings) {
    return "minted, burned or postings are less than an epoch ago";
  }
  return "";
}

export function isAwaited(context: AuditorContext, { message }: Delivery<AccountShown>): boolean {
  return message.epoch === context.epoch && context.awaited.includes(message.account);
}

export function isLastAwaited(context: AuditorContext, delivery: Delivery<AccountShown>): boolean {
  return context.awaited.length === 1 && isAwaited(context, delivery);
}

/** Checks one line; the last one ends the audit. */
export function checkAccount(context: AuditorContext, delivery: Delivery<AccountShown>): Decided {
  const { account, opening, credits, debits, closing } = delivery.message;
  const awaited = context.awaited.filter((name) => name !== account);
  const adds = opening + credits - debits === closing;
  const words = `${account}: opening ${opening} + ${credits} - ${debits} is not closing ${closing}`;
  const finding = context.finding !== "" || adds ? context.finding : words;
  const next = { ...context, awaited, finding };
  return awaited.length === 0 ? endAudit(next) : { context: next, commands: noCommands };
}

/** The ledger did not show what it was asked for. */
export function giveUp(context: AuditorContext): Decided {
  const { awaited, finding, input } = context;
  const words = `${awaited.join(", ")} not shown in ${formatDuration(input.limits.epochUs)}`;
  return endAudit({ ...context, awaited: [], finding: finding === "" ? words : finding });
}

function endAudit(context: AuditorContext): Decided {
  const { epoch, finding, input } = context;
  if (finding === "") {
    const confirmed: EpochConfirmed = { type: "EpochConfirmed", epoch };
    return answered(
      { ...context, confirmed: context.confirmed + 1 },
      send(input.ledger, confirmed),
    );
  }
  const disputed: EpochDisputed = { type: "EpochDisputed", epoch, reason: finding };
  const noted = { ...context, disputed: context.disputed + 1, lastDispute: finding };
  return answered(noted, send(input.ledger, disputed));
}

function answered(context: AuditorContext, command: Command): Decided {
  return { context, commands: [command] };
}
