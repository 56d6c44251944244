/**
 * The books kept a second time, from the messages alone and in the plainest way, so that a fault of
 * the ledger shows as a difference. Checks, after each step of a ledger that moves credit:
 * - credit-conserved: every touched balance and escrow is what the messages say, and at intervals
 *   the recount of all accounts equals minted - burned;
 * - paid-once: a task that was settled is not paid again;
 * and for whoever asks: has this requester verified work, does this job hold an escrow.
 */

import type { LedgerMessage } from "../../actors/ledger/messages.ts";
import type { LedgerContext } from "../../actors/ledger/state.ts";
import type { Address } from "../../kernel/address.ts";
import type { Step } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { Findings } from "./findings.ts";

/** Ledger steps between two recounts of everything. */
const RECOUNT_EVERY = 20_000;
const CLOSED_KEPT = 50_000;

interface ShadowAccount {
  balance: bigint;
  earned: bigint;
  spent: bigint;
}
interface ShadowEscrow {
  readonly requester: Address;
  readonly commons: boolean;
  left: bigint;
  readonly paid: Set<string>;
}

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
  private steps = 0;

  constructor(findings: Findings) {
    this.findings = findings;
  }

  account(of: Address): ShadowAccount {
    let account = this.accounts.get(of);
    if (account === undefined) {
      account = { balance: 0n, earned: 0n, spent: 0n };
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
    switch (message.type) {
      case "Reserve":
        this.reserved(delivery.from, message, step);
        break;
      case "Settle":
        this.settle(delivery.from, message, context);
        break;
      case "CloseJob":
        this.close(delivery.from);
        break;
      default:
        return;
    }
    this.compare(delivery.from, message, context);
    if (++this.steps % RECOUNT_EVERY === 0) this.recount(actor);
  }

  private reserved(
    job: Address,
    message: Extract<LedgerMessage, { type: "Reserve" }>,
    step: Step<unknown>,
  ): void {
    const granted = step.commands.some(
      (command) => command.command === "Reply" && command.message.type === "Reserved",
    );
    if (!granted || this.escrows.has(job)) return;
    const { requester, amount, commons } = message;
    if (commons) {
      this.minted += amount;
    } else {
      const account = this.account(requester);
      if (account.earned === 0n) {
        this.findings.add(
          "no-free-service",
          "safety",
          `${job} got credit for ${requester}, who has no verified work`,
        );
      }
      account.balance -= amount;
    }
    this.escrows.set(job, { requester, commons, left: amount, paid: new Set() });
  }

  private settle(
    job: Address,
    message: Extract<LedgerMessage, { type: "Settle" }>,
    context: LedgerContext,
  ): void {
    const escrow = this.escrows.get(job);
    const again = escrow === undefined || escrow.paid.has(message.task);
    if (!again) {
      escrow.paid.add(message.task);
      this.settled++;
      for (const payee of new Set(message.payees)) {
        if (message.each > escrow.left) break;
        escrow.left -= message.each;
        const account = this.account(payee);
        account.balance += message.each;
        account.earned += message.each;
        if (!escrow.commons) this.account(escrow.requester).spent += message.each;
      }
    }
    for (const payee of message.payees) {
      const actual = context.books.accounts.get(payee)?.earned ?? 0n;
      const due = this.account(payee).earned;
      if (actual > due) {
        this.findings.add(
          "paid-once",
          "safety",
          `${payee} was paid ${actual - due} nano-VCU too much for task ${message.task} of ${job}`,
        );
      }
    }
  }

  private close(job: Address): void {
    const escrow = this.escrows.get(job);
    if (escrow === undefined) return;
    if (escrow.commons) this.burned += escrow.left;
    else this.account(escrow.requester).balance += escrow.left;
    this.escrows.delete(job);
    if (this.young.size === CLOSED_KEPT) {
      this.old = this.young;
      this.young = new Set();
    }
    this.young.add(job);
  }

  private compare(job: Address, message: LedgerMessage, context: LedgerContext): void {
    const { totals, accounts, escrows } = context.books;
    if (totals.minted !== this.minted || totals.burned !== this.burned) {
      this.differ(`minted ${totals.minted}, burned ${totals.burned}`, job, message);
    }
    if (totals.minted - totals.burned !== totals.balances + totals.escrow) {
      this.differ("minted - burned is not balances + escrow", job, message);
    }
    const escrow = this.escrows.get(job);
    if ((escrows.get(job)?.left ?? 0n) !== (escrow?.left ?? 0n)) {
      this.differ(`the escrow holds ${escrows.get(job)?.left}`, job, message);
    }
    const requester = escrow?.requester;
    if (requester === undefined || escrow?.commons === true) return;
    const balance = accounts.get(requester)?.balance ?? 0n;
    if (balance !== this.account(requester).balance) {
      this.differ(`${requester} holds ${balance}`, job, message);
    }
  }

  private differ(what: string, job: Address, { type }: LedgerMessage): void {
    this.findings.add("credit-conserved", "safety", `after ${type} of ${job}: ${what}`);
  }

  /** Counts every account and escrow of a ledger. */
  recount(actor: Hosted): void {
    const { books } = (actor.state as ChartState<LedgerContext>).context;
    let held = 0n;
    for (const [name, account] of books.accounts.entries()) {
      held += account.balance;
      const due = this.accounts.get(name)?.balance ?? 0n;
      if (account.balance !== due) {
        this.findings.add(
          "credit-conserved",
          "safety",
          `${name} holds ${account.balance} nano-VCU and its messages make ${due}`,
        );
      }
      if (account.balance < 0n) {
        this.findings.add("credit-conserved", "safety", `${name} holds less than nothing`);
      }
    }
    for (const [, escrow] of books.escrows.entries()) held += escrow.left;
    if (held !== books.totals.minted - books.totals.burned) {
      this.findings.add(
        "credit-conserved",
        "safety",
        `accounts and escrows hold ${held}, minted - burned is ` +
          `${books.totals.minted - books.totals.burned}`,
      );
    }
  }
}
