/** The host that both shells share: what it lets through, keeps and brings through a restart. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address } from "./address.ts";
import { portCall, send, spawn } from "./command.ts";
import { InvariantViolation } from "./invariant.ts";
import { Mailbox, type MailboxImage, type OutboxEntry } from "./mailbox.ts";
import type { Message } from "./message.ts";

const message = (type: string): Message => ({ type });
const senders: ReadonlyArray<Address> = ["a", "b", "c"].map((id) => address("node", id));
const addressOf = (sender: number) => senders[sender] as Address;
const numberOf = (sender: Address) => senders.indexOf(sender);
const call = (key: string) => portCall("runner", key, message("RunModel"), 1_000);
const entry = (n: number): OutboxEntry => ({
  n,
  command: send(address("node", "a"), message(`M${n}`)),
});

/** Through JSON text and into a new mailbox, as a crash would have it. */
function restarted(mailbox: Mailbox, numbering = numberOf): Mailbox {
  const image = JSON.parse(JSON.stringify(mailbox.image(addressOf))) as MailboxImage;
  const back = new Mailbox();
  back.restore(image, numbering);
  return back;
}

describe("Mailbox: duplicates", () => {
  test("a message is accepted once, and never after a later one of its sender", () => {
    const mailbox = new Mailbox();
    expect([1, 1, 3, 2, 3, 4].map((n) => mailbox.accept(0, n))).toEqual([
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
    expect(mailbox.accept(1, 1)).toBe(true);
  });

  test("a forgotten sender may use its numbers again", () => {
    const mailbox = new Mailbox();
    mailbox.accept(0, 5);
    mailbox.forget(0);
    expect(mailbox.accept(0, 1)).toBe(true);
  });

  test("restart: what was accepted before is still a duplicate", () => {
    const mailbox = new Mailbox();
    mailbox.accept(0, 7);
    mailbox.accept(2, 1);
    const back = restarted(mailbox);
    expect([back.accept(0, 7), back.accept(2, 1), back.accept(0, 8)]).toEqual([false, false, true]);
  });

  test("restart: marks follow the address when a process numbers its senders anew", () => {
    const mailbox = new Mailbox();
    mailbox.accept(0, 7);
    const back = restarted(mailbox, (at) => 10 - numberOf(at));
    expect(back.accept(10, 7)).toBe(false);
    expect(back.accept(0, 7)).toBe(true);
  });
});

describe("Mailbox: timers", () => {
  test("a timer fires once", () => {
    const mailbox = new Mailbox();
    const { epoch } = mailbox.startTimer("t", 100, message("Due"));
    expect(mailbox.fireTimer("t", epoch)).toEqual(message("Due"));
    expect(mailbox.fireTimer("t", epoch)).toBeUndefined();
  });

  test("a timer that was replaced stays silent, its successor speaks", () => {
    const mailbox = new Mailbox();
    const first = mailbox.startTimer("t", 100, message("First"));
    const second = mailbox.startTimer("t", 200, message("Second"));
    expect(mailbox.fireTimer("t", first.epoch)).toBeUndefined();
    expect(mailbox.fireTimer("t", second.epoch)).toEqual(message("Second"));
  });

  test("a cancelled timer stays silent, also when its key is started again", () => {
    const mailbox = new Mailbox();
    const first = mailbox.startTimer("t", 100, message("First"));
    mailbox.cancelTimer("t");
    expect(mailbox.fireTimer("t", first.epoch)).toBeUndefined();
    mailbox.startTimer("t", 300, message("Second"));
    expect(mailbox.fireTimer("t", first.epoch)).toBeUndefined();
  });

  test("keys do not disturb each other", () => {
    const mailbox = new Mailbox();
    const a = mailbox.startTimer("a", 1, message("A"));
    const b = mailbox.startTimer("b", 2, message("B"));
    mailbox.cancelTimer("a");
    mailbox.cancelTimer("never started");
    expect(a.epoch).not.toBe(b.epoch);
    expect(mailbox.pendingTimers()).toEqual([b]);
  });

  test("restart: pending timers keep time and message, firings from before are stale", () => {
    const mailbox = new Mailbox();
    const before = mailbox.startTimer("t", 500, message("Due"));
    const back = restarted(mailbox);
    const [after] = back.pendingTimers();
    expect(after).toMatchObject({ key: "t", dueUs: 500, message: message("Due") });
    expect(back.fireTimer("t", before.epoch)).toBeUndefined();
    expect(back.fireTimer("t", after!.epoch)).toEqual(message("Due"));
  });

  test("restart: a timer that was replaced stays silent", () => {
    const mailbox = new Mailbox();
    const replaced = mailbox.startTimer("t", 100, message("First"));
    mailbox.startTimer("t", 200, message("Second"));
    const twice = restarted(restarted(mailbox));
    expect(twice.fireTimer("t", replaced.epoch)).toBeUndefined();
    expect(twice.pendingTimers().map((timer) => timer.message.type)).toEqual(["Second"]);
  });
});

describe("Mailbox: port calls", () => {
  test("a key is open once and takes one outcome", () => {
    const mailbox = new Mailbox();
    expect(mailbox.openCall(call("k"))).toBe(true);
    expect(mailbox.openCall(call("k"))).toBe(false);
    expect(mailbox.closeCall("k")).toBe(true);
    expect(mailbox.closeCall("k")).toBe(false);
    expect(mailbox.closeCall("never opened")).toBe(false);
  });

  test("restart: open calls are still open, closed ones still closed", () => {
    const mailbox = new Mailbox();
    mailbox.openCall(call("open"));
    mailbox.openCall(call("closed"));
    mailbox.closeCall("closed");
    const back = restarted(mailbox);
    expect(back.pendingCalls()).toEqual([call("open")]);
    expect(back.closeCall("closed")).toBe(false);
    expect(back.closeCall("open")).toBe(true);
  });
});

describe("Mailbox: outbox", () => {
  test("after any steps: the newest, as many as are kept or as the last step had", () => {
    const steps = fc.array(fc.record({ sent: fc.nat({ max: 7 }), keep: fc.nat({ max: 5 }) }));
    const property = fc.property(steps, (all) => {
      const mailbox = new Mailbox();
      let kept: ReadonlyArray<number> = [];
      let n = 0;
      for (const { sent, keep } of all) {
        const numbers = Array.from({ length: sent }, () => ++n);
        mailbox.remember(numbers.map(entry), keep);
        const limit = Math.max(keep, sent);
        kept = limit === 0 ? [] : [...kept, ...numbers].slice(-limit);
        expect(mailbox.unsettledOutbox().map((each) => each.n)).toEqual(kept);
      }
    });
    fc.assert(property);
  });

  test("numbers begin at one and go on after a restart", () => {
    const mailbox = new Mailbox();
    expect([mailbox.takeNumber(), mailbox.takeNumber()]).toEqual([1, 2]);
    expect(restarted(mailbox).takeNumber()).toBe(3);
  });

  test("the newest commands are kept, no more than asked for", () => {
    const mailbox = new Mailbox();
    for (let n = 1; n <= 9; n++) mailbox.remember([entry(n)], 4);
    expect(mailbox.unsettledOutbox().map(({ n }) => n)).toEqual([6, 7, 8, 9]);
  });

  test("a step with more commands than the tail holds is kept whole", () => {
    const mailbox = new Mailbox();
    mailbox.remember([entry(1)], 2);
    const step = [entry(2), entry(3), entry(4), entry(5)];
    mailbox.remember(step, 2);
    expect(mailbox.unsettledOutbox()).toEqual(step);
    mailbox.remember([entry(6)], 2);
    expect(mailbox.unsettledOutbox().map(({ n }) => n)).toEqual([5, 6]);
  });

  test("restart: the tail is there, spawns among it", () => {
    const mailbox = new Mailbox();
    const born: OutboxEntry = { n: 0, command: spawn(address("job", "j1"), { size: 3 }) };
    mailbox.remember([entry(1), born], 8);
    const back = restarted(mailbox);
    expect(back.unsettledOutbox()).toEqual([entry(1), born]);
    back.remember([entry(2)], 8);
    expect(mailbox.unsettledOutbox()).toHaveLength(2);
  });
});

describe("Mailbox: the end", () => {
  test("timers and calls go with the actor, its last words stay", () => {
    const mailbox = new Mailbox();
    const timer = mailbox.startTimer("t", 1, message("Due"));
    mailbox.openCall(call("k"));
    mailbox.remember([entry(1)], 4);
    mailbox.stop();
    expect(mailbox.isStopped).toBe(true);
    expect(mailbox.fireTimer("t", timer.epoch)).toBeUndefined();
    expect(mailbox.closeCall("k")).toBe(false);
    const back = restarted(mailbox);
    expect(back.isStopped).toBe(true);
    expect(back.unsettledOutbox()).toEqual([entry(1)]);
  });

  test("only a new mailbox takes over a persisted form", () => {
    const used = new Mailbox();
    used.takeNumber();
    expect(() => used.restore(new Mailbox().image(addressOf), numberOf)).toThrow(
      InvariantViolation,
    );
  });

  test("the persisted form of an unused mailbox is that of a new one", () => {
    const mailbox = new Mailbox();
    expect(restarted(mailbox).image(addressOf)).toEqual(mailbox.image(addressOf));
  });
});
