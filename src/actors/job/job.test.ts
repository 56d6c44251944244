import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Oracle } from "../../../test/oracle/chart-oracle.ts";
import { type Address, address } from "../../kernel/address.ts";
import { MFLOP_PER_VCU, nanoVcu } from "../../kernel/credit.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { ContributorMessage } from "../contributor/messages.ts";
import { EdgeMessage } from "../edge/messages.ts";
import { LedgerMessage } from "../ledger/messages.ts";
import { VerifierMessage } from "../verifier/messages.ts";
import { jobDelivery, jobInput } from "./job.arbitrary.ts";
import { makeJob } from "./job.ts";
import { jobMachine } from "./machine.ts";
import type { JobInput } from "./state.ts";

const requester = address("contributor", "alice");
const edge = address("edge", "e");
const ledger = address("ledger", "main");
const verifier = address("verifier", "main");
const job = address("job", "e.alice.0");
const standing = { balance: nanoVcu(5n), earned: nanoVcu(6n) };
const VCU = 1_000_000_000n;

type Body = Message & Readonly<Record<string, unknown>>;
type Sent = readonly [Address, Body];

class Talk {
  private readonly job = makeJob();
  private step;
  private readonly tokens = new Map<unknown, unknown>();

  constructor(rest: Partial<JobInput> = {}) {
    this.step = this.job.init({
      job,
      requester,
      edge,
      ledger,
      verifier,
      commons: false,
      demand: 7,
      tasks: [MFLOP_PER_VCU, 2 * MFLOP_PER_VCU],
      inputBytes: 1,
      outputBytes: 2,
      memoryMib: 3,
      executions: 2,
      limits: tiny,
      ...rest,
    });
  }
  tell(from: Address, message: Body): ReadonlyArray<Sent> {
    const rest = { id: "x#1" as MessageId, atUs: micros(0), entropy: 1 as Seed, from, message };
    this.step = this.job.step(this.step.state, { type: message.type, ...rest } as never);
    expect(this.step.handled, `${message.type} in ${this.at}`).toBe(true);
    for (const [, { attempt, token }] of this.sent) this.tokens.set(attempt, token);
    return this.sent;
  }
  get sent(): ReadonlyArray<Sent> {
    return this.step.commands.flatMap((one) =>
      one.command === "Send" ? [[one.to, one.message as Body] as const] : [],
    );
  }
  /** What was sent, in two words each. */
  get said(): ReadonlyArray<string> {
    return this.sent.map(([to, { type, attempt, task }]) =>
      [to, type, attempt ?? task].filter((word) => typeof word === "string").join(" "),
    );
  }
  running(): this {
    this.tell(ledger, { type: "Reserved", standing });
    return this;
  }
  result(attempt: string, by: number, digest = "good", token?: number): ReadonlyArray<Sent> {
    return this.tell(address("node", `n${by}`), {
      type: "ResultReported",
      task: attempt.slice(0, attempt.lastIndexOf(".")),
      attempt,
      token: token ?? this.tokens.get(attempt),
      owner: address("contributor", `c${by}`),
      digest,
      payload: "",
    });
  }
  lost(attempt: string): ReadonlyArray<Sent> {
    const task = attempt.slice(0, attempt.lastIndexOf("."));
    return this.tell(edge, { type: "AttemptLost", task, attempt, reason: "expired" });
  }
  verdict(task: string, verdict: string, executions = 0): ReadonlyArray<Sent> {
    const digest = verdict === "accepted" ? "good" : "";
    return this.tell(verifier, { type: "Verdict", task, verdict, digest, executions });
  }
  closed(): ReadonlyArray<Sent> {
    return this.tell(ledger, { type: "JobClosed", spent: 3n, refunded: 4n });
  }
  get at() {
    return this.step.state.at;
  }
  get stopped() {
    return this.step.commands.some((one) => one.command === "Stop");
  }
}

const t0 = "e.alice.0.0";
const t1 = "e.alice.0.1";
const owner = (n: number) => address("contributor", `c${n}`);

describe("Job: escrow", () => {
  test("reserves the price of every wanted execution, then asks for them", () => {
    const talk = new Talk();
    const reserve = { type: "Reserve", requester, amount: 6n * VCU, commons: false };
    expect(talk.sent).toEqual([[ledger, reserve]]);
    talk.tell(ledger, { type: "Reserved", standing });
    expect(talk.said).toEqual([
      `edge/e PlaceTask ${t0}.0`,
      `edge/e PlaceTask ${t0}.1`,
      `edge/e PlaceTask ${t1}.0`,
      `edge/e PlaceTask ${t1}.1`,
    ]);
    expect(talk.sent[0]?.[1]).toMatchObject({ standing, exclude: [requester], task: t0 });
    const tokens = talk.sent.map(([, { token }]) => token);
    expect(new Set(tokens).size).toBe(4);
    expect(talk.at).toBe("admitted.running");
  });

  test("passes a refusal on with its rule and numbers, and is gone", () => {
    const talk = new Talk();
    const why = { reason: "insufficient-credit", rule: "r", have: 1n, need: 6n };
    expect(talk.tell(ledger, { type: "ReserveRefused", ...why })).toEqual([
      [requester, { type: "JobRefused", demand: 7, ...why }],
      [edge, { type: "JobEnded", job, commons: false }],
    ]);
    expect([talk.at, talk.stopped]).toEqual(["refused", true]);
  });

  test("a ledger that never answers fails the job; the escrow is closed if it opens", () => {
    const talk = new Talk();
    talk.tell(job, { type: "xstate.after.admissionTerm.job.submitted" });
    expect(talk.said).toEqual(["ledger/main CloseJob"]);
    expect(talk.tell(ledger, { type: "Reserved", standing })).toEqual([]);
    expect(talk.closed()[0]?.[1]).toMatchObject({ type: "JobFailed", reason: "deadline" });
  });

  test("without a ledger work begins at once and nothing is paid", () => {
    const talk = new Talk({ ledger: null, verifier: null, tasks: [5] });
    expect(talk.sent).toEqual([]);
    talk.tell(job, { type: "xstate.after.admissionTerm.job.submitted" });
    expect(talk.said).toEqual([`edge/e PlaceTask ${t0}.0`]);
    talk.result(`${t0}.0`, 1);
    const account = { demand: 7, job, spent: 0n, refunded: 0n };
    expect(talk.sent[0]).toEqual([requester, { type: "JobSettled", ...account }]);
    expect([talk.at, talk.stopped]).toEqual(["settled", true]);
  });

  test("a job of no tasks settles at once", () => {
    const talk = new Talk({ tasks: [] }).running();
    expect(talk.said).toEqual(["ledger/main CloseJob"]);
    talk.closed();
    expect(talk.at).toBe("settled");
  });

  test("a commons job tells nobody but the edge", () => {
    const talk = new Talk({ commons: true, tasks: [] }).running();
    expect(talk.closed()).toEqual([[edge, { type: "JobEnded", job, commons: true }]]);
  });
});

describe("Job: results", () => {
  test("asks the verifier once there are enough, in the order of attempts", () => {
    const talk = new Talk({ tasks: [5] }).running();
    expect(talk.result(`${t0}.1`, 1)).toEqual([]);
    const [[to, judge]] = talk.result(`${t0}.0`, 2) as [Sent];
    expect([to, judge.type]).toEqual([verifier, "Judge"]);
    const attempts = judge.results as ReadonlyArray<Body>;
    expect(attempts.map(({ attempt }) => attempt)).toEqual([`${t0}.0`, `${t0}.1`]);
    expect(talk.at).toBe("admitted.verifying");
  });

  test("pays who agreed, tells who did not, and closes the escrow", () => {
    const talk = new Talk({ tasks: [MFLOP_PER_VCU] }).running();
    talk.result(`${t0}.0`, 1);
    talk.result(`${t0}.1`, 2, "bad");
    expect(talk.verdict(t0, "more", 1)[0]?.[1]).toMatchObject({
      attempt: `${t0}.2`,
      exclude: [requester, owner(1), owner(2)],
    });
    expect(talk.at).toBe("admitted.running");
    talk.result(`${t0}.2`, 3);
    talk.verdict(t0, "accepted");
    const payees = [owner(1), owner(3)];
    expect(talk.sent).toEqual([
      [ledger, { type: "Settle", task: t0, payees, each: VCU, wrong: [owner(2)] }],
      [ledger, { type: "CloseJob" }],
    ]);
    const settled = { type: "JobSettled", demand: 7, job, spent: 3n, refunded: 4n };
    expect(talk.closed()).toEqual([
      [requester, settled],
      [edge, { type: "JobEnded", job, commons: false }],
    ]);
  });

  test("never pays more results than the escrow holds", () => {
    const talk = new Talk({ tasks: [5] }).running();
    talk.result(`${t0}.0`, 1);
    talk.result(`${t0}.1`, 2);
    talk.verdict(t0, "more", 1);
    talk.result(`${t0}.2`, 3);
    const [settle] = talk.verdict(t0, "accepted");
    expect(settle?.[1]).toMatchObject({ payees: [owner(1), owner(2)], wrong: [] });
  });

  test("believes no result without the attempt's token, and none twice", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    expect(talk.result(`${t0}.0`, 1, "good", 12_345)).toEqual([]);
    expect(talk.result(`${t0}.1`, 1, "good", 1)).toEqual([]);
    talk.result(`${t0}.0`, 1);
    expect(talk.result(`${t0}.0`, 1)).toEqual([]);
    expect(talk.verdict(t0, "accepted")).toHaveLength(2);
  });

  test("takes verdicts from its verifier only, and only when it asked", () => {
    const talk = new Talk({ tasks: [5] }).running();
    expect(talk.verdict(t0, "accepted")).toEqual([]);
    talk.result(`${t0}.0`, 1);
    talk.result(`${t0}.1`, 2);
    const forged = { type: "Verdict", task: t0, verdict: "accepted", digest: "x", executions: 0 };
    expect(talk.tell(owner(1), forged)).toEqual([]);
    expect(talk.at).toBe("admitted.verifying");
  });

  test("no agreement fails the job; the other tasks are taken back", () => {
    const talk = new Talk().running();
    talk.result(`${t0}.0`, 1);
    talk.result(`${t0}.1`, 2, "bad");
    talk.verdict(t0, "rejected");
    expect(talk.said).toEqual([`edge/e CancelTask ${t1}`, "ledger/main CloseJob"]);
    expect(talk.result(`${t1}.0`, 1)).toEqual([]);
    expect(talk.closed()[0]?.[1]).toMatchObject({ type: "JobFailed", reason: "no-agreement" });
    expect(talk.at).toBe("failed");
  });
});

describe("Job: attempts", () => {
  test("asks again for what was lost, until too many were", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    for (let n = 0; n < tiny.attemptsPerTask - 1; n++) {
      talk.lost(`${t0}.${n}`);
      expect(talk.said).toEqual([`edge/e PlaceTask ${t0}.${n + 1}`]);
    }
    expect(talk.lost(`${t0}.0`), "lost already").toEqual([]);
    talk.lost(`${t0}.${tiny.attemptsPerTask - 1}`);
    expect(talk.said).toEqual(["ledger/main CloseJob"]);
    const failed = { type: "JobFailed", reason: "attempts-exhausted" };
    expect(talk.closed()[0]?.[1]).toMatchObject(failed);
  });

  test("a result that comes after its attempt was lost is too late", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    talk.lost(`${t0}.0`);
    expect(talk.result(`${t0}.0`, 1)).toEqual([]);
    expect(talk.at).toBe("admitted.running");
  });

  test.each([
    ["the deadline", job, { type: "xstate.after.jobTerm.job.admitted" }, "failed"],
    ["the requester", requester, { type: "CancelJob" }, "cancelled"],
  ])("%s ends it: open tasks are taken back, the rest is refunded", (_who, from, word, end) => {
    const talk = new Talk().running();
    talk.tell(from, word);
    expect(talk.said).toEqual([
      `edge/e CancelTask ${t0}`,
      `edge/e CancelTask ${t1}`,
      "ledger/main CloseJob",
    ]);
    talk.closed();
    expect([talk.at, talk.stopped]).toEqual([end, true]);
  });
});

describe("Job: any history", () => {
  const history = fc.array(jobDelivery, { minLength: 30, maxLength: 80, size: "max" });
  const behaviour = makeJob();
  const encode = Schema.encodeSync(behaviour.State);
  const decode = Schema.decodeSync(behaviour.State);
  const protocols = [EdgeMessage, LedgerMessage, VerifierMessage, ContributorMessage] as const;
  const isSent = Schema.is(Schema.Union(...protocols), { onExcessProperty: "error" });

  test("goes on from its JSON, sends what the schemas say, settles each task once", () => {
    const seen = new Set<string>();
    const property = fc.property(jobInput, history, (input, deliveries) => {
      let { state } = behaviour.init(input);
      const settled: Array<string> = [];
      for (const delivery of deliveries) {
        const before = JSON.stringify(encode(state));
        const step = behaviour.step(state, delivery as never);
        const again = behaviour.step(decode(JSON.parse(before)), delivery as never);
        expect(again.commands).toEqual(step.commands);
        expect(encode(again.state)).toEqual(encode(step.state));
        expect(JSON.stringify(encode(state))).toBe(before);
        state = step.state;
        seen.add(state.at);
        for (const one of step.commands) {
          if (one.command !== "Send") continue;
          expect(isSent(one.message), one.message.type).toBe(true);
          if (one.message.type !== "Settle") continue;
          const { task, payees } = one.message as Body;
          settled.push(task as string);
          expect((payees as ReadonlyArray<string>).length).toBeLessThanOrEqual(input.executions);
        }
        const { tasks, open } = state.context;
        const attempts = tasks.entries().map(([, task]) => task.open.length);
        if (state.at.startsWith("admitted")) {
          expect(open).toBe(attempts.reduce((sum, count) => sum + count, 0));
        }
      }
      expect(new Set(settled).size).toBe(settled.length);
    });
    fc.assert(property, { numRuns: 400 });
    const middle = ["admitted.running", "admitted.verifying", "cancelled", "closing", "failed"];
    expect([...seen].sort()).toEqual([...middle, "refused", "settled", "submitted"]);
  });

  test("the compiled chart does what XState does", () => {
    const property = fc.property(jobInput, history, (input, deliveries) => {
      const oracle = new Oracle(jobMachine);
      oracle.init(input);
      let { state } = behaviour.init(input);
      for (const delivery of deliveries) {
        const step = behaviour.step(state, delivery as never);
        const { at, context, commands, handled } = oracle.step(delivery);
        expect([step.state.at, step.commands, step.handled]).toEqual([at, commands, handled]);
        expect(encode(step.state)).toEqual(encode({ at, context } as never));
        state = step.state;
      }
    });
    fc.assert(property, { numRuns: 60 });
  });
});
