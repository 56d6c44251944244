/** The ledger's memory and what it does for contributors and jobs. Epochs are in epoch.ts. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, reply } from "../../kernel/command.ts";
import { NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import { perHour } from "../../kernel/decay.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { Limits } from "../../kernel/limits.ts";
import type { Standing } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import type { AccountOpened } from "../contributor/messages.ts";
import type { JobClosed, Reserved, ReserveRefused } from "../job/messages.ts";
import { type Account, changedAccount, newAccount, OPENED } from "./account.ts";
import {
  accountOf,
  Books,
  burn,
  type Escrow,
  emptyBooks,
  escrowOf,
  Line,
  mint,
  post,
  withBooks,
  withEscrow,
} from "./books.ts";
import type { CloseJob, OpenAccount, Reserve, Settle } from "./messages.ts";
import { burnExcess, type Moment, reward, withAccount } from "./rewards.ts";
import { newsOf, refusalOf, standingNews, withValidResult, withWrongResult } from "./standing.ts";

export const LedgerInput = Schema.Struct({
  /** Who recounts closed epochs; null: nobody. */
  auditor: Schema.NullOr(Address),
  limits: Schema.typeSchema(Limits),
  /** The requester of commons jobs, which the mint pays. */
  commons: Address,
  /** Who looks at evidence again when its owner appeals; null: nobody. */
  verifier: Schema.NullOr(Address),
  /** "account": accounts are active at once and nobody is refused for want of credit. */
  gate: Schema.Literal("credit", "account"),
});
export type LedgerInput = typeof LedgerInput.Type;

const Closing = Schema.Struct({ spent: NanoVcu, refunded: NanoVcu });
const Closings = versionedMap(Address, Closing);

export const LedgerContext = Schema.Struct({
  input: LedgerInput,
  books: Books,
  /** Answers to the newest CloseJobs, in two halves: a full young one replaces the old. */
  closed: Schema.Struct({ young: Closings, old: Closings }),
  /** Number of the running epoch. */
  epoch: Schema.Int,
  /** Postings before the running epoch. */
  postingsBefore: Schema.Int,
  /** Lines of the closed epoch while the auditor recounts it. */
  audited: Schema.NullOr(Schema.Struct({ epoch: Schema.Int, lines: versionedMap(Address, Line) })),
  /** Payees whom a job's escrow could not pay; a sound job promises no more than it reserved. */
  shortfalls: Schema.Int,
  disputes: Schema.Int,
  lastDispute: Schema.String,
});
export type LedgerContext = typeof LedgerContext.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withLedger(old: LedgerContext, change: Partial<LedgerContext>): LedgerContext {
  return {
    input: change.input ?? old.input,
    books: change.books ?? old.books,
    closed: change.closed ?? old.closed,
    epoch: change.epoch ?? old.epoch,
    postingsBefore: change.postingsBefore ?? old.postingsBefore,
    audited: change.audited === undefined ? old.audited : change.audited,
    shortfalls: change.shortfalls ?? old.shortfalls,
    disputes: change.disputes ?? old.disputes,
    lastDispute: change.lastDispute ?? old.lastDispute,
  };
}

type Decided = Decision<LedgerContext>;

/** How many closed jobs each half of the memory holds: a repeated CloseJob comes soon or never. */
export const CLOSED_JOBS_KEPT = 2_048;
const zero = nanoVcu(0n);

export function newLedger(input: LedgerInput): LedgerContext {
  return {
    input,
    books: emptyBooks(),
    closed: { young: VersionedMap.empty(), old: VersionedMap.empty() },
    epoch: 0,
    postingsBefore: 0,
    audited: null,
    shortfalls: 0,
    disputes: 0,
    lastDispute: "",
  };
}

/** Opens the account of whoever asks; who has one is told how it stands instead. */
export function openAccount(context: LedgerContext, delivery: Delivery<OpenAccount>): Decided {
  const { from: owner } = delivery;
  const { gate, limits } = context.input;
  const known = context.books.accounts.get(owner);
  const account = known ?? newAccount(delivery.atUs, gate);
  // the opening is always the first change of standing: later ones must look newer to the owner
  const opened: AccountOpened = { type: "AccountOpened", sequence: OPENED };
  const hasNews = account.sequence > OPENED;
  const news = hasNews ? [standingNews(owner, account, limits)] : noCommands;
  const books = withAccount(context.books, owner, account);
  return {
    context: known === undefined ? withLedger(context, { books }) : context,
    commands: [reply(opened), ...news],
  };
}

/** A job that was closed cannot be opened again. */
export function isClosed({ closed }: LedgerContext, job: Address): boolean {
  return closed.young.has(job) || closed.old.has(job);
}

/**
 * Moves the job's whole price into escrow, once; asked again it repeats its answer. What is granted
 * leaves the balance at once, so that the sum of all grants never exceeds balance and debt limit.
 */
export function reserve(context: LedgerContext, delivery: Delivery<Reserve>): Decided {
  const { from: job, message } = delivery;
  const { requester, amount } = message;
  const known = context.books.escrows.get(job);
  if (known !== undefined) return { context, commands: [reserved(known)] };
  const moment = momentOf(context, delivery);
  const commons = message.commons && requester === context.input.commons;
  const account = commons ? undefined : accountFor(context, requester, moment);
  const refusal = commons ? undefined : refusalOf(requester, account, amount, moment);
  if (refusal !== undefined) {
    const refused: typeof ReserveRefused.Type = { type: "ReserveRefused", ...refusal };
    return { context, commands: [reply(refused)] };
  }
  const escrow: Escrow = {
    requester,
    commons,
    left: zero,
    spent: zero,
    standing: account === undefined ? mintStanding : standingAfter(account, amount),
    // where nobody is refused for want of credit a debt means nothing, so nothing gives way for it
    onDebt: moment.gate === "credit" && account !== undefined && account.balance < amount,
    paid: VersionedMap.empty(),
  };
  const held =
    account === undefined ? context.books : withAccount(context.books, requester, account);
  const opened = withBooks(held, { escrows: held.escrows.set(job, escrow) });
  const posting = { from: commons ? mint : accountOf(requester), to: escrowOf(job), amount };
  const books = post(opened, posting, moment.sampling);
  return { context: withLedger(context, { books }), commands: [reserved(escrow)] };
}

/** Where nobody is refused an account is there as soon as it is needed. */
function accountFor(
  { books, input }: LedgerContext,
  requester: Address,
  { atUs }: Moment,
): Account | undefined {
  const known = books.accounts.get(requester);
  if (known !== undefined || input.gate === "credit" || requester === input.commons) return known;
  return newAccount(atUs, input.gate);
}

const mintStanding: Standing = { balance: zero, earned: zero, spent: zero, rate: zero };

function standingAfter({ balance, earned, spent, rate }: Account, amount: NanoVcu): Standing {
  return { balance: nanoVcu(balance - amount), earned, spent, rate: perHour(rate) };
}

function reserved({ standing, onDebt }: Escrow): Command {
  const message: typeof Reserved.Type = { type: "Reserved", standing, onDebt };
  return reply(message);
}

export function isOpen({ books }: LedgerContext, job: Address): boolean {
  return books.escrows.has(job);
}

/**
 * Pays a task's payees and notes wrong results: once per task. The first payee did the task and is
 * paid out of the escrow; the others verified it and are paid by the mint, so that a requester pays
 * for each task once, whatever verifying it took.
 */
export function settle(context: LedgerContext, delivery: Delivery<Settle>): Decided {
  const { from: job, message } = delivery;
  const escrow = context.books.escrows.get(job);
  if (escrow === undefined || escrow.paid.has(message.task)) {
    return { context, commands: noCommands };
  }
  const moment = momentOf(context, delivery);
  const draft: Draft = { books: context.books, commands: [] };
  const shortfalls = payResults(draft, delivery, moment);
  noteWrongResults(draft, message, moment);
  const left = draft.books.escrows.get(job)?.left ?? zero;
  const paid = nanoVcu(escrow.left - left);
  noteSpending(draft, escrow, paid);
  const spent = nanoVcu(escrow.spent + paid);
  const settled = withEscrow(escrow, { left, spent, paid: escrow.paid.set(message.task, true) });
  const escrows = draft.books.escrows.set(job, settled);
  return {
    context: withLedger(context, {
      books: withBooks(draft.books, { escrows }),
      shortfalls: context.shortfalls + shortfalls,
    }),
    commands: draft.commands,
  };
}

/** What one settlement has changed so far. */
interface Draft {
  books: Books;
  commands: Array<Command>;
}

/**
 * Pays each owner once; answers how many it could not pay. The mint pays nobody for a task that the
 * escrow cannot pay for.
 */
function payResults(
  draft: Draft,
  { from: job, message }: Delivery<Settle>,
  moment: Moment,
): number {
  const payees = distinct(message.payees).slice(0, moment.limits.paidPerTask);
  const left = draft.books.escrows.get(job)?.left ?? zero;
  if (message.each > left) return payees.length;
  for (const [index, owner] of payees.entries()) {
    const from = index === 0 ? escrowOf(job) : mint;
    draft.books = reward(draft.books, { from, owner, amount: message.each }, moment);
    changeStanding(draft, owner, moment, (account) => withValidResult(account, moment));
  }
  return 0;
}

function noteWrongResults(draft: Draft, { wrong, task }: Settle, moment: Moment): void {
  const evidence = { task, verifier: null, burned: zero };
  for (const owner of distinct(wrong)) {
    changeStanding(draft, owner, moment, (account) => withWrongResult(account, evidence, moment));
  }
}

function noteSpending(draft: Draft, { requester, commons }: Escrow, paid: NanoVcu): void {
  const account = commons ? undefined : draft.books.accounts.get(requester);
  if (account === undefined || paid === 0n) return;
  const spent = nanoVcu(account.spent + paid);
  draft.books = withAccount(draft.books, requester, changedAccount(account, { spent }));
}

/** Tells the owner only of changes of its standing, never of each payment. */
function changeStanding(
  draft: Draft,
  owner: Address,
  moment: Moment,
  change: (account: Account) => Account,
): void {
  const before = draft.books.accounts.get(owner);
  if (before === undefined) return;
  const after = change(before);
  draft.books = withAccount(draft.books, owner, after);
  draft.commands.push(...newsOf(owner, before, after, moment));
}

function distinct(owners: ReadonlyArray<Address>): ReadonlyArray<Address> {
  return owners.length < 2 ? owners : owners.filter((one, i) => owners.indexOf(one) === i);
}

/** Gives the rest of the escrow back, to the burn for commons jobs, and forgets the job. */
export function closeJob(context: LedgerContext, delivery: Delivery<CloseJob>): Decided {
  const { from: job } = delivery;
  const escrow = context.books.escrows.get(job);
  if (escrow === undefined) {
    const { young, old } = context.closed;
    const closing = young.get(job) ?? old.get(job) ?? { spent: zero, refunded: zero };
    return { context, commands: [jobClosed(closing)] };
  }
  const { requester, commons, left, spent } = escrow;
  const posting = { from: escrowOf(job), to: commons ? burn : accountOf(requester), amount: left };
  const moment = momentOf(context, delivery);
  const emptied = post(context.books, posting, moment.sampling);
  const forgotten = withBooks(emptied, { escrows: emptied.escrows.delete(job) });
  const books = commons ? forgotten : burnExcess(forgotten, requester, moment);
  const closing = { spent, refunded: left };
  const closed = remember(context.closed, job, closing);
  return { context: withLedger(context, { books, closed }), commands: [jobClosed(closing)] };
}

function jobClosed(closing: typeof Closing.Type): Command {
  const message: typeof JobClosed.Type = { type: "JobClosed", ...closing };
  return reply(message);
}

function remember(
  { young, old }: LedgerContext["closed"],
  job: Address,
  closing: typeof Closing.Type,
): LedgerContext["closed"] {
  return young.size < CLOSED_JOBS_KEPT
    ? { young: young.set(job, closing), old }
    : { young: VersionedMap.of([[job, closing]]), old: young };
}

/** What decisions of this delivery go by. */
export function momentOf(
  { input }: LedgerContext,
  { atUs, entropy }: Pick<Delivery, "atUs" | "entropy">,
): Moment {
  const { auditor, limits, gate } = input;
  return {
    atUs,
    limits,
    gate,
    sampling: { size: auditor === null ? 0 : limits.auditSample, entropy },
  };
}
