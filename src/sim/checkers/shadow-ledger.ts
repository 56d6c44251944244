/**
 * The books kept a second time, from the messages alone and in the plainest way, so that a fault of
 * the ledger shows as a difference. Checks, after each step of a ledger that moves credit:
 * - credit-conserved: every touched account and escrow is what the messages say, and at intervals
 *   the recount of all accounts equals minted - burned;
 * - paid-once: a task that was settled is not paid again;
 * - no-free-service: no reservation takes a balance below -min(D w, delta E), so whoever has no
 *   cleared work reserves nothing, and no group consumes more than (1 + delta) of what it cleared;
 * and for whoever asks: does this job hold an escrow.
 */
import type { LedgerMessage } from "../../actors/ledger/messages.ts";
import type { LedgerContext } from "../../actors/ledger/state.ts";
import { type Address, kindOf } from "../../kernel/address.ts";
import type { Step } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { HOUR } from "../../kernel/duration.ts";
import type { Limits } from "../../kernel/limits.ts";
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { Findings } from "./findings.ts";
import { ShadowAccount } from "./shadow-account.ts";

/** Ledger steps between two recounts of everything. */
const RECOUNT_EVERY = 20_000;
const CLOSED_KEPT = 50_000;

interface ShadowEscrow {
  readonly requester: Address;
  readonly commons: boolean;
  left: bigint;
  readonly paid: Set<string>;
}

type Of<T extends LedgerMessage["type"]> = Extract<LedgerMessage, { type: T }>;

export class ShadowLedger {
  readonly accounts = new Map<Address, ShadowAccount>();
  minted = 0n;
  burned = 0n;
  /** Tasks paid, and payments made. */
  settled = 0;
  private readonly escrows = new Map<Address, ShadowEscrow>();
  /** Jobs closed of late, in two halves: work under way may begin after its job has ended. */
  private young = new Set<Address>();
  private old = new Set<Address>();
  private readonly findings: Findings;
  private readonly limits: Limits;
  private readonly isCredit: boolean;
  private steps = 0;

  /** `isCredit`: the gate lends within limits; else it keeps books and refuses nobody. */
  constructor(findings: Findings, limits: Limits, isCredit: boolean) {
    this.findings = findings;
    this.limits = limits;
    this.isCredit = isCredit;
  }

  private account(of: Address, openedUs: number): ShadowAccount {
    let account = this.accounts.get(of);
    if (account === undefined) {
      account = new ShadowAccount(openedUs, this.limits);
      this.accounts.set(of, account);
    }
    return account;
  }

  /** True when the job holds an escrow, or held one not long ago. */
  wasFunded(job: Address): boolean {
    return this.escrows.has(job) || this.young.has(job) || this.old.has(job);
  }

  stepped(actor: Hosted, delivery: Envelope, step: Step<unknown>): void {
    const message = delivery.message as LedgerMessage;
    const { context } = step.state as ChartState<LedgerContext>;
    const touched = this.follow(delivery, message, { context, step });
    if (touched === undefined) return;
    this.compare(`${message.type} of ${delivery.from}`, touched, context);
    this.compareEscrow(delivery.from, message, context);
    if (++this.steps % RECOUNT_EVERY === 0) this.recount(actor);
  }

  /** Does what the message says; answers whose accounts it touched, or nothing. */
  private follow(
    { from, atUs }: Envelope,
    message: LedgerMessage,
    { context, step }: { readonly context: LedgerContext; readonly step: Step<unknown> },
  ): ReadonlyArray<Address> | undefined {
    switch (message.type) {
      case "OpenAccount":
        this.account(from, atUs);
        return [from];
      case "Reserve":
        return this.reserved(from, message, { atUs, step });
      case "Settle":
        return this.settle(from, message, { atUs, context });
      case "CloseJob":
        return this.close(from);
      case "Slash":
        return this.slash(from, message);
      case "Reexamined":
        return this.strike(message, context);
      case "TermEnded":
        this.forget(message, context);
        return [message.owner];
      default:
        return undefined;
    }
  }

  private reserved(
    job: Address,
    { requester, amount, commons }: Of<"Reserve">,
    { atUs, step }: { readonly atUs: number; readonly step: Step<unknown> },
  ): ReadonlyArray<Address> {
    const granted = step.commands.some(
      (command) => command.command === "Reply" && command.message.type === "Reserved",
    );
    if (!granted || this.escrows.has(job)) return [];
    this.escrows.set(job, { requester, commons, left: amount, paid: new Set() });
    if (commons) {
      this.minted += amount;
      return [];
    }
    const account = this.account(requester, atUs);
    account.balance -= amount;
    if (this.isCredit) this.judgeGrant(job, requester, account);
    return [requester];
  }

  private judgeGrant(job: Address, requester: Address, account: ShadowAccount): void {
    const owed = 0n - account.balance;
    const nothing = account.earned + account.uncleared === 0n;
    if (!nothing && Number(owed) <= account.debtLimit) return;
    const why = nothing
      ? "who has no verified work"
      : `who owes ${owed} nano-VCU now and may owe ${Math.floor(account.debtLimit)}`;
    const message = `${job} got credit for ${requester}, ${why}`;
    this.findings.add("no-free-service", "safety", message);
  }

  private settle(
    job: Address,
    message: Of<"Settle">,
    { atUs, context }: { readonly atUs: number; readonly context: LedgerContext },
  ): ReadonlyArray<Address> {
    const escrow = this.escrows.get(job);
    const { task, each, wrong } = message;
    const payees = [...new Set(message.payees)].slice(0, this.limits.paidPerTask);
    if (escrow !== undefined && !escrow.paid.has(task)) {
      escrow.paid.add(task);
      this.settled++;
      if (each <= escrow.left) this.pay(escrow, payees, { each, atUs });
      for (const owner of new Set(wrong)) this.accounts.get(owner)?.accuse(task, false);
    }
    for (const payee of payees) {
      const actual = context.books.accounts.get(payee);
      const held = actual === undefined ? 0n : actual.earned + actual.uncleared;
      const account = this.accounts.get(payee);
      const due = account === undefined ? 0n : account.earned + account.uncleared;
      if (held > due) {
        const words = `${payee} was paid ${held - due} nano-VCU too much`;
        this.findings.add("paid-once", "safety", `${words} for task ${task} of ${job}`);
      }
    }
    return escrow === undefined || escrow.commons ? payees : [...payees, escrow.requester];
  }

  /** The first payee is paid by the escrow, the others by the mint. */
  private pay(
    escrow: ShadowEscrow,
    payees: ReadonlyArray<Address>,
    { each, atUs }: { readonly each: bigint; readonly atUs: number },
  ): void {
    for (const [index, payee] of payees.entries()) {
      // who is paid before it has an account is taken to have been online for an hour
      this.account(payee, atUs - HOUR).reward(each, atUs);
      if (index > 0) this.minted += each;
    }
    if (payees.length === 0) return;
    escrow.left -= each;
    if (!escrow.commons) this.account(escrow.requester, atUs).spent += each;
  }

  private close(job: Address): ReadonlyArray<Address> {
    const escrow = this.escrows.get(job);
    if (escrow === undefined) return [];
    const { requester, commons, left } = escrow;
    const account = this.accounts.get(requester);
    if (commons) this.burned += left;
    else if (account !== undefined) account.balance += left;
    this.escrows.delete(job);
    if (this.young.size === CLOSED_KEPT) {
      this.old = this.young;
      this.young = new Set();
    }
    this.young.add(job);
    return commons ? [] : [requester];
  }

  private slash(from: Address, { owner, task }: Of<"Slash">): ReadonlyArray<Address> {
    if (kindOf(from) !== "verifier") return [];
    this.burned += this.accounts.get(owner)?.accuse(task, true) ?? 0n;
    return [owner];
  }

  /** Whether evidence was struck out the ledger says; what comes back then is known here. */
  private strike(
    { owner, task }: Of<"Reexamined">,
    context: LedgerContext,
  ): ReadonlyArray<Address> {
    const kept = context.books.accounts.get(owner)?.evidence.some((one) => one.task === task);
    if (kept === false) this.minted += this.accounts.get(owner)?.clearOf(task) ?? 0n;
    return [owner];
  }

  /** A suspension that is over takes its evidence with it. */
  private forget({ owner }: Of<"TermEnded">, context: LedgerContext): void {
    const account = this.accounts.get(owner);
    const kept = context.books.accounts.get(owner)?.evidence.length ?? 0;
    if (account !== undefined && kept === 0) account.wrong = [];
  }

  private compare(
    what: string,
    touched: ReadonlyArray<Address>,
    { books: { totals, accounts } }: LedgerContext,
  ): void {
    for (const name of touched) {
      const actual = accounts.get(name);
      if (actual !== undefined) this.compareAccount(what, name, actual);
    }
    if (totals.minted !== this.minted || totals.burned !== this.burned) {
      this.differ(what, `minted ${totals.minted}, burned ${totals.burned}`);
    }
    const held = totals.balances + totals.uncleared + totals.escrow;
    if (totals.minted - totals.burned !== held) {
      this.differ(what, "minted - burned is not balances + uncleared rewards + escrow");
    }
  }

  private compareAccount(
    what: string,
    name: Address,
    actual: { readonly balance: bigint; readonly uncleared: bigint; readonly earned: bigint },
  ): void {
    const due = this.account(name, 0);
    const cut = due.balance - actual.balance;
    // the bank's cap is a rate's multiple: floats know it nearly, so the ledger's cut is taken over
    if (cut > 0n && this.isCredit && due.isCapped(actual.balance)) {
      this.burned += cut;
      due.balance = actual.balance;
    }
    if (actual.balance !== due.balance || actual.uncleared !== due.uncleared) {
      const words = `${name} holds ${actual.balance} and ${actual.uncleared} nano-VCU`;
      this.differ(what, `${words}, due are ${due.balance} and ${due.uncleared}`);
    } else if (actual.earned !== due.earned) {
      this.differ(what, `${name} has earned ${actual.earned}, due are ${due.earned}`);
    } else if (this.isCredit && !due.isWithinCap) {
      this.differ(what, `${name} holds ${actual.balance}, more than the bank keeps`);
    }
  }

  private compareEscrow(job: Address, message: LedgerMessage, { books }: LedgerContext): void {
    const left = books.escrows.get(job)?.left ?? 0n;
    if (left === (this.escrows.get(job)?.left ?? 0n)) return;
    this.differ(`${message.type} of ${job}`, `the escrow holds ${left}`);
  }

  private differ(after: string, what: string): void {
    this.findings.add("credit-conserved", "safety", `after ${after}: ${what}`);
  }

  /** Counts every account and escrow of a ledger. */
  recount(actor: Hosted): void {
    const { books } = (actor.state as ChartState<LedgerContext>).context;
    let held = 0n;
    for (const [name, account] of books.accounts.entries()) {
      held += account.balance + account.uncleared;
      this.compareAccount("a recount", name, account);
    }
    for (const [, escrow] of books.escrows.entries()) held += escrow.left;
    if (held !== books.totals.minted - books.totals.burned) {
      const made = books.totals.minted - books.totals.burned;
      this.differ("a recount", `accounts and escrows hold ${held}, minted - burned is ${made}`);
    }
  }
}
