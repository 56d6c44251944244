/**
 * Epochs: when one ends, its totals and a sample of the accounts that moved go to the auditor, and
 * its lines are kept until the auditor has answered. Requests are served all the while.
 */
import type { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { noCommands, reply, send } from "../../kernel/command.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { invariant } from "../../kernel/invariant.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";
import type { AccountShown, EpochClosed } from "../auditor/messages.ts";
import { holdings, type Line, withBooks } from "./books.ts";
import type { EpochDisputed, ShowAccount } from "./messages.ts";
import { type LedgerContext, withLedger } from "./state.ts";

type Decided = Decision<LedgerContext>;

/** True if credit moved since the epoch began. */
export function hasMoved({ books, postingsBefore }: LedgerContext): boolean {
  return books.totals.postings !== postingsBefore;
}

/** Ends the epoch for the auditor's eyes; the next begins at once. */
export function closeEpoch(context: LedgerContext): Decided {
  const { books, epoch, input } = context;
  invariant(input.auditor !== null, "only an audited ledger closes its epochs");
  const { minted, burned, escrow, postings } = books.totals;
  const message: EpochClosed = {
    type: "EpochClosed",
    epoch,
    minted,
    burned,
    balances: nanoVcu(books.totals.balances + books.totals.uncleared),
    escrow,
    postings,
    accounts: books.sample,
  };
  const { context: next } = beginEpoch(context);
  return {
    context: { ...next, audited: { epoch, lines: books.lines } },
    commands: [send(input.auditor, message)],
  };
}

/** Begins the next epoch with empty lines. */
export function beginEpoch(context: LedgerContext): Decided {
  const books = withBooks(context.books, {
    lines: VersionedMap.empty<Address, Line>(),
    sample: [],
  });
  return {
    context: withLedger(context, {
      books,
      epoch: context.epoch + 1,
      postingsBefore: books.totals.postings,
    }),
    commands: noCommands,
  };
}

/** True for an account that moved in the epoch under audit. */
export function canShow(context: LedgerContext, { message, from }: Delivery<ShowAccount>): boolean {
  const { audited, input } = context;
  return (
    from === input.auditor &&
    audited?.epoch === message.epoch &&
    audited.lines.has(message.account as Address)
  );
}

/**
 * Shows one line of the closed epoch. The closing balance is not computed from the line: it is what
 * the account holds, or what it held when it first moved again, so a wrong line shows.
 */
export function showAccount(context: LedgerContext, delivery: Delivery<ShowAccount>): Decided {
  const name = delivery.message.account as Address;
  const line = context.audited?.lines.get(name);
  const account = context.books.accounts.get(name);
  invariant(line !== undefined && account !== undefined, `${name} moved in the closed epoch`);
  const message: AccountShown = {
    type: "AccountShown",
    epoch: delivery.message.epoch,
    account: name,
    opening: line.opening,
    credits: line.credits,
    debits: line.debits,
    closing: context.books.lines.get(name)?.opening ?? holdings(account),
  };
  return { context, commands: [reply(message)] };
}

/** The auditor's answers count only for the epoch that it was given. */
export function isUnderAudit(
  { audited, input }: LedgerContext,
  { from, message }: { readonly from: Address; readonly message: { readonly epoch: number } },
): boolean {
  return from === input.auditor && audited?.epoch === message.epoch;
}

export function publishEpoch(context: LedgerContext): Decided {
  return { context: withLedger(context, { audited: null }), commands: noCommands };
}

export function publishDispute(context: LedgerContext, delivery: Delivery<EpochDisputed>): Decided {
  const disputes = context.disputes + 1;
  const lastDispute = delivery.message.reason;
  return {
    context: withLedger(context, { audited: null, disputes, lastDispute }),
    commands: noCommands,
  };
}
