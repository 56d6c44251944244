import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { DAY, HOUR, micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { EmissionParams, emission } from "../../policies/rewards/emission.ts";
import { makeLedger } from "./ledger.ts";
import { withRewards } from "./rewards-epoch.ts";

const alice = address("contributor", "alice");
const bob = address("contributor", "bob");
const commons = address("contributor", "commons");
const auditor = address("auditor", "main");
const verifier = address("verifier", "v1");
const job = address("job", "j1");
const ledger = address("ledger", "main");
const vcu = 1_000_000_000n;
const params = Schema.decodeSync(EmissionParams)({});
const rule = { policy: emission, params };

/** A ledger with rewards, its twin without, and a clock that the test moves. */
class Talk {
  private readonly issuing = withRewards(makeLedger(), rule);
  private readonly plain = makeLedger();
  private readonly input;
  private step;
  private twin;
  private count = 0;
  nowUs = 0;

  constructor(auditedBy: Address | null = auditor) {
    const gate = "credit";
    this.input = { auditor: auditedBy, limits: tiny, commons, verifier, gate } as const;
    this.step = this.issuing.init(this.input);
    this.twin = this.plain.init(this.input);
  }
  tell(from: Address, message: Message): void {
    const entropy = this.count++ as Seed;
    const id = `${from}#${this.count}` as MessageId;
    const atUs = micros(this.nowUs);
    const delivery = { type: message.type, id, atUs, entropy, from, message } as Delivery<never>;
    this.step = this.issuing.step(this.step.state, delivery);
    this.twin = this.plain.step(this.twin.state, delivery);
    expect(this.step.commands).toEqual(this.twin.commands);
    expect(this.step.state.at).toBe(this.twin.state.at);
  }
  /** Verified tasks of the commons, each one VCU; two of each owner's wait to be cleared. */
  work(owner: Address, tasks: number): void {
    const reserve = { requester: commons, amount: nanoVcu(10n ** 6n * vcu), commons: true };
    this.tell(job, { type: "Reserve", ...reserve });
    for (let n = 0; n < tasks; n++) {
      const settle = { task: `t${this.count}`, payees: [owner], each: nanoVcu(vcu), wrong: [] };
      this.tell(job, { type: "Settle", ...settle });
    }
  }
  /** The end of the ledger's hour, with the auditor's blessing. */
  endHour(hours = 1): void {
    this.nowUs += hours * HOUR;
    const { epoch } = this.step.state.context;
    this.tell(ledger, { type: "xstate.after.epochTerm.ledger.open" });
    this.tell(auditor, { type: "EpochConfirmed", epoch } as Message);
  }
  get rewards() {
    return this.step.state.rewards?.issue;
  }
  granted(owner: Address): bigint {
    const holding = this.rewards?.holdings.get(owner);
    return (
      holding?.grants.reduce((sum, { amount }) => sum + amount, holding.settled as bigint) ?? 0n
    );
  }
  persisted(): void {
    const { encodeSync, decodeSync } = Schema;
    const { State } = this.issuing;
    const before = JSON.stringify(encodeSync(State)(this.step.state));
    const state = decodeSync(State)(JSON.parse(before));
    expect(JSON.stringify(encodeSync(State)(state))).toBe(before);
    this.step = { ...this.step, state };
  }
}

/** What a worker is given for so much work where the cap binds: 20 PINGO a VCU, 62 parts of 81. */
const wage = (work: bigint) => (work * 20n * vcu * 62n) / 81n;

describe("Ledger: rewards", () => {
  test("only cleared work counts, and only once a day is over", () => {
    const talk = new Talk();
    talk.work(alice, 12);
    talk.endHour();
    expect(talk.rewards?.posted).toBeNull();
    talk.work(alice, 1);
    talk.endHour(23);
    // 13 tasks, of which two wait in escrow
    expect(talk.granted(alice)).toBe(wage(11n));
    expect(talk.rewards?.posted).toMatchObject({ epoch: 0, worked: 11n * vcu });
    expect(talk.rewards?.posted?.claims).toEqual([{ owner: alice, cumulative: wage(11n) / 4n }]);
  });

  test("nothing is counted twice: a second day holds the second day's work", () => {
    const talk = new Talk();
    talk.work(alice, 12);
    talk.endHour(24);
    talk.work(bob, 5);
    talk.endHour(24);
    expect(talk.rewards?.posted).toMatchObject({ epoch: 1, worked: 3n * vcu });
    expect(talk.rewards?.posted?.claims.map(({ owner }) => owner)).toEqual([bob]);
    expect(talk.granted(alice)).toBe(wage(10n));
    expect(talk.granted(bob)).toBe(wage(3n));
  });

  test("a proof of cheating burns what has not vested, once", () => {
    const talk = new Talk();
    talk.work(alice, 12);
    talk.endHour(24);
    const whole = talk.granted(alice);
    talk.tell(verifier, { type: "Slash", owner: alice, task: "t9" } as Message);
    expect(talk.granted(alice)).toBe(whole / 4n);
    expect(talk.rewards?.burned).toBe(whole - whole / 4n);
    talk.nowUs += 9 * DAY;
    talk.tell(verifier, { type: "Slash", owner: alice, task: "t9" } as Message);
    talk.tell(bob, { type: "Slash", owner: alice, task: "t8" } as Message);
    expect(talk.rewards?.burned).toBe(whole - whole / 4n);
  });

  test("nobody audits: nothing is issued", () => {
    const talk = new Talk(null);
    talk.work(alice, 12);
    talk.endHour(24);
    talk.work(alice, 12);
    talk.endHour(24);
    expect(talk.rewards?.posted?.emitted ?? 0n).toBe(0n);
  });

  test("a crash in the middle of a day loses and doubles nothing", () => {
    const talk = new Talk();
    talk.work(alice, 12);
    talk.endHour();
    talk.persisted();
    talk.work(alice, 4);
    talk.endHour(23);
    talk.persisted();
    expect(talk.granted(alice)).toBe(wage(14n));
  });
});
