/**
 * What the books promise to everybody together: rewards are linear, no group consumes more than
 * (1 + delta) of its verified work, and no rule counts names.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import { type NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { MINUTE, micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { type Limits, tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { debtLimit } from "./account.ts";
import { recount } from "./books.ts";
import { makeLedger } from "./ledger.ts";

const commons = address("contributor", "commons");
const verifier = address("verifier", "v1");
const owner = (n: number): Address => address("contributor", `c${n}`);
const ledger = makeLedger();

/** Four people work, ask, cheat and appeal; amounts are in nano-VCU, one action a minute. */
const Kinds = ["work", "ask", "finish", "cheat", "appeal"] as const;
interface Action {
  readonly kind: (typeof Kinds)[number];
  readonly who: number;
  readonly other: number;
  readonly amount: bigint;
}
const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom("work", "work", "work", ...Kinds),
  who: fc.nat({ max: 3 }),
  other: fc.nat({ max: 3 }),
  amount: fc.bigInt(0n, 9_000_000n),
});
const actions = fc.array(action, { minLength: 20, maxLength: 120, size: "max" });

/** A ledger and what each of its contributors had out of it. */
class Market {
  private state;
  private minutes = 0;
  private jobs = 0;
  private readonly open: Array<{ readonly job: Address; readonly amount: bigint }> = [];
  /** Rewards by contributor, burned since or not: what verified its work. */
  private readonly rewarded = new Map<Address, bigint>();
  readonly limits: Limits;

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...tiny, probationMilliVcu: 1, ...limits };
    const input = {
      auditor: null,
      limits: this.limits,
      commons,
      verifier,
      gate: "credit",
    } as const;
    this.state = ledger.init(input).state;
  }
  tell(from: Address, message: Message): boolean {
    const atUs = micros(++this.minutes * MINUTE);
    const id = `${from}#1` as MessageId;
    const delivery: Delivery = {
      type: message.type,
      id,
      atUs,
      entropy: this.minutes as Seed,
      from,
      message,
    };
    const step = ledger.step(this.state, delivery as Delivery<never>);
    this.state = step.state;
    return step.commands.some((one) => one.command === "Reply" && one.message.type === "Reserved");
  }
  reserve(requester: Address, amount: bigint): Address | undefined {
    const job = address("job", `j${this.jobs++}`);
    const isCommons = requester === commons;
    const reserve = { type: "Reserve", requester, amount: nanoVcu(amount), commons: isCommons };
    return this.tell(job, reserve) ? job : undefined;
  }
  settle(job: Address, payees: ReadonlyArray<Address>, each: bigint): void {
    const before = payees.map((name) => this.heldOrSpent(name));
    this.tell(job, { type: "Settle", task: "t", payees, each, wrong: [] } as Message);
    for (const [i, name] of payees.entries()) {
      const more = this.heldOrSpent(name) - (before[i] as bigint);
      this.rewarded.set(name, (this.rewarded.get(name) ?? 0n) + more);
    }
  }
  private heldOrSpent(name: Address): bigint {
    const account = this.account(name);
    return account === undefined ? 0n : account.earned + account.uncleared;
  }
  work(who: Address, amount: bigint): void {
    const job = this.reserve(commons, amount);
    if (job === undefined) return;
    this.settle(job, [who], amount);
    this.tell(job, { type: "CloseJob" });
  }
  act({ kind, who, other, amount }: Action): void {
    switch (kind) {
      case "work":
        this.work(owner(who), amount);
        return;
      case "ask": {
        const job = this.reserve(owner(who), amount);
        if (job !== undefined) this.open.push({ job, amount });
        return;
      }
      case "finish": {
        const done = this.open.shift();
        if (done === undefined) return;
        this.settle(done.job, [owner(other)], amount < done.amount ? amount : done.amount);
        this.tell(done.job, { type: "CloseJob" });
        return;
      }
      case "cheat":
        this.tell(verifier, { type: "Slash", owner: owner(who), task: `x${amount}` } as Message);
        return;
      case "appeal":
        this.tell(owner(who), { type: "Appeal" });
        for (const { task } of this.account(owner(who))?.evidence ?? []) {
          const upheld = amount % 2n === 0n;
          const answer = { type: "Reexamined", owner: owner(who), task, upheld };
          this.tell(verifier, answer);
        }
        return;
    }
  }
  account(name: Address) {
    return this.state.context.books.accounts.get(name);
  }
  get books() {
    return this.state.context.books;
  }
  /** Consumed or reserved, cleared, and verified, by contributor. */
  get accounts(): ReadonlyArray<Record<"served" | "earned" | "verified", bigint>> {
    const reserved = new Map<Address, bigint>();
    for (const [, { requester, left }] of this.books.escrows.entries()) {
      reserved.set(requester, (reserved.get(requester) ?? 0n) + left);
    }
    return this.books.accounts.entries().map(([name, { spent, earned }]) => {
      const verified = this.rewarded.get(name) ?? 0n;
      return { served: spent + (reserved.get(name) ?? 0n), earned, verified };
    });
  }
}

describe("Ledger: I2", () => {
  test("no coalition is served more than (1 + delta) of its verified work, at any time", () => {
    const coalition = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
    const property = fc.property(actions, coalition, (history, members) => {
      const market = new Market();
      for (const each of history) {
        market.act(each);
        const group = market.accounts.filter((_, n) => members[n]);
        const sumOf = (of: "served" | "earned" | "verified") =>
          group.reduce((sum, one) => sum + one[of], 0n);
        const delta = BigInt(market.limits.debtPercent);
        expect(sumOf("earned") <= sumOf("verified")).toBe(true);
        // what was cleared, and on debt no more than delta of all that was verified
        const limit = sumOf("earned") * 100n + sumOf("verified") * delta;
        expect(sumOf("served") * 100n <= limit).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("such histories lend, refuse, burn and give back: they are worth something", () => {
    const seen = { debts: 0, slashes: 0, restored: 0, grants: 0 };
    const property = fc.property(actions, (history) => {
      const market = new Market();
      for (const each of history) {
        const before = market.books.totals;
        market.act(each);
        const { totals, escrows } = market.books;
        if (each.kind === "appeal" && totals.minted > before.minted) seen.restored++;
        if (each.kind === "cheat" && totals.burned > before.burned) seen.slashes++;
        if (each.kind === "ask") seen.grants += escrows.size > 0 ? 1 : 0;
        seen.debts += recount(market.books).inDebt.length > 0 ? 1 : 0;
      }
    });
    fc.assert(property, { numRuns: 100 });
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(5);
  });

  test("zero verified work is zero service, whatever others do", () => {
    const idler = address("contributor", "idler");
    const property = fc.property(actions, (history) => {
      const market = new Market();
      market.tell(idler, { type: "OpenAccount" });
      for (const each of history) {
        market.act(each);
        expect(market.reserve(idler, each.amount)).toBeUndefined();
      }
      expect(market.account(idler)).toMatchObject({ balance: 0n, spent: 0n });
    });
    fc.assert(property, { numRuns: 50 });
  });

  test("the sum of open grants never exceeds what was free and the debt limit", () => {
    const asks = fc.array(fc.bigInt(0n, 20_000_000n), { minLength: 1, maxLength: 30 });
    const works = fc.array(fc.bigInt(1n, 9_000_000n), { minLength: 3, maxLength: 20 });
    const property = fc.property(works, asks, (rewards, amounts) => {
      const market = new Market();
      for (const reward of rewards) market.work(owner(0), reward);
      const account = market.account(owner(0));
      if (account === undefined || account.state !== "active") return;
      const limit = account.balance + debtLimit(account, market.limits);
      let granted = 0n;
      for (const amount of amounts) {
        const fits = granted + amount <= limit;
        expect(market.reserve(owner(0), amount) !== undefined).toBe(fits);
        if (fits) granted += amount;
      }
      expect(market.account(owner(0))?.balance).toBe(account.balance - granted);
    });
    fc.assert(property, { numRuns: 100 });
  });
});

describe("Ledger: rewards are linear", () => {
  const parts = fc.array(fc.bigInt(0n, 1_000_000n), { minLength: 1, maxLength: 12 });

  test("reward(x1) + reward(x2) = reward(x1 + x2) to the nano, cleared and not", () => {
    const names = fc.array(fc.nat({ max: 3 }), { minLength: 12, maxLength: 12 });
    const property = fc.property(parts, names, (amounts, owners) => {
      const whole = new Market();
      whole.work(
        owner(9),
        amounts.reduce((sum, one) => sum + one, 0n),
      );
      const split = new Market();
      for (const [i, amount] of amounts.entries()) split.work(owner(owners[i] as number), amount);
      expect(heldBy(split)).toBe(heldBy(whole));
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("a debt limit is a sum too: k names with a k-th each may owe what one may", () => {
    const count = fc.integer({ min: 1, max: 6 });
    const property = fc.property(count, fc.bigInt(100_000n, 1_000_000n), (k, amount) => {
      const one = new Market({ escrowTasks: 1, debtHours: 10_000 });
      const many = new Market({ escrowTasks: 1, debtHours: 10_000 });
      for (let n = 0; n < 4; n++) {
        one.work(owner(9), amount * BigInt(k));
        for (let i = 0; i < k; i++) many.work(owner(i), amount);
      }
      const limitOf = (market: Market) =>
        market.books.accounts
          .entries()
          .reduce((sum, [, each]) => sum + debtLimit(each, market.limits), 0n);
      const [whole, split] = [limitOf(one), limitOf(many)];
      // each name's limit is rounded down
      expect(split <= whole && whole - split < BigInt(k)).toBe(true);
    });
    fc.assert(property, { numRuns: 60 });
  });

  function heldBy(market: Market): bigint {
    const { balances, uncleared } = market.books.totals;
    return balances + uncleared;
  }
});

describe("Ledger: nobody counts names", () => {
  const moves = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.bigInt(0n, 9_000_000n)), {
    minLength: 1,
    maxLength: 40,
  });

  test("who has which name does not matter: accounts follow their names", () => {
    const orders = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 });
    const property = fc.property(actions, orders, (history, order) => {
      const plain = new Market();
      const renamed = new Market();
      for (const each of history) {
        plain.act(each);
        const [who, other] = [order[each.who] as number, order[each.other] as number];
        renamed.act({ ...each, who, other });
      }
      for (const [n, to] of order.entries()) {
        expect(renamed.account(owner(to))).toEqual(plain.account(owner(n)));
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  test("strangers with a thousand empty names change nobody's account", () => {
    const property = fc.property(moves, fc.nat({ max: 50 }), (works, empty) => {
      const [alone, crowded] = [new Market(), new Market()];
      for (const [n, [who, amount]] of works.entries()) {
        const name = address("contributor", `empty${n % (empty + 1)}`);
        crowded.tell(name, { type: "OpenAccount" });
        alone.tell(name, { type: "CloseJob" });
        for (const market of [alone, crowded]) market.work(owner(who), amount);
      }
      for (let n = 0; n < 4; n++) {
        expect(crowded.account(owner(n))).toEqual(alone.account(owner(n)));
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  test("any partition of the same work among names clears and owes no more than one name", () => {
    const property = fc.property(moves, (works) => {
      const [one, many] = [new Market(), new Market()];
      for (const [who, amount] of works) {
        one.work(owner(9), amount);
        many.work(owner(who), amount);
      }
      const sums = (market: Market) => {
        const accounts = market.books.accounts.entries().map(([, account]) => account);
        const add = (read: (of: (typeof accounts)[number]) => NanoVcu) =>
          accounts.reduce((sum, each) => sum + read(each), 0n);
        return {
          held: add(({ balance }) => balance) + add(({ uncleared }) => uncleared),
          cleared: add(({ earned }) => earned),
        };
      };
      expect(sums(many).held).toBe(sums(one).held);
      expect(sums(many).cleared <= sums(one).cleared).toBe(true);
    });
    fc.assert(property, { numRuns: 60 });
  });
});
