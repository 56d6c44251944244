/** What follows from a proof of cheating: forfeits, appeals, and the ends of terms. */
import { type Address, kindOf } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, send } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Reexamine } from "../verifier/messages.ts";
import { type Account, changedAccount } from "./account.ts";
import { mint } from "./books.ts";
import type { Appeal, Reexamined, Slash, TermEnded } from "./messages.ts";
import { forfeit, restore, withAccount } from "./rewards.ts";
import { lapsed, newsOf, recovered, termOf, withoutEvidence, withWrongResult } from "./standing.ts";
import { type LedgerContext, momentOf, withLedger } from "./state.ts";

type Decided = Decision<LedgerContext>;

/** Only verifiers prove anything. */
export function isFromVerifier({ from }: { readonly from: Address }): boolean {
  return kindOf(from) === "verifier";
}

/** Burns what the cheat has not cleared, once per task. */
export function slash(context: LedgerContext, delivery: Delivery<Slash>): Decided {
  const { owner, task } = delivery.message;
  const before = context.books.accounts.get(owner);
  if (before === undefined) return unchanged(context);
  const moment = momentOf(context, delivery);
  const found = { task, verifier: delivery.from, burned: before.uncleared };
  const judged = withWrongResult(before, found, moment);
  if (judged === before) return unchanged(context);
  const emptied = forfeit(withAccount(context.books, owner, judged), owner, moment);
  return {
    context: withLedger(context, { books: emptied }),
    commands: newsOf(owner, before, judged, moment),
  };
}

/** Has each piece of evidence looked at again, once per suspension. */
export function appeal(context: LedgerContext, { from: owner }: Delivery<Appeal>): Decided {
  const account = context.books.accounts.get(owner);
  if (account === undefined || account.state !== "suspended" || account.appealed) {
    return unchanged(context);
  }
  const commands: Array<Command> = [];
  for (const { task, verifier } of account.evidence) {
    const judge = verifier ?? context.input.verifier;
    const again: Reexamine = { type: "Reexamine", owner, task };
    if (judge !== null) commands.push(send(judge, again));
  }
  const appealed = changedAccount(account, { appealed: true });
  return changed(context, owner, appealed, commands);
}

/** Evidence that did not hold is struck out, and what it burned comes back from the mint. */
export function strikeOut(context: LedgerContext, delivery: Delivery<Reexamined>): Decided {
  const { owner, task, upheld } = delivery.message;
  const before = context.books.accounts.get(owner);
  const gone = before?.evidence.find((one) => one.task === task);
  if (before === undefined || gone === undefined || upheld || !before.appealed) {
    return unchanged(context);
  }
  if ((gone.verifier ?? context.input.verifier) !== delivery.from) return unchanged(context);
  const moment = momentOf(context, delivery);
  const cleaner = withoutEvidence(before, gone, moment);
  const back = { from: mint, owner, amount: gone.burned };
  const books = restore(withAccount(context.books, owner, cleaner), back, moment);
  return {
    context: withLedger(context, { books }),
    commands: newsOf(owner, before, cleaner, moment),
  };
}

/** A suspension ends in a new probation; a badge lapses after a long time without a reward. */
export function endTerm(context: LedgerContext, delivery: Delivery<TermEnded>): Decided {
  const { owner, term } = delivery.message;
  const before = context.books.accounts.get(owner);
  if (before === undefined || !isRunning(before, term)) return unchanged(context);
  const moment = momentOf(context, delivery);
  const { credentialLapseUs } = context.input.limits;
  const dueUs =
    term === "suspension" ? before.suspendedUntilUs : before.rewardedUs + credentialLapseUs;
  // there were rewards meanwhile, or a clock was wrong
  if (moment.atUs < dueUs) {
    return { context, commands: [termOf(owner, term, dueUs - moment.atUs)] };
  }
  const after = term === "suspension" ? recovered(before, moment) : lapsed(before);
  return changed(context, owner, after, newsOf(owner, before, after, moment));
}

function isRunning({ state, credential }: Account, term: TermEnded["term"]): boolean {
  return term === "suspension" ? state === "suspended" : credential === "valid";
}

function changed(
  context: LedgerContext,
  owner: Address,
  account: Account,
  commands: ReadonlyArray<Command>,
): Decided {
  return {
    context: withLedger(context, { books: withAccount(context.books, owner, account) }),
    commands,
  };
}

function unchanged(context: LedgerContext): Decided {
  return { context, commands: noCommands };
}
