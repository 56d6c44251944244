import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import { inVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { recount } from "./books.ts";
import { makeLedger } from "./ledger.ts";
import { CLOSED_JOBS_KEPT, type LedgerInput } from "./state.ts";

const alice = address("contributor", "alice");
const bob = address("contributor", "bob");
const commons = address("contributor", "commons");
const auditor = address("auditor", "main");
const verifier = address("verifier", "v1");
const job = (n: number): Address => address("job", `j${n}`);
const epochTerm = { type: "xstate.after.epochTerm.ledger.open" };
const milli = 1_000_000n;

/** A ledger one can talk to; its limits: 2 results and 0.01 VCU end probation. */
class Talk {
  private readonly ledger = makeLedger();
  private step;
  private entropy = 0;

  constructor(input: Partial<LedgerInput> = {}) {
    this.step = this.ledger.init({
      auditor,
      limits: tiny,
      commons,
      verifier,
      gate: "credit",
      ...input,
    });
  }
  tell(from: Address, message: Message): ReadonlyArray<unknown> {
    const entropy = this.entropy++ as Seed;
    const id = `${from}#1` as MessageId;
    const delivery = { type: message.type, id, atUs: micros(0), entropy, from, message };
    this.step = this.ledger.step(this.step.state, delivery as Delivery<never>);
    expect(recount(this.books)).toMatchObject({ sound: true });
    return this.step.commands.map((one) =>
      one.command === "Send" || one.command === "Reply" ? one.message : one,
    );
  }
  open(owner: Address): ReadonlyArray<unknown> {
    return this.tell(owner, { type: "OpenAccount" });
  }
  reserve(n: number, requester: Address, amount: bigint): ReadonlyArray<unknown> {
    const message = { requester, amount: nanoVcu(amount), commons: requester === commons };
    return this.tell(job(n), { type: "Reserve", ...message });
  }
  settle(n: number, task: string, pay: { payees?: Address[]; each?: bigint; wrong?: Address[] }) {
    const { payees = [], each = milli, wrong = [] } = pay;
    return this.tell(job(n), { type: "Settle", task, payees, each, wrong } as Message);
  }
  close(n: number): ReadonlyArray<unknown> {
    return this.tell(job(n), { type: "CloseJob" });
  }
  /** Ends the owner's probation with two tasks of commons job 99 and leaves it 10 mVCU. */
  promote(owner: Address): void {
    this.open(owner);
    this.reserve(99, commons, 100n * milli);
    this.settle(99, `first of ${owner}`, { payees: [owner], each: 5n * milli });
    this.settle(99, `second of ${owner}`, { payees: [owner], each: 5n * milli });
  }
  get books() {
    return this.step.state.context.books;
  }
  get context() {
    return this.step.state.context;
  }
  get at() {
    return this.step.state.at;
  }
  get handled() {
    return this.step.handled;
  }
  account(owner: Address) {
    return this.books.accounts.get(owner);
  }
}

describe("Ledger: open", () => {
  test("a newcomer is in probation with nothing", () => {
    const talk = new Talk();
    expect(talk.open(alice)).toEqual([{ type: "AccountOpened", sequence: 1 }]);
    expect(talk.account(alice)).toMatchObject({
      state: "probation",
      balance: 0n,
      earned: 0n,
      spent: 0n,
      rate: 0n,
    });
  });

  test("asked again, it says how the account stands and opens nothing", () => {
    const talk = new Talk();
    talk.promote(alice);
    const before = talk.context;
    expect(talk.open(alice)).toEqual([
      { type: "AccountOpened", sequence: 1 },
      expect.objectContaining({ type: "StandingChanged", sequence: 2, state: "active" }),
    ]);
    expect(talk.context).toBe(before);
  });

  test("work that overtakes OpenAccount is paid", () => {
    const talk = new Talk();
    talk.reserve(1, commons, milli);
    talk.settle(1, "t1", { payees: [alice] });
    expect(talk.account(alice)).toMatchObject({ balance: milli, state: "probation", sequence: 1 });
    expect(talk.open(alice)).toEqual([{ type: "AccountOpened", sequence: 1 }]);
    expect(talk.account(alice)?.balance).toBe(milli);
  });
});

describe("Ledger: reserve", () => {
  const refused = (reason: string) => [expect.objectContaining({ type: "ReserveRefused", reason })];

  test("the mint pays for commons jobs", () => {
    const talk = new Talk();
    const standing = { balance: 0n, earned: 0n, spent: 0n, rate: 0n };
    expect(talk.reserve(1, commons, 7n)[0]).toEqual({ type: "Reserved", standing });
    expect(talk.books.totals).toMatchObject({ minted: 7n, escrow: 7n, balances: 0n });
  });

  test("nobody else is paid by the mint, whatever the flag says", () => {
    const talk = new Talk();
    const message = { type: "Reserve", requester: alice, amount: 7n, commons: true };
    expect(talk.tell(job(1), message as Message)[0]).toMatchObject({ type: "ReserveRefused" });
    const unflagged = { type: "Reserve", requester: commons, amount: 7n, commons: false };
    expect(talk.tell(job(1), unflagged as Message)[0]).toMatchObject({ type: "ReserveRefused" });
    expect(talk.books.totals.minted).toBe(0n);
  });

  test("a stranger, a newcomer and a beginner are told the rule", () => {
    const talk = new Talk();
    expect(talk.reserve(1, alice, 1n)[0]).toEqual(refused("not-a-contributor")[0]);
    talk.open(alice);
    expect(talk.reserve(1, alice, 1n)).toEqual(refused("no-verified-work"));
    talk.reserve(2, commons, milli);
    talk.settle(2, "t1", { payees: [alice] });
    const [answer] = talk.reserve(1, alice, 1n) as [{ rule: string }];
    expect(answer).toEqual(refused("in-probation")[0]);
    expect(answer.rule).toContain("this account has 1 and 0.001 VCU");
  });

  test("an active contributor pays the whole price into escrow", () => {
    const talk = new Talk();
    talk.promote(alice);
    expect(talk.reserve(1, alice, 4n * milli)).toEqual([
      {
        type: "Reserved",
        standing: { balance: 6n * milli, earned: 10n * milli, spent: 0n, rate: 0n },
      },
    ]);
    expect(talk.account(alice)?.balance).toBe(6n * milli);
    expect(talk.books.escrows.get(job(1))?.left).toBe(4n * milli);
  });

  test("more than the balance is refused with both numbers", () => {
    const talk = new Talk();
    talk.promote(alice);
    const [answer] = talk.reserve(1, alice, 11n * milli) as [{ rule: string }];
    expect(answer).toMatchObject({ reason: "insufficient-credit", have: 10n * milli });
    expect(answer.rule).toContain("needs 0.011 VCU, the account has 0.01 VCU");
  });

  test("asked twice, the same answer and no second payment", () => {
    const talk = new Talk();
    talk.promote(alice);
    const first = talk.reserve(1, alice, 4n * milli);
    talk.settle(1, "t1", { payees: [bob] });
    const before = talk.context;
    expect(talk.reserve(1, alice, 4n * milli)).toEqual(first);
    expect(talk.context).toBe(before);
  });

  test("negative prices and closed jobs are not served", () => {
    const talk = new Talk();
    talk.reserve(1, commons, -1n);
    expect(talk.handled).toBe(false);
    talk.reserve(1, commons, 1n);
    talk.close(1);
    talk.reserve(1, commons, 1n);
    expect(talk.handled).toBe(false);
  });
});

describe("Ledger: settle", () => {
  test("each payee is paid, and told only when its standing changes", () => {
    const talk = new Talk();
    talk.open(alice);
    talk.open(bob);
    talk.reserve(1, commons, 100n * milli);
    expect(talk.settle(1, "t1", { payees: [alice, bob], each: 5n * milli })).toEqual([]);
    expect(talk.settle(1, "t2", { payees: [alice], each: 5n * milli })).toEqual([
      {
        type: "StandingChanged",
        sequence: 2,
        state: "active",
        balance: 10n * milli,
        earned: 10n * milli,
        validResults: 2,
        wrongResults: 0,
        evidence: [],
      },
    ]);
    expect(talk.settle(1, "t3", { payees: [alice], each: 5n * milli })).toEqual([]);
    expect(talk.books.escrows.get(job(1))).toMatchObject({ left: 80n * milli, spent: 20n * milli });
  });

  test("enough results with too little work stay in probation", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 100n * milli);
    for (let n = 0; n < 9; n++) talk.settle(1, `t${n}`, { payees: [alice] });
    expect(talk.account(alice)).toMatchObject({ validResults: 9, state: "probation" });
    expect(talk.settle(1, "t9", { payees: [alice] })).toHaveLength(1);
    expect(talk.account(alice)?.state).toBe("active");
  });

  test("the same task twice", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 100n * milli);
    talk.settle(1, "t1", { payees: [alice], wrong: [bob] });
    const before = talk.context;
    expect(talk.settle(1, "t1", { payees: [alice, bob], each: 2n * milli })).toEqual([]);
    expect(talk.context).toBe(before);
    expect(talk.handled).toBe(true);
  });

  test("an owner named twice is paid once", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 100n * milli);
    talk.settle(1, "t1", { payees: [alice, alice] });
    expect(talk.account(alice)).toMatchObject({ balance: milli, validResults: 1 });
  });

  test("an escrow pays as far as it lasts, and the shortfall is counted", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 3n * milli);
    talk.settle(1, "t1", { payees: [alice, bob], each: 2n * milli });
    expect(talk.account(alice)?.balance).toBe(2n * milli);
    expect(talk.account(bob)).toBeUndefined();
    expect(talk.context.shortfalls).toBe(1);
  });

  test("a job without escrow and a negative payment are unhandled", () => {
    const talk = new Talk();
    talk.settle(1, "t1", { payees: [alice] });
    expect(talk.handled).toBe(false);
    talk.reserve(1, commons, milli);
    talk.settle(1, "t1", { payees: [alice], each: -1n });
    expect(talk.handled).toBe(false);
  });
});

describe("Ledger: standing", () => {
  test("a wrong result warns, three suspend, each with its evidence", () => {
    const talk = new Talk();
    talk.promote(alice);
    const news = (sequence: number, state: string, evidence: string[]) =>
      expect.objectContaining({ type: "StandingChanged", sequence, state, evidence });
    expect(talk.settle(99, "w1", { wrong: [alice] })).toEqual([news(3, "active", ["w1"])]);
    expect(talk.settle(99, "w2", { wrong: [alice] })).toEqual([]);
    expect(talk.settle(99, "w3", { wrong: [alice] })).toEqual([
      news(4, "suspended", ["w1", "w2", "w3"]),
    ]);
    expect(talk.reserve(1, alice, 1n)).toEqual([expect.objectContaining({ reason: "suspended" })]);
  });

  test("who is rarely wrong is not suspended", () => {
    const talk = new Talk();
    talk.promote(alice);
    for (let n = 0; n < 10; n++) talk.settle(99, `v${n}`, { payees: [alice] });
    for (let n = 0; n < 3; n++) talk.settle(99, `w${n}`, { wrong: [alice] });
    // 3 of 15 is a fifth, not more
    expect(talk.account(alice)).toMatchObject({ state: "active", warned: true });
    talk.settle(99, "w3", { wrong: [alice] });
    expect(talk.account(alice)?.state).toBe("suspended");
  });

  test("who is suspended is still paid for what was verified", () => {
    const talk = new Talk();
    talk.promote(alice);
    for (let n = 0; n < 3; n++) talk.settle(99, `w${n}`, { wrong: [alice] });
    talk.settle(99, "v", { payees: [alice] });
    expect(talk.account(alice)).toMatchObject({ state: "suspended", balance: 11n * milli });
  });

  test("only the newest sixteen tasks are kept as evidence", () => {
    const talk = new Talk();
    talk.promote(alice);
    for (let n = 0; n < 20; n++) talk.settle(99, `w${n}`, { wrong: [alice] });
    expect(talk.account(alice)?.evidence).toHaveLength(16);
    expect(talk.account(alice)?.evidence.at(-1)).toBe("w19");
  });

  test("a stranger's wrong result opens no account", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 1n);
    talk.settle(1, "w", { wrong: [alice] });
    expect(talk.account(alice)).toBeUndefined();
  });
});

describe("Ledger: close", () => {
  test("the rest goes back to the requester, and asked again the answer is the same", () => {
    const talk = new Talk();
    talk.promote(alice);
    talk.reserve(1, alice, 4n * milli);
    talk.settle(1, "t1", { payees: [bob] });
    const closed = { type: "JobClosed", spent: milli, refunded: 3n * milli };
    expect(talk.close(1)).toEqual([closed]);
    expect(talk.account(alice)?.balance).toBe(9n * milli);
    const before = talk.context;
    expect(talk.close(1)).toEqual([closed]);
    expect(talk.context).toBe(before);
  });

  test("the rest of a commons job is burned", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 3n * milli);
    talk.settle(1, "t1", { payees: [bob] });
    expect(talk.close(1)).toEqual([{ type: "JobClosed", spent: milli, refunded: 2n * milli }]);
    const { minted, burned, escrow } = talk.books.totals;
    expect([minted, burned, escrow]).toEqual([3n * milli, 2n * milli, 0n]);
  });

  test("an unknown job has nothing to close", () => {
    const talk = new Talk();
    expect(talk.close(1)[0]).toEqual({ type: "JobClosed", spent: 0n, refunded: 0n });
  });

  test("closed jobs are forgotten in time", () => {
    const talk = new Talk();
    for (let n = 0; n < 3 * CLOSED_JOBS_KEPT; n++) {
      talk.reserve(n, commons, 1n);
      talk.close(n);
    }
    const { young, old } = talk.context.closed;
    expect(young.size).toBeLessThanOrEqual(CLOSED_JOBS_KEPT);
    expect(old.size).toBe(CLOSED_JOBS_KEPT);
    expect(young.has(job(3 * CLOSED_JOBS_KEPT - 1))).toBe(true);
    expect(old.has(job(0))).toBe(false);
  });
});

describe("Ledger: epochs", () => {
  test("an idle ledger has no timer; a posting starts it, the next one does not", () => {
    const talk = new Talk();
    talk.open(alice);
    expect(talk.at).toBe("idle");
    const [, timer] = talk.reserve(1, commons, milli);
    expect(timer).toMatchObject({ command: "StartTimer", delayUs: tiny.epochUs });
    expect(talk.settle(1, "t1", { payees: [alice] })).toEqual([]);
  });

  test("an epoch in which nothing moved tells nobody", () => {
    const talk = new Talk();
    talk.close(1);
    expect(talk.at).toBe("open");
    expect(talk.tell(address("ledger", "main"), epochTerm)).toEqual([
      expect.objectContaining({ command: "CancelTimer" }),
    ]);
    expect(talk.at).toBe("idle");
  });

  test("the closed epoch is shown as it was, while the ledger goes on", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 9n * milli);
    talk.settle(1, "t1", { payees: [alice] });
    const told = talk.tell(address("ledger", "main"), epochTerm);
    expect(told).toContainEqual({
      type: "EpochClosed",
      epoch: 0,
      minted: 9n * milli,
      burned: 0n,
      balances: milli,
      escrow: 8n * milli,
      postings: 2,
      accounts: [alice],
    });
    talk.settle(1, "t2", { payees: [alice] });
    const ask = { type: "ShowAccount", epoch: 0, account: alice } as Message;
    const shown = { type: "AccountShown", epoch: 0, account: alice, debits: 0n };
    const line = { ...shown, opening: 0n, credits: milli, closing: milli };
    expect(talk.tell(auditor, ask)).toEqual([line]);
    talk.tell(auditor, { type: "EpochConfirmed", epoch: 0 } as Message);
    expect(talk.at).toBe("open");
    talk.tell(auditor, ask);
    expect(talk.handled).toBe(false);
  });

  test("a quiet time after the audit is idle; a dispute is remembered", () => {
    const talk = new Talk();
    talk.reserve(1, commons, milli);
    talk.tell(address("ledger", "main"), epochTerm);
    talk.tell(bob, { type: "EpochDisputed", epoch: 0, reason: "forged" } as Message);
    expect(talk.at).toBe("closing");
    talk.tell(auditor, { type: "EpochDisputed", epoch: 0, reason: "no" } as Message);
    expect(talk.at).toBe("idle");
    expect(talk.context).toMatchObject({ disputes: 1, lastDispute: "no", audited: null, epoch: 1 });
  });

  test("without an auditor no lines are kept", () => {
    const talk = new Talk({ auditor: null });
    talk.promote(alice);
    expect(talk.books.lines.size).toBe(0);
    talk.tell(address("ledger", "main"), epochTerm);
    expect(talk.at).toBe("idle");
    expect(talk.context).toMatchObject({ epoch: 1, audited: null });
  });

  test("every account that moved is sampled about as often", () => {
    const seen = new Map<Address, number>();
    const talk = new Talk();
    const runs = 600;
    for (let run = 0; run < runs; run++) {
      talk.reserve(run, commons, 8n * milli);
      for (let n = 0; n < 8; n++) {
        talk.settle(run, `t${n}`, { payees: [address("contributor", n)] });
      }
      expect(new Set(talk.books.sample).size).toBe(tiny.auditSample);
      for (const name of talk.books.sample) seen.set(name, (seen.get(name) ?? 0) + 1);
      talk.tell(address("ledger", "main"), epochTerm);
      talk.tell(auditor, { type: "EpochConfirmed", epoch: run } as Message);
    }
    // 2 of 8 names: 150 times each, standard deviation 10.6
    for (const times of seen.values()) expect(Math.abs(times - 150)).toBeLessThan(45);
  });
});

test.each([
  [0n, "0 VCU"],
  [1n, "0.000000001 VCU"],
  [250_000_000n, "0.25 VCU"],
  [12_000_000_000n, "12 VCU"],
  [-1_500_000_000n, "-1.5 VCU"],
])("Credit in words: %s", (amount, words) => {
  expect(inVcu(amount)).toBe(words);
});
