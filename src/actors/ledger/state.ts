/** The ledger's memory and what it does for contributors and jobs. Epochs are in epoch.ts. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, reply } from "../../kernel/command.ts";
import { NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { Limits } from "../../kernel/limits.ts";
import type { Standing } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import type { AccountOpened } from "../contributor/messages.ts";
import type { JobClosed, Reserved, ReserveRefused } from "../job/messages.ts";
import {
  type Account,
  accountOf,
  Books,
  burn,
  type Escrow,
  emptyBooks,
  escrowOf,
  Line,
  mint,
  post,
  type Sampling,
  withBooks,
  withEscrow,
} from "./books.ts";
import type { CloseJob, OpenAccount, Reserve, Settle } from "./messages.ts";
import {
  newAccount,
  refusalOf,
  standingNews,
  withValidResult,
  withWrongResult,
} from "./standing.ts";

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
  const { books } = context;
  const account = books.accounts.get(delivery.from);
  // the opening is always the first change of standing: later ones must look newer to the owner
  const opened: AccountOpened = { type: "AccountOpened", sequence: newAccount.sequence };
  if (account !== undefined) {
    const isOld = account.sequence > newAccount.sequence;
    const news = isOld ? [standingNews(delivery.from, account)] : noCommands;
    return { context, commands: [reply(opened), ...news] };
  }
  const accounts = books.accounts.set(delivery.from, newAccount);
  return {
    context: withLedger(context, { books: withBooks(books, { accounts }) }),
    commands: [reply(opened)],
  };
}

/** A job that was closed cannot be opened again. */
export function isClosed({ closed }: LedgerContext, job: Address): boolean {
  return closed.young.has(job) || closed.old.has(job);
}

/** Moves the job's whole price into escrow, once; asked again it repeats its answer. */
export function reserve(context: LedgerContext, delivery: Delivery<Reserve>): Decided {
  const { from: job, message } = delivery;
  const { requester, amount } = message;
  const known = context.books.escrows.get(job);
  if (known !== undefined) return { context, commands: [reserved(known.standing)] };
  const commons = message.commons && requester === context.input.commons;
  const account = context.books.accounts.get(requester);
  const refusal = commons ? undefined : refusalOf(requester, account, amount, context.input.limits);
  if (refusal !== undefined) {
    const refused: typeof ReserveRefused.Type = { type: "ReserveRefused", ...refusal };
    return { context, commands: [reply(refused)] };
  }
  const standing: Standing = {
    balance: commons || account === undefined ? zero : nanoVcu(account.balance - amount),
    earned: commons || account === undefined ? zero : account.earned,
    spent: zero,
    rate: zero,
  };
  const escrow: Escrow = {
    requester,
    commons,
    left: zero,
    spent: zero,
    standing,
    paid: VersionedMap.empty(),
  };
  const opened = withBooks(context.books, { escrows: context.books.escrows.set(job, escrow) });
  const posting = { from: commons ? mint : accountOf(requester), to: escrowOf(job), amount };
  const books = post(opened, posting, samplingOf(context, delivery));
  return { context: withLedger(context, { books }), commands: [reserved(standing)] };
}

function reserved(standing: Standing): Command {
  const message: typeof Reserved.Type = { type: "Reserved", standing, onDebt: false };
  return reply(message);
}

export function isOpen({ books }: LedgerContext, job: Address): boolean {
  return books.escrows.has(job);
}

/** Pays a task's payees from the job's escrow and notes wrong results: once per task. */
export function settle(context: LedgerContext, delivery: Delivery<Settle>): Decided {
  const { from: job, message } = delivery;
  const escrow = context.books.escrows.get(job);
  if (escrow === undefined || escrow.paid.has(message.task)) {
    return { context, commands: noCommands };
  }
  const draft: Draft = { books: context.books, commands: [] };
  const shortfalls = payResults(draft, context, delivery);
  noteWrongResults(draft, context, message);
  const left = draft.books.escrows.get(job)?.left ?? zero;
  const escrows = draft.books.escrows.set(
    job,
    withEscrow(escrow, {
      left,
      spent: nanoVcu(escrow.spent + escrow.left - left),
      paid: escrow.paid.set(message.task, true),
    }),
  );
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

/** Pays each owner once, as far as the escrow lasts; answers how many it could not pay. */
function payResults(draft: Draft, context: LedgerContext, delivery: Delivery<Settle>): number {
  const { from: job, message } = delivery;
  const payees = distinct(message.payees);
  for (const [index, owner] of payees.entries()) {
    const left = draft.books.escrows.get(job)?.left ?? zero;
    if (message.each > left) return payees.length - index;
    if (!draft.books.accounts.has(owner)) {
      // verified work counts even when it overtakes its owner's OpenAccount
      draft.books = withAccount(draft.books, owner, newAccount);
    }
    const posting = { from: escrowOf(job), to: accountOf(owner), amount: message.each };
    draft.books = post(draft.books, posting, samplingOf(context, delivery));
    changeStanding(draft, owner, (account) =>
      withValidResult(account, message.each, context.input.limits),
    );
  }
  return 0;
}

function noteWrongResults(draft: Draft, context: LedgerContext, message: Settle): void {
  for (const owner of distinct(message.wrong)) {
    changeStanding(draft, owner, (account) =>
      withWrongResult(account, message.task, context.input.limits),
    );
  }
}

/** Tells the owner only of changes of its standing, never of each payment. */
function changeStanding(draft: Draft, owner: Address, change: (account: Account) => Account): void {
  const before = draft.books.accounts.get(owner);
  if (before === undefined) return;
  const after = change(before);
  draft.books = withAccount(draft.books, owner, after);
  if (after.sequence !== before.sequence) draft.commands.push(standingNews(owner, after));
}

function withAccount(books: Books, owner: Address, account: Account): Books {
  return withBooks(books, { accounts: books.accounts.set(owner, account) });
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
  const emptied = post(context.books, posting, samplingOf(context, delivery));
  const books = withBooks(emptied, { escrows: emptied.escrows.delete(job) });
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

function samplingOf({ input }: LedgerContext, { entropy }: Pick<Delivery, "entropy">): Sampling {
  return { size: input.auditor === null ? 0 : input.limits.auditSample, entropy };
}
