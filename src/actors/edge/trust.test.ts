/** What an edge learns of its nodes by measuring them, and what it makes of it. */
import { describe, expect, test } from "vitest";
import { type Address, address, kindOf } from "../../kernel/address.ts";
import type { Command } from "../../kernel/command.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import { HOUR, MILLISECOND, MINUTE, micros, SECOND } from "../../kernel/duration.ts";
import { mix32, type Seed } from "../../kernel/entropy.ts";
import { production } from "../../kernel/limits.ts";
import type { MessageId } from "../../kernel/message.ts";
import { random } from "../../policies/placement/random.ts";
import { firstCome } from "../../policies/scheduling/first-come.ts";
import type { Assign } from "../node/messages.ts";
import { speedOf } from "./choose.ts";
import { makeEdge } from "./edge.ts";
import type { EdgeMessage, Join } from "./messages.ts";
import type { EdgeContext, EdgeInput, NodeEntry } from "./state.ts";

const self = address("edge", "e");
const alice = address("contributor", "alice");
const node = (n: number) => address("node", `n${n}`);
const nothing = nanoVcu(0n);

/** An edge, its clock and its timers; offers are collected as they are made. */
class Talk {
  atUs = HOUR;
  readonly offers: Array<{ readonly to: Address; readonly offer: Assign }> = [];
  readonly sent: Array<{ readonly to: Address; readonly type: string }> = [];
  private readonly edge = makeEdge({
    scheduling: firstCome,
    schedulingParams: {},
    placement: random,
    placementParams: {},
  });
  private step;
  private words = 0;
  private job: Address = self;
  private timers: Array<{ key: string; dueUs: number; message: EdgeMessage }> = [];

  constructor(mode: EdgeInput["commons"]["mode"] = "off") {
    this.step = this.edge.init({
      edge: self,
      ledger: address("ledger", "main"),
      verifier: null,
      limits: production,
      executions: 1,
      commons: { mode, taskMflop: 10, tasksPerJob: 1 },
      gate: "credit",
    });
    const sizes = { inputBytes: 1, outputBytes: 1, memoryMib: 1, contents: null };
    this.tell(alice, { type: "SubmitJob", demand: 1, tasks: [5], ...sizes } as never);
  }

  tell(from: Address, message: EdgeMessage): void {
    const entropy = mix32(this.words++) as Seed;
    const rest = { id: "x#1" as MessageId, atUs: micros(this.atUs), entropy, from, message };
    this.step = this.edge.step(this.step.state, { type: message.type, ...rest } as never);
    for (const command of this.step.commands) this.heed(from, command);
  }

  private heed(from: Address, command: Command): void {
    if (command.command === "Spawn" && kindOf(command.address) === "job") {
      if (this.job === self) this.job = command.address;
    } else if (command.command === "StartTimer") {
      const { key, delayUs } = command;
      this.timers = this.timers.filter((timer) => timer.key !== key);
      const message = command.message as EdgeMessage;
      this.timers.push({ key, dueUs: this.atUs + delayUs, message });
    } else if (command.command === "CancelTimer") {
      this.timers = this.timers.filter((timer) => timer.key !== command.key);
    } else if (command.command === "Send" || command.command === "Reply") {
      const to = command.command === "Send" ? command.to : from;
      this.sent.push({ to, type: command.message.type });
      if (command.message.type === "Assign") {
        this.offers.push({ to, offer: command.message as Assign });
      }
    }
  }

  /** Time passes, and timers ring. */
  pass(us: number): void {
    const until = this.atUs + us;
    for (;;) {
      const next = this.timers
        .filter(({ dueUs }) => dueUs <= until)
        .sort((a, b) => a.dueUs - b.dueUs)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.atUs = next.dueUs;
      this.tell(self, next.message);
    }
    this.atUs = until;
  }

  join(n: number, rest: Partial<Join> = {}): void {
    const owner = address("contributor", `c${n}`);
    const offer = { owner, slots: 1, slotMflops: 1_000, rttUs: 10, probation: false, network: "" };
    this.tell(node(n), { type: "Join", ...offer, ...rest });
  }

  /** Wishes for an execution; the node that is offered it, if any. */
  place(attempt: string, mflop = 60_000): Address | undefined {
    const before = this.offers.length;
    this.tell(this.job, {
      type: "PlaceTask",
      attempt,
      task: attempt.slice(0, attempt.lastIndexOf(".")),
      requester: alice,
      standing: { balance: nothing, earned: nothing, spent: nothing, rate: nothing },
      commons: false,
      onDebt: false,
      content: attempt,
      mflop,
      memoryMib: 1,
      inputBytes: 1_000_000,
      outputBytes: 1,
      token: 1,
      exclude: [alice],
    } as never);
    return this.offers[before]?.to;
  }

  started(n: number, attempt: string): void {
    this.tell(node(n), { type: "AttemptStarted", attempt });
  }
  ended(n: number, attempt: string, outcome = "done", fetchUs = 0): void {
    this.tell(node(n), { type: "AttemptEnded", attempt, outcome, fetchUs } as never);
  }
  cancel(task: string): void {
    this.tell(this.job, { type: "CancelTask", task });
  }

  get context(): EdgeContext {
    return this.step.state.context;
  }
  entry(n: number): NodeEntry {
    return this.context.nodes.get(node(n)) as NodeEntry;
  }
}

describe("Edge: refusals", () => {
  test("a node that refuses rests for thirty seconds, then twice that, up to ten minutes", () => {
    const talk = new Talk();
    talk.join(1);
    const rests: Array<number> = [];
    for (let n = 0; n < 7; n++) {
      expect(talk.place(`t${n}.0`)).toBe(node(1));
      talk.ended(1, `t${n}.0`, "refused");
      expect(talk.place(`u${n}.0`), "no storm of offers").toBeUndefined();
      talk.cancel(`u${n}`);
      const from = talk.atUs;
      while (talk.entry(1).silent) talk.pass(SECOND);
      rests.push((talk.atUs - from) / SECOND);
    }
    expect(rests).toEqual([30, 60, 120, 240, 480, 600, 600]);
  });

  test("a node that refused while it was joining gets work without another word", () => {
    const talk = new Talk();
    talk.join(1);
    talk.place("t0.0");
    talk.ended(1, "t0.0", "refused");
    expect(talk.place("t1.0")).toBeUndefined();
    talk.pass(5 * MINUTE);
    expect(talk.offers.map(({ offer }) => offer.attempt)).toContain("t1.0");
  });

  test("a word ends the rest; a success ends the row", () => {
    const talk = new Talk();
    talk.join(1);
    talk.place("t0.0");
    talk.ended(1, "t0.0", "refused");
    talk.tell(node(1), { type: "NodeResumed" });
    expect(talk.place("t1.0")).toBe(node(1));
    talk.started(1, "t1.0");
    talk.ended(1, "t1.0");
    expect(talk.entry(1).track.rests).toBe(0);
  });
});

describe("Edge: reliability", () => {
  test("one who accepts and never returns: at most one in a hundred after twenty leases", () => {
    const talk = new Talk();
    for (let n = 0; n < 4; n++) talk.join(n);
    let leases = 0;
    let late = 0;
    let all = 0;
    for (let n = 0; n < 6_000; n++) {
      const to = talk.place(`t${n}.0`);
      if (to === node(0)) {
        leases++;
        if (leases > 20) late++;
        talk.started(0, `t${n}.0`);
      } else if (to !== undefined) {
        const id = Number(to.slice("node/n".length));
        talk.started(id, `t${n}.0`);
        talk.pass(MINUTE);
        talk.ended(id, `t${n}.0`);
      }
      if (leases > 20 || n > 3_000) all++;
      talk.pass(MINUTE);
      // it says that it is there whenever it may
      talk.tell(node(0), { type: "NodeResumed" });
    }
    expect(leases).toBeGreaterThan(10);
    expect(talk.entry(0).track.reliability).toBeLessThan(600);
    expect(late / all).toBeLessThan(0.01);
  });

  test("below .6 it gets commons work only, where there is any", () => {
    const talk = new Talk("idle");
    talk.join(1);
    for (let n = 0; talk.entry(1).track.reliability >= 600; n++) {
      if (talk.place(`t${n}.0`) === undefined) break;
      talk.started(1, `t${n}.0`);
      talk.ended(1, `t${n}.0`, "abandoned");
    }
    talk.pass(24 * HOUR);
    expect(talk.entry(1).silent).toBe(false);
    expect(talk.place("paid.0")).toBeUndefined();
    talk.tell(self, { type: "CloseCommons" });
    talk.pass(MINUTE);
    expect(talk.offers.at(-1)?.offer.attempt).toBe("paid.0");
  });
});

describe("Edge: speed", () => {
  test("who claims a hundred times its speed is known after the first result", () => {
    const talk = new Talk();
    talk.join(1, { slotMflops: 100_000 });
    expect(speedOf(talk.entry(1))).toBe(100_000);
    talk.place("t0.0");
    talk.started(1, "t0.0");
    talk.pass(MINUTE);
    talk.ended(1, "t0.0");
    expect(speedOf(talk.entry(1))).toBe(1_000);
    talk.place("t1.0", 6_000_000);
    // three times a run of 100 minutes, not of one
    expect(talk.offers.at(-1)?.offer.leaseUs).toBe(300 * MINUTE);
  });
});

describe("Edge: lines", () => {
  test("the rate of a line is what inputs took, and no more than the run took in all", () => {
    const talk = new Talk();
    talk.join(1);
    const runs: ReadonlyArray<readonly [number, number]> = [
      [SECOND, 8_000],
      [SECOND / 2, 10_000],
      [HOUR, 10_000],
    ];
    for (const [n, [fetchUs, kbps]] of runs.entries()) {
      talk.place(`t${n}.0`);
      talk.started(1, `t${n}.0`);
      talk.pass(MINUTE);
      talk.ended(1, `t${n}.0`, "done", fetchUs);
      expect(talk.entry(1).track.kbps).toBe(kbps);
    }
  });
});

describe("Edge: clusters", () => {
  test("no two machines of one network on one task, whoever owns them", () => {
    const talk = new Talk();
    talk.join(1, { network: "10.0.0" });
    talk.join(2, { network: "10.0.0" });
    expect(talk.place("t0.0")).toBeDefined();
    expect(talk.place("t0.1")).toBeUndefined();
    talk.join(3, { network: "10.0.1" });
    expect(talk.offers.at(-1)).toMatchObject({ to: node(3), offer: { attempt: "t0.1" } });
  });

  test("a copy that was lost frees its cluster", () => {
    const talk = new Talk();
    talk.join(1, { network: "10.0.0" });
    talk.place("t0.0");
    talk.started(1, "t0.0");
    talk.ended(1, "t0.0", "killed");
    talk.join(2, { network: "10.0.0" });
    expect(talk.place("t0.1")).toBeDefined();
  });
});

describe("Edge: places", () => {
  const measured = (talk: Talk, n: number, rttUs: number): void => {
    talk.join(n);
    talk.atUs += rttUs;
    const { probe } = talk.context.surveys.get(node(n)) ?? { probe: 0 };
    talk.tell(node(n), { type: "Pong", probe });
  };

  test("a newcomer is measured by the edge and by nodes that the edge draws", () => {
    const talk = new Talk();
    for (let n = 1; n <= 3; n++) measured(talk, n, 10 * n * MILLISECOND);
    expect(talk.entry(2).rttUs).toBe(20 * MILLISECOND);
    talk.sent.length = 0;
    measured(talk, 4, 40 * MILLISECOND);
    const asked = talk.sent.filter(({ type }) => type === "Measure").map(({ to }) => to);
    expect([...asked].sort()).toEqual([node(1), node(2), node(3)]);
    const before = talk.entry(4);
    for (const vantage of asked) {
      talk.tell(vantage, { type: "Measured", node: node(4), rttUs: 35 * MILLISECOND });
    }
    expect(talk.entry(4).errorPpm).toBeLessThan(before.errorPpm);
    expect(talk.context.surveys.has(node(4))).toBe(false);
  });

  test("nobody answers for another, before it was asked, or without having been asked", () => {
    const talk = new Talk();
    talk.join(1);
    talk.tell(node(1), { type: "Pong", probe: 12 });
    expect(talk.entry(1).rttUs, "the node's own word until it is measured").toBe(10);
    const { probe } = talk.context.surveys.get(node(1)) ?? { probe: 0 };
    talk.tell(node(2), { type: "Pong", probe });
    expect(talk.entry(1).errorPpm).toBe(1_500_000);
    measured(talk, 2, 20 * MILLISECOND);
    const at = talk.entry(2);
    talk.tell(node(3), { type: "Measured", node: node(2), rttUs: 1 });
    expect(talk.entry(2)).toBe(at);
  });

  test("a node that comes back from where it was is not measured by others again", () => {
    const talk = new Talk();
    for (let n = 1; n <= 4; n++) measured(talk, n, 20 * MILLISECOND);
    const asked = talk.sent.filter(({ type }) => type === "Measure").slice(-3);
    for (const { to } of asked) {
      talk.tell(to, { type: "Measured", node: node(4), rttUs: 40 * MILLISECOND });
    }
    talk.sent.length = 0;
    measured(talk, 4, 22 * MILLISECOND);
    expect(talk.sent.map(({ type }) => type)).not.toContain("Measure");
    // from the other side of the world it is another matter
    measured(talk, 4, 250 * MILLISECOND);
    expect(talk.sent.map(({ type }) => type)).toContain("Measure");
  });
});
