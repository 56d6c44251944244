import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { DAY, MINUTE, micros } from "../../kernel/duration.ts";
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

/**
 * A ledger one can talk to, a minute after the other; its limits: 2 results and 0.01 VCU end
 * probation, the newest 2 rewards are not cleared.
 */
class Talk {
  private readonly ledger = makeLedger();
  private step;
  private minutes = 0;

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
    const entropy = this.minutes++ as Seed;
    const atUs = micros(this.minutes * MINUTE);
    const id = `${from}#1` as MessageId;
    const delivery = { type: message.type, id, atUs, entropy, from, message };
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
  slash(owner: Address, task: string, from = verifier): ReadonlyArray<unknown> {
    return this.tell(from, { type: "Slash", owner, task } as Message);
  }
  reexamined(owner: Address, task: string, upheld: boolean): ReadonlyArray<unknown> {
    return this.tell(verifier, { type: "Reexamined", owner, task, upheld } as Message);
  }
  end(owner: Address, term: string): ReadonlyArray<unknown> {
    return this.tell(address("ledger", "main"), { type: "TermEnded", owner, term } as Message);
  }
  close(n: number): ReadonlyArray<unknown> {
    return this.tell(job(n), { type: "CloseJob" });
  }
  /** Lets time pass without anything happening. */
  wait(us: number): void {
    this.minutes += us / MINUTE;
  }
  /** Ends the owner's probation with four tasks of commons job 99: 10 mVCU free, 10 uncleared. */
  promote(owner: Address): void {
    this.open(owner);
    this.reserve(99, commons, 100n * milli);
    for (let n = 0; n < 4; n++) {
      this.settle(99, `p${n} of ${owner}`, { payees: [owner], each: 5n * milli });
    }
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
      credential: "none",
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
    const paid = { uncleared: milli, state: "probation", sequence: 1 };
    expect(talk.account(alice)).toMatchObject(paid);
    expect(talk.open(alice)).toEqual([{ type: "AccountOpened", sequence: 1 }]);
    expect(talk.account(alice)).toMatchObject(paid);
  });
});

describe("Ledger: reserve", () => {
  const refused = (reason: string) => [expect.objectContaining({ type: "ReserveRefused", reason })];

  test("the mint pays for commons jobs", () => {
    const talk = new Talk();
    const standing = { balance: 0n, earned: 0n, spent: 0n, rate: 0n };
    expect(talk.reserve(1, commons, 7n)[0]).toEqual({
      type: "Reserved",
      standing,
      onDebt: false,
    });
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
    const standing = { balance: 6n * milli, earned: 10n * milli, spent: 0n };
    expect(talk.reserve(1, alice, 4n * milli)).toMatchObject([
      { type: "Reserved", standing, onDebt: false },
    ]);
    expect(talk.account(alice)?.balance).toBe(6n * milli);
    expect(talk.books.escrows.get(job(1))?.left).toBe(4n * milli);
  });

  test("a quarter of rewards that wait may be owed, and nothing of those that burned", () => {
    const talk = new Talk();
    talk.reserve(99, commons, 100n * milli);
    for (const task of ["t1", "t2"]) {
      talk.settle(99, task, { payees: [alice, bob], each: 5n * milli });
    }
    expect(talk.account(alice)).toMatchObject({ state: "active", balance: 0n, earned: 0n });
    expect(talk.reserve(1, alice, 2_500_001n)).toEqual(refused("insufficient-credit"));
    expect(talk.reserve(1, alice, 2_500_000n)).toMatchObject([{ onDebt: true }]);
    talk.slash(bob, "t1");
    expect(talk.account(bob)).toMatchObject({ state: "active", uncleared: 0n });
    expect(talk.reserve(2, bob, 0n)).toEqual(refused("no-verified-work"));
  });

  test("a quarter of the verified work may be owed and no more, and income pays it back", () => {
    const talk = new Talk();
    talk.promote(alice);
    const [grant] = talk.reserve(1, alice, 15n * milli) as [{ onDebt: boolean }];
    expect(grant).toMatchObject({ type: "Reserved", onDebt: true });
    expect(talk.account(alice)?.balance).toBe(-5n * milli);
    const [answer] = talk.reserve(2, alice, 1n) as [{ rule: string }];
    expect(answer).toMatchObject({ reason: "insufficient-credit", have: -5n * milli });
    expect(answer.rule).toContain("has -0.005 VCU and may owe 0.005 VCU");
    talk.settle(99, "more", { payees: [alice], each: 5n * milli });
    expect(talk.account(alice)?.balance).toBe(0n);
  });

  test("who has no rate yet owes nothing, whatever was verified", () => {
    const talk = new Talk();
    talk.reserve(99, commons, 100n * milli);
    talk.open(alice);
    for (const task of ["t1", "t2"]) {
      // in the instant in which the account was opened: no time to divide by
      talk.wait(0 - MINUTE);
      talk.settle(99, task, { payees: [alice], each: 5n * milli });
    }
    expect(talk.account(alice)).toMatchObject({ state: "active", uncleared: 10n * milli });
    expect(talk.reserve(1, alice, 1n)).toEqual(refused("insufficient-credit"));
    expect(talk.reserve(1, alice, 0n)).toMatchObject([{ standing: { rate: 0n }, onDebt: false }]);
  });

  test("nobody owes more than a day of its own rate", () => {
    const talk = new Talk({ limits: { ...tiny, debtHours: 1 } });
    talk.reserve(99, commons, 100n * milli);
    // 5 mVCU an hour, for 20 hours: the quarter of 100 mVCU is more than an hour's work
    for (let n = 0; n < 20; n++) {
      talk.wait(DAY / 24 - MINUTE);
      talk.settle(99, `t${n}`, { payees: [alice], each: 5n * milli });
    }
    expect(talk.account(alice)?.balance).toBe(90n * milli);
    expect(talk.reserve(1, alice, 95_000_002n)).toEqual(refused("insufficient-credit"));
    expect(talk.reserve(1, alice, 94_999_990n)).toMatchObject([{ onDebt: true }]);
  });

  test("more than the balance and the debt limit is refused with the numbers", () => {
    const talk = new Talk();
    talk.promote(alice);
    const [answer] = talk.reserve(1, alice, 16n * milli) as [{ rule: string }];
    expect(answer).toMatchObject({ reason: "insufficient-credit", have: 10n * milli });
    expect(answer.rule).toContain("needs 0.016 VCU, the account has 0.01 VCU");
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
        credential: "valid",
        rule: expect.stringContaining("probation ends at 2 verified results"),
        wrongLeft: 3,
        balance: 0n,
        earned: 0n,
        validResults: 2,
        wrongResults: 0,
        evidence: [],
      },
      expect.objectContaining({ command: "StartTimer", delayUs: tiny.credentialLapseUs }),
    ]);
    expect(talk.settle(1, "t3", { payees: [alice], each: 5n * milli })).toEqual([]);
    expect(talk.books.escrows.get(job(1))).toMatchObject({ left: 85n * milli, spent: 15n * milli });
  });

  test("enough results with too little work stay in probation", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 100n * milli);
    for (let n = 0; n < 9; n++) talk.settle(1, `t${n}`, { payees: [alice] });
    expect(talk.account(alice)).toMatchObject({ validResults: 9, state: "probation" });
    expect(talk.settle(1, "t9", { payees: [alice] })).toHaveLength(2);
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
    expect(talk.account(alice)).toMatchObject({ uncleared: milli, validResults: 1 });
  });

  test("the escrow pays the first payee, the mint the others, as far as the rule goes", () => {
    const talk = new Talk();
    talk.promote(alice);
    talk.reserve(1, alice, 4n * milli);
    const { minted } = talk.books.totals;
    const payees = [bob, ...["c", "d", "e"].map((name) => address("contributor", name))];
    talk.settle(1, "t1", { payees });
    expect(talk.books.escrows.get(job(1))).toMatchObject({ left: 3n * milli, spent: milli });
    expect(talk.account(alice)?.spent).toBe(milli);
    // tiny.paidPerTask is 3
    expect(talk.books.totals.minted - minted).toBe(2n * milli);
    expect(payees.map((name) => talk.account(name)?.uncleared)).toEqual([
      milli,
      milli,
      milli,
      undefined,
    ]);
  });

  test("who cannot pay the first payee pays nobody, and the shortfall is counted", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 3n * milli);
    talk.settle(1, "t1", { payees: [alice, bob], each: 4n * milli });
    expect(talk.account(alice)).toBeUndefined();
    expect(talk.account(bob)).toBeUndefined();
    expect(talk.books.totals.minted).toBe(3n * milli);
    expect(talk.context.shortfalls).toBe(2);
  });

  test("rewards are cleared in the order in which they were earned", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 9n * milli);
    for (const [n, each] of [1n, 2n, 3n].entries()) {
      talk.settle(1, `t${n}`, { payees: [alice], each: each * milli });
    }
    const unvested = [2n * milli, 3n * milli];
    const held = { balance: milli, earned: milli, uncleared: 5n * milli, unvested };
    expect(talk.account(alice)).toMatchObject(held);
  });

  test("a reward of nothing clears nothing", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 9n * milli);
    talk.settle(1, "t", { payees: [alice] });
    for (let n = 0; n < 9; n++) talk.settle(1, `t${n}`, { payees: [alice], each: 0n });
    expect(talk.account(alice)).toMatchObject({ balance: 0n, unvested: [milli] });
  });

  test("the bank keeps so many hours of the own rate, the rest is burned", () => {
    const talk = new Talk({ limits: { ...tiny, bankHours: 2 } });
    talk.reserve(1, commons, 100n * milli);
    for (let n = 0; n < 10; n++) {
      talk.wait(DAY / 24 - MINUTE);
      talk.settle(1, `t${n}`, { payees: [alice], each: 5n * milli });
    }
    // 8 rewards of 5 mVCU are cleared; two hours' worth of 5 mVCU an hour are kept
    const kept = talk.account(alice)?.balance ?? 0n;
    expect(Math.abs(Number(kept - 10n * milli))).toBeLessThan(20);
    expect(talk.account(alice)?.earned).toBe(40n * milli);
    expect(talk.books.totals.burned).toBe(40n * milli - kept);
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
      expect.objectContaining({ command: "StartTimer", delayUs: tiny.suspensionUs }),
    ]);
    expect(talk.reserve(1, alice, 1n)).toEqual([expect.objectContaining({ reason: "suspended" })]);
  });

  test("who is rarely wrong is not suspended", () => {
    const talk = new Talk();
    talk.promote(alice);
    for (let n = 0; n < 8; n++) talk.settle(99, `v${n}`, { payees: [alice] });
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
    // the oldest waiting reward, of 5 mVCU, is cleared by it
    expect(talk.account(alice)).toMatchObject({ state: "suspended", balance: 15n * milli });
  });

  test("only the newest sixteen tasks are kept as evidence", () => {
    const talk = new Talk();
    talk.promote(alice);
    for (let n = 0; n < 20; n++) talk.settle(99, `w${n}`, { wrong: [alice] });
    expect(talk.account(alice)?.evidence).toHaveLength(16);
    expect(talk.account(alice)?.evidence.at(-1)?.task).toBe("w19");
  });

  test("a stranger's wrong result opens no account", () => {
    const talk = new Talk();
    talk.reserve(1, commons, 1n);
    talk.settle(1, "w", { wrong: [alice] });
    expect(talk.account(alice)).toBeUndefined();
  });
});

describe("Ledger: warning", () => {
  test("the first wrong result warns with the rule and with what is left", () => {
    const talk = new Talk();
    talk.promote(alice);
    const [warning] = talk.settle(99, "w1", { wrong: [alice] }) as [{ rule: string }];
    expect(warning).toMatchObject({ state: "active", wrongLeft: 2, evidence: ["w1"] });
    expect(warning.rule).toContain("3 wrong results and more than a fifth of all suspend");
    expect(warning.rule).toContain("this account has 1 of 5 and 0 proofs: w1");
  });

  test("who has many valid results may be wrong more often", () => {
    const talk = new Talk();
    talk.promote(alice);
    for (let n = 0; n < 36; n++) talk.settle(99, `v${n}`, { payees: [alice] });
    const [warning] = talk.settle(99, "w1", { wrong: [alice] });
    // 11 of 51 are more than a fifth
    expect(warning).toMatchObject({ wrongLeft: 10 });
  });
});

describe("Ledger: slash", () => {
  test("what waits is burned, what is cleared stays, and two open jobs go on", () => {
    const talk = new Talk();
    talk.promote(alice);
    talk.reserve(1, alice, 3n * milli);
    talk.reserve(2, alice, 4n * milli);
    const { burned } = talk.books.totals;
    const news = { type: "StandingChanged", state: "active", wrongLeft: 2, evidence: ["t"] };
    expect(talk.slash(alice, "t")).toMatchObject([news]);
    expect(talk.account(alice)).toMatchObject({ balance: 3n * milli, uncleared: 0n, unvested: [] });
    expect(talk.books.totals.burned - burned).toBe(10n * milli);
    expect(talk.books.totals.escrow).toBe(87n * milli);
    expect(talk.close(1)).toMatchObject([{ refunded: 3n * milli }]);
    expect(talk.close(2)).toMatchObject([{ refunded: 4n * milli }]);
    expect(talk.account(alice)?.balance).toBe(10n * milli);
  });

  test("the second proof suspends, however much was right before", () => {
    const talk = new Talk();
    talk.promote(alice);
    for (let n = 0; n < 40; n++) talk.settle(99, `v${n}`, { payees: [alice] });
    expect(talk.slash(alice, "t1")).toMatchObject([{ state: "active" }]);
    expect(talk.slash(alice, "t2")).toMatchObject([{ state: "suspended", credential: "none" }, {}]);
  });

  test("the same proof twice burns once; a lost vote on the same task counts once", () => {
    const talk = new Talk();
    talk.promote(alice);
    talk.settle(99, "t", { wrong: [alice] });
    talk.slash(alice, "t");
    talk.settle(99, "v", { payees: [alice] });
    const before = talk.context;
    expect(talk.slash(alice, "t")).toEqual([]);
    expect(talk.context).toBe(before);
    expect(talk.account(alice)).toMatchObject({ wrongResults: 1, slashes: 1, uncleared: milli });
  });

  test("nobody but a verifier proves anything, and strangers have nothing to lose", () => {
    const talk = new Talk();
    talk.promote(alice);
    talk.slash(alice, "t", bob);
    expect(talk.handled).toBe(false);
    expect(talk.slash(bob, "t")).toEqual([]);
    expect(talk.account(bob)).toBeUndefined();
  });
});

describe("Ledger: appeal", () => {
  const ask = { type: "Appeal" } as Message;
  /** Alice is suspended by two proofs; the first burned 10 mVCU, the second 1. */
  const suspended = () => {
    const talk = new Talk();
    talk.promote(alice);
    talk.slash(alice, "t1");
    talk.settle(99, "v", { payees: [alice] });
    talk.slash(alice, "t2");
    return talk;
  };

  test("every piece of evidence is looked at again, once per suspension", () => {
    const talk = suspended();
    expect(talk.tell(alice, ask)).toEqual([
      { type: "Reexamine", owner: alice, task: "t1" },
      { type: "Reexamine", owner: alice, task: "t2" },
    ]);
    expect(talk.tell(alice, ask)).toEqual([]);
  });

  test("proofs go back to who made them, lost votes to the ledger's own verifier", () => {
    const talk = new Talk();
    talk.promote(alice);
    talk.slash(alice, "t1", address("verifier", "v7"));
    for (const task of ["t2", "t3"]) talk.settle(99, task, { wrong: [alice] });
    const told = talk.tell(alice, ask).length;
    expect(told).toBe(3);
    expect(talk.reexamined(alice, "t1", false)).toEqual([]);
    expect(talk.account(alice)?.evidence).toHaveLength(3);
    expect(talk.reexamined(alice, "t2", false)).toMatchObject([{ state: "active" }, {}]);
  });

  test("what does not hold is struck out, and what it burned comes back to the nano", () => {
    const talk = suspended();
    talk.tell(alice, ask);
    const { minted } = talk.books.totals;
    expect(talk.reexamined(alice, "t2", true)).toEqual([]);
    expect(talk.reexamined(alice, "t1", false)).toMatchObject([
      { state: "active", credential: "valid", wrongResults: 1, evidence: ["t2"] },
      { command: "StartTimer" },
    ]);
    expect(talk.books.totals.minted - minted).toBe(10n * milli);
    expect(talk.account(alice)).toMatchObject({ unvested: [10n * milli], slashes: 1 });
    expect(talk.reexamined(alice, "t1", false)).toEqual([]);
    expect(talk.books.totals.minted - minted).toBe(10n * milli);
  });

  test("what came back is the oldest that waits", () => {
    const talk = suspended();
    talk.tell(alice, ask);
    for (const task of ["v1", "v2"]) talk.settle(99, task, { payees: [alice] });
    talk.reexamined(alice, "t1", false);
    expect(talk.account(alice)).toMatchObject({
      earned: 20n * milli,
      unvested: [milli, milli],
    });
  });

  test("only who is suspended is heard, and nothing is struck out unasked", () => {
    const talk = suspended();
    expect(talk.tell(bob, ask)).toEqual([]);
    const before = talk.context;
    talk.reexamined(alice, "t1", false);
    expect(talk.context).toBe(before);
  });

  test("an upheld suspension ends after its term, in a new probation", () => {
    const talk = suspended();
    talk.tell(alice, ask);
    for (const task of ["t1", "t2"]) talk.reexamined(alice, task, true);
    talk.wait(DAY);
    // 30 days from the suspension, two Reexamined, an Appeal and this question a minute each
    const rest = tiny.suspensionUs - DAY - 4 * MINUTE;
    expect(talk.end(alice, "suspension")).toMatchObject([{ delayUs: rest }]);
    talk.wait(tiny.suspensionUs);
    expect(talk.end(alice, "suspension")).toMatchObject([
      { state: "probation", wrongResults: 0, validResults: 0, evidence: [] },
    ]);
    expect(talk.reserve(1, alice, 1n)).toMatchObject([{ reason: "no-verified-work" }]);
    // cleared work is kept: it may be spent again after two results and 10 mVCU
    expect(talk.account(alice)?.balance).toBe(10n * milli);
    talk.settle(99, "n1", { payees: [alice], each: 5n * milli });
    expect(talk.settle(99, "n2", { payees: [alice], each: 5n * milli })).toMatchObject([
      { state: "active" },
      { command: "StartTimer" },
    ]);
    expect(talk.reserve(1, alice, 1n)).toMatchObject([{ type: "Reserved" }]);
  });

  test("without a verifier nobody looks again", () => {
    const talk = new Talk({ verifier: null });
    talk.promote(alice);
    for (let n = 0; n < 3; n++) talk.settle(99, `w${n}`, { wrong: [alice] });
    expect(talk.account(alice)?.state).toBe("suspended");
    expect(talk.tell(alice, ask)).toEqual([]);
  });
});

describe("Ledger: badge", () => {
  test("it lapses after a long time without a reward and is renewed by the next", () => {
    const talk = new Talk();
    talk.promote(alice);
    talk.wait(tiny.credentialLapseUs - 30 * MINUTE);
    talk.settle(99, "v1", { payees: [alice] });
    talk.wait(29 * MINUTE);
    const again = tiny.credentialLapseUs - 30 * MINUTE;
    expect(talk.end(alice, "credential")).toMatchObject([
      { command: "StartTimer", delayUs: again },
    ]);
    talk.wait(again);
    expect(talk.end(alice, "credential")).toMatchObject([
      { state: "active", credential: "lapsed" },
    ]);
    expect(talk.reserve(1, alice, 1n)).toMatchObject([{ type: "Reserved" }]);
    expect(talk.end(alice, "credential")).toEqual([]);
    expect(talk.settle(99, "v2", { payees: [alice] })).toMatchObject([
      { credential: "valid" },
      { command: "StartTimer" },
    ]);
  });

  test("it goes with a suspension", () => {
    const talk = new Talk();
    talk.promote(alice);
    for (const task of ["t1", "t2"]) talk.slash(alice, task);
    expect(talk.account(alice)).toMatchObject({ state: "suspended", credential: "none" });
    talk.wait(tiny.credentialLapseUs);
    expect(talk.end(alice, "credential")).toEqual([]);
  });
});

describe("Ledger: gate account", () => {
  test("whoever comes is a member at once and may owe without end", () => {
    const talk = new Talk({ gate: "account" });
    expect(talk.open(alice)).toMatchObject([
      { type: "AccountOpened", sequence: 1 },
      { type: "StandingChanged", sequence: 2, state: "active", credential: "valid" },
    ]);
    // a debt that nobody limits makes nobody's work give way
    expect(talk.reserve(1, alice, 1_000n * milli)[0]).toMatchObject({ onDebt: false });
    expect(talk.reserve(2, bob, milli)).toMatchObject([{ type: "Reserved" }]);
    expect(talk.account(alice)?.balance).toBe(-1_000n * milli);
    expect(talk.account(bob)?.balance).toBe(0n - milli);
  });

  test("the mint still pays nobody but the commons, and suspension holds", () => {
    const talk = new Talk({ gate: "account" });
    const unflagged = { type: "Reserve", requester: commons, amount: 7n, commons: false };
    expect(talk.tell(job(1), unflagged as Message)[0]).toMatchObject({ type: "ReserveRefused" });
    talk.open(alice);
    for (const task of ["t1", "t2"]) talk.slash(alice, task);
    expect(talk.reserve(2, alice, 1n)).toMatchObject([{ reason: "suspended" }]);
  });

  test("nothing is burned at the bank's cap", () => {
    const talk = new Talk({ gate: "account", limits: { ...tiny, bankHours: 1 } });
    talk.promote(alice);
    talk.wait(DAY);
    for (let n = 0; n < 4; n++) talk.settle(99, `v${n}`, { payees: [alice] });
    expect(talk.books.totals.burned).toBe(0n);
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
