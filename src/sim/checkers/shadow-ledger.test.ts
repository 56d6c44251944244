/**
 * The second set of books agrees with the ledger over any history, and finds a ledger that forgets
 * one thing: each story bends one step.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Account } from "../../actors/ledger/account.ts";
import { ledgerDelivery, ledgerInput } from "../../actors/ledger/ledger.arbitrary.ts";
import { makeLedger } from "../../actors/ledger/ledger.ts";
import type { LedgerContext } from "../../actors/ledger/state.ts";
import { type Address, address } from "../../kernel/address.ts";
import type { Step } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { HOUR, micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { Findings } from "./findings.ts";
import { ShadowLedger } from "./shadow-ledger.ts";

type State = ChartState<LedgerContext>;

const alice = address("contributor", "alice");
const bob = address("contributor", "bob");
const verifier = address("verifier", "v1");
const milli = 1_000_000n;

interface Deed {
  readonly kind: "work" | "ask" | "end" | "cheat" | "appeal" | "wait";
  readonly who: Address;
  readonly amount: bigint;
}
const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom("work", "work", "work", "work", "ask", "end", "cheat", "appeal", "wait"),
  who: fc.constantFrom(alice, bob),
  amount: fc.bigInt(1n, 9_000_000n),
});

/** A ledger and its shadow, side by side. */
class Watched {
  readonly found: Array<string> = [];
  private readonly ledger = makeLedger();
  private state: State = this.ledger.init(ledgerInput).state;
  private readonly shadow: ShadowLedger;
  private hours = 0;
  private jobs = 0;

  constructor() {
    const findings = {
      add: (checker: string, _kind: string, message: string) => {
        this.found.push(`${checker}: ${message}`);
      },
    };
    this.shadow = new ShadowLedger(findings as unknown as Findings, ledgerInput.limits, true);
  }
  take(delivery: Delivery, bend: (step: Step<State>) => Step<State> = (step) => step): void {
    const step = bend(this.ledger.step(this.state, delivery as Delivery<never>));
    this.state = step.state;
    const actor = { state: this.state } as unknown as Hosted;
    this.shadow.stepped(actor, delivery as unknown as Envelope, step);
  }
  tell(from: Address, message: Message, bend?: (step: Step<State>) => Step<State>): void {
    const atUs = micros(++this.hours * HOUR);
    const id = `${from}#1` as MessageId;
    const entropy = this.hours as Seed;
    this.take({ type: message.type, id, atUs, entropy, from, message }, bend);
  }
  /** Pays one task of a commons job of its own. */
  work(owner: Address, each = 5n * milli, bend?: (step: Step<State>) => Step<State>): void {
    const job = address("job", `w${this.jobs++}`);
    const reserve = { requester: ledgerInput.commons, amount: each, commons: true };
    this.tell(job, { type: "Reserve", ...reserve });
    const settle = { type: "Settle", task: "t", payees: [owner], each, wrong: [] };
    this.tell(job, settle, bend);
    this.tell(job, { type: "CloseJob" });
  }
  /** One deed and what follows from it; answers what came of it. */
  live({ kind, who, amount }: Deed): ReadonlyArray<string> {
    const news: Array<string> = [];
    const watch = (type: string) => (step: Step<State>) => {
      const [before, after] = [this.state.context.books.totals, step.state.context.books.totals];
      if (after.burned > before.burned) news.push(`burn by ${type}`);
      if (after.minted > before.minted) news.push(`mint by ${type}`);
      for (const { command, ...rest } of step.commands) {
        const { message } = rest as { message?: { onDebt?: boolean } };
        if (command === "Reply" && message?.onDebt === true) news.push("debt");
        if (command === "Send" && type === "TermEnded") news.push("term");
      }
      return step;
    };
    const tell = (from: Address, message: Message) => {
      this.tell(from, message, watch(message.type));
    };
    const job = address("job", `a${this.jobs}`);
    switch (kind) {
      case "work":
        this.work(who, amount, watch("Settle"));
        break;
      case "ask":
        this.jobs++;
        tell(job, { type: "Reserve", requester: who, amount, commons: false } as Message);
        break;
      case "end": {
        const done = address("job", `a${this.jobs - 1}`);
        const pay = { task: "t", payees: [alice, bob], each: amount / 2n, wrong: [] };
        if (this.state.context.books.escrows.has(done)) {
          tell(done, { type: "Settle", ...pay });
          tell(done, { type: "CloseJob" });
        }
        break;
      }
      case "cheat":
        tell(verifier, { type: "Slash", owner: who, task: `x${amount}` } as Message);
        break;
      case "appeal":
        tell(who, { type: "Appeal" });
        for (const { task } of this.state.context.books.accounts.get(who)?.evidence ?? []) {
          const upheld = amount % 3n === 0n;
          tell(verifier, { type: "Reexamined", owner: who, task, upheld } as Message);
        }
        break;
      case "wait":
        this.hours += Number(amount % 1_000n);
        for (const term of ["suspension", "credential"]) {
          tell(address("ledger", "main"), { type: "TermEnded", owner: who, term } as Message);
        }
        break;
    }
    return news;
  }
  recount(): void {
    this.shadow.recount({ state: this.state } as unknown as Hosted);
  }
}

/** The step with one account changed behind the books' back. */
function withChanged(owner: Address, change: (account: Account) => Account) {
  return (step: Step<State>): Step<State> => {
    const { context } = step.state;
    const account = context.books.accounts.get(owner);
    if (account === undefined) return step;
    const accounts = context.books.accounts.set(owner, change(account));
    const books = { ...context.books, accounts };
    return { ...step, state: { ...step.state, context: { ...context, books } } };
  };
}

describe("Shadow ledger", () => {
  test("agrees with the ledger over any history", () => {
    const history = fc.array(ledgerDelivery, { maxLength: 80, size: "max" });
    const property = fc.property(history, (deliveries) => {
      const watched = new Watched();
      for (const delivery of deliveries) {
        // the check of each step looks at who is touched; the recount at all
        watched.take(delivery);
        watched.recount();
        expect(watched.found).toEqual([]);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("agrees over lives of work, debts, proofs, appeals and long absences", () => {
    const seen: Record<string, number> = {};
    const property = fc.property(fc.array(deed, { maxLength: 80, size: "max" }), (deeds) => {
      const watched = new Watched();
      for (const each of deeds) {
        for (const what of watched.live(each)) seen[what] = (seen[what] ?? 0) + 1;
        watched.recount();
        expect(watched.found).toEqual([]);
      }
    });
    fc.assert(property, { numRuns: 150 });
    const names = ["debt", "burn by Slash", "burn by Settle", "mint by Reexamined", "term"];
    for (const name of names) expect(seen[name]).toBeGreaterThan(5);
  });

  test("finds a proof of cheating that burned nothing", () => {
    const watched = new Watched();
    for (let n = 0; n < 4; n++) watched.work(alice);
    let before: Step<State> | undefined;
    watched.tell(bob, { type: "OpenAccount" }, (step) => {
      before = step;
      return step;
    });
    const proof = { type: "Slash", owner: alice, task: "t" };
    watched.tell(verifier, proof, (step) => before ?? step);
    expect(watched.found[0]).toContain("credit-conserved: after Slash of verifier/v1");
  });

  test("finds a reward that was cleared before its time", () => {
    const watched = new Watched();
    watched.work(alice, 5n * milli, withChanged(alice, clearAll));
    expect(watched.found[0]).toContain(`${alice} holds 5000000 and 0 nano-VCU`);
  });

  test("finds a grant beyond the debt limit, and a grant to nobody", () => {
    const watched = new Watched();
    for (let n = 0; n < 6; n++) watched.work(alice);
    const grant = (step: Step<State>): Step<State> => {
      const message = { type: "Reserved" } as Message;
      return { ...step, commands: [{ command: "Reply", message }] };
    };
    const ask = { type: "Reserve", amount: nanoVcu(10n ** 9n), commons: false };
    watched.tell(address("job", "a"), { ...ask, requester: alice } as Message, grant);
    watched.tell(address("job", "b"), { ...ask, requester: bob } as Message, grant);
    const grants = watched.found.filter((line) => line.startsWith("no-free-service"));
    expect(grants[0]).toMatch(/who owes \d+ nano-VCU now and may owe/);
    expect(grants[1]).toContain("who has no verified work");
  });

  test("finds a balance above what the bank keeps", () => {
    const watched = new Watched();
    for (let n = 0; n < 6; n++) watched.work(alice);
    const rich = withChanged(alice, (account) => ({
      ...account,
      balance: nanoVcu(account.balance + 10n ** 12n),
    }));
    watched.work(alice, 5n * milli, rich);
    expect(watched.found[0]).toContain("credit-conserved");
  });
});

function clearAll(account: Account): Account {
  return {
    ...account,
    balance: nanoVcu(account.balance + account.uncleared),
    uncleared: nanoVcu(0n),
    unvested: [],
  };
}
