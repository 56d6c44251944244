import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectSameAsXState } from "../../../test/oracle/chart-oracle.ts";
import { type Address, address, portAddress } from "../../kernel/address.ts";
import { commitmentTo, type Sealed } from "../../kernel/commitment.ts";
import { MILLISECOND, micros, SECOND } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { RunnerRequest } from "../../kernel/ports/model-runner.ts";
import { EdgeMessage } from "../edge/messages.ts";
import { ResultCommitted, ResultReported } from "../job/messages.ts";
import { nodeMachine } from "./machine.ts";
import { nodeDelivery, nodeInput } from "./node.arbitrary.ts";
import { makeNode } from "./node.ts";
import type { NodeInput } from "./state.ts";

const near = address("edge", "near");
const far = address("edge", "far");
const owner = address("contributor", "c1");
const host = portAddress("host");
const runner = portAddress("runner");
const self = address("node", "n1");
const job = address("job", "j");

const input: NodeInput = {
  owner,
  edges: [near],
  slots: 1,
  slotMflops: 1_000,
  probation: false,
  starts: false,
  network: "",
};

/** A node and what it says: each word is one line, such as "edge/near Join". */
class Talk {
  private readonly node = makeNode();
  private step;
  atUs = SECOND;

  constructor(rest: Partial<NodeInput> = {}) {
    this.step = this.node.init({ ...input, ...rest });
  }
  tell(from: Address, message: Message & { readonly [key: string]: unknown }): Array<string> {
    const id = `${from}#1` as MessageId;
    const rest = { id, atUs: micros(this.atUs), entropy: 0 as Seed, from, message };
    this.step = this.node.step(this.step.state, { type: message.type, ...rest } as never);
    expect(this.step.handled, `${message.type} in ${this.at}`).toBe(true);
    return this.said(from);
  }
  private said(from: Address): Array<string> {
    return this.step.commands.map((one) => {
      if (one.command === "Send") return `${one.to} ${words(one.message)}`;
      if (one.command === "Reply") return `${from} ${words(one.message)}`;
      if (one.command === "PortCall") return `${one.key} ${words(one.request)}`;
      if (one.command === "StartTimer") return `start ${one.key}`;
      if (one.command === "CancelTimer") return `cancel ${one.key}`;
      return one.command;
    });
  }
  host(type: string): Array<string> {
    return this.tell(host, { type });
  }
  /** The message of this type among the last commands. */
  sent(type: string): Readonly<Record<string, unknown>> {
    const all = this.step.commands.flatMap((one) => (one.command === "Send" ? [one.message] : []));
    return all.find((message) => message.type === type) as never;
  }
  assign(attempt: string, from = near, of = job): Array<string> {
    const sizes = {
      content: "j.0",
      mflop: 50,
      memoryMib: 1,
      inputBytes: 1,
      outputBytes: 2,
      token: 9,
      leaseUs: 60 * SECOND,
    };
    return this.tell(from, { type: "Assign", attempt, task: "j.0", job: of, ...sizes });
  }
  done(key: string, doneMflop = 50): Array<string> {
    const outcome = { ok: true, value: { digest: "d1", doneMflop, payload: "", fetchUs: 0 } };
    return this.tell(runner, { type: "PortOutcome", port: "runner", key, outcome });
  }
  failed(key: string, reason: string): Array<string> {
    const outcome = { ok: false, reason, retryable: false };
    return this.tell(runner, { type: "PortOutcome", port: "runner", key, outcome });
  }
  standing(probation: boolean, drain: boolean): Array<string> {
    return this.tell(owner, { type: "OwnerStanding", probation, drain });
  }
  /** In the directory of the only edge. */
  joined(): this {
    this.host("HostStarted");
    this.tell(near, { type: "Pong", probe: 1 });
    this.tell(near, { type: "Welcome" });
    expect(this.at).toBe("idle");
    return this;
  }
  working(...attempts: ReadonlyArray<string>): this {
    this.joined();
    for (const attempt of attempts) this.assign(attempt);
    expect(this.at).toBe("working");
    return this;
  }
  get at(): string {
    return this.step.state.at;
  }
  get context() {
    return this.step.state.context;
  }
}

function words(message: Message): string {
  const { type, outcome, reason, doneMflop, run } = message as Message & Record<string, unknown>;
  const all = [type, outcome, reason, typeof doneMflop === "number" ? `${doneMflop}` : "", run];
  return all.filter((word) => typeof word === "string" && word !== "").join(" ");
}

describe("Node: joining", () => {
  test("measures the way to every edge and joins the nearest", () => {
    const talk = new Talk({ edges: [far, near] });
    expect(talk.host("HostStarted")).toEqual([
      "edge/far Ping",
      "edge/near Ping",
      expect.stringContaining("start xstate.after.probeTerm"),
    ]);
    talk.atUs += 30 * MILLISECOND;
    talk.tell(far, { type: "Pong", probe: 2 });
    talk.atUs += 1 * MILLISECOND;
    talk.tell(near, { type: "Pong", probe: 3 });
    expect([talk.at, talk.context.edge]).toEqual(["joining.registering", far]);
    expect(talk.context.rttUs).toBe(30 * MILLISECOND);
  });

  test("does with the edges that answered in time, and asks again when none did", () => {
    const probeTerm = { type: "xstate.after.probeTerm.node.joining.probing" };
    const talk = new Talk({ edges: [far, near] });
    talk.host("HostStarted");
    expect(talk.tell(self, probeTerm)).toContain("edge/near Ping");
    talk.tell(near, { type: "Pong", probe: 3 });
    expect(talk.context.probe?.nearest, "an answer to the first round").toBe(null);
    talk.tell(near, { type: "Pong", probe: 5 });
    expect(talk.tell(self, probeTerm)).toContain("edge/near Join");
  });

  test("looks for an edge again when its own does not take it", () => {
    const talk = new Talk({ edges: [near, far] });
    talk.host("HostStarted");
    talk.tell(near, { type: "Pong", probe: 2 });
    talk.atUs += 1;
    talk.tell(far, { type: "Pong", probe: 3 });
    talk.tell(self, { type: "xstate.after.joinTerm.node.joining.registering" });
    expect(talk.at).toBe("joining.probing");
    talk.tell(far, { type: "Pong", probe: 5 });
    talk.atUs += 1;
    const said = talk.tell(near, { type: "Pong", probe: 4 });
    expect(said).toContain("edge/near NodeLeft stopping");
    expect(said).toContain("edge/far Join");
    expect(talk.tell(near, { type: "Welcome" })).toEqual(["edge/near NodeLeft stopping"]);
    talk.tell(far, { type: "Welcome" });
    expect(talk.at).toBe("idle");
  });

  test("a machine that is up from the beginning wakes itself", () => {
    const { commands } = makeNode().init({ ...input, starts: true });
    const message = { type: "HostStarted" };
    expect(commands).toEqual([{ command: "StartTimer", key: "boot", delayUs: 0, message }]);
  });

  test("is paused from the start while its owner uses the machine", () => {
    const talk = new Talk();
    talk.host("HostStarted");
    talk.host("OwnerBusy");
    talk.tell(near, { type: "Pong", probe: 1 });
    expect(talk.tell(near, { type: "Welcome" })).toContain("edge/near NodePaused");
    expect(talk.at).toBe("paused");
    expect(talk.host("OwnerIdle")).toEqual(["edge/near NodeResumed"]);
    expect(talk.at).toBe("idle");
  });

  test("joins the edge it knows without a new search after a stop", () => {
    const talk = new Talk().joined();
    expect(talk.host("HostStopping")).toEqual(["edge/near NodeLeft stopping"]);
    expect(talk.at).toBe("offline");
    expect(talk.host("HostStarted")).toContain("edge/near Join");
  });
});

describe("Node: lease", () => {
  test("given back and taken again: a late word on the first run does not end the second", () => {
    const talk = new Talk().working("j.0.0");
    talk.tell(near, { type: "Revoke", attempt: "j.0.0", reason: "preempted" });
    talk.atUs = 2 * SECOND;
    expect(talk.assign("j.0.0")).toContain("j.0.0/2000000/0 RunModel 0");
    expect(talk.failed("j.0.0/1000000/0", "aborted")).toEqual([]);
    expect(talk.done("j.0.0/2000000/0")).toContain("job/j ResultCommitted");
  });

  test("takes an offer, runs it and hands the result to the job", () => {
    const talk = new Talk().joined();
    expect(talk.assign("j.0.0")).toEqual([
      "edge/near AttemptStarted",
      "start lease/j.0.0",
      "j.0.0/1000000/0 RunModel 0",
    ]);
    expect(talk.done("j.0.0/1000000/0")).toEqual([
      "cancel lease/j.0.0",
      "job/j ResultCommitted",
      "edge/near AttemptEnded done",
    ]);
    expect(talk.at).toBe("idle");
  });

  test("shows a result to its job alone, when that asks, also after a restart, and once", () => {
    const talk = new Talk().working("j.0.0");
    talk.done("j.0.0/1000000/0");
    const reveal = { type: "Reveal", attempt: "j.0.0" };
    expect(talk.tell(address("job", "other"), reveal)).toEqual([]);
    expect(talk.tell(far, reveal)).toEqual([]);
    talk.host("HostStopping");
    talk.host("HostStarted");
    expect(talk.tell(job, reveal)).toEqual(["job/j ResultReported"]);
    expect(talk.tell(job, reveal)).toEqual([]);
    expect(talk.context.sealed).toEqual([]);
  });

  test("the commitment opens with what is revealed, and names the owner", () => {
    const talk = new Talk().working("j.0.0");
    talk.done("j.0.0/1000000/0");
    const { commit, ...rest } = talk.sent("ResultCommitted");
    expect(Object.keys(rest)).not.toContain("digest");
    talk.tell(job, { type: "Reveal", attempt: "j.0.0" });
    const revealed = talk.sent("ResultReported") as unknown as Omit<Sealed, "worker">;
    expect(commit).toBe(commitmentTo({ ...revealed, worker: owner }));
  });

  test("keeps the results that jobs may still ask for, and not more than it can", () => {
    const talk = new Talk().joined();
    for (let n = 0; n < 300; n++) {
      talk.assign(`j.0.${n}`);
      talk.done(`j.0.${n}/1000000/0`);
    }
    expect(talk.context.sealed).toHaveLength(256);
    expect(talk.tell(job, { type: "Reveal", attempt: "j.0.43" })).toEqual([]);
    expect(talk.tell(job, { type: "Reveal", attempt: "j.0.299" })).toHaveLength(1);
  });

  test("a training run gets its update at once", () => {
    const talk = new Talk().joined();
    talk.assign("r.0.0", near, address("training", "r"));
    expect(talk.done("r.0.0/1000000/0")).toContain("training/r ResultReported");
    expect(talk.context.sealed).toEqual([]);
  });

  test("refuses when all slots are taken, when paused, and offers of other edges", () => {
    const talk = new Talk().working("j.0.0");
    expect(talk.assign("j.0.1")).toEqual(["edge/near AttemptEnded refused"]);
    talk.host("OwnerBusy");
    expect(talk.assign("j.0.2")).toEqual(["edge/near AttemptEnded refused"]);
    expect(new Talk().joined().assign("j.0.3", far)).toEqual(["edge/far AttemptEnded refused"]);
  });

  test("the owner comes back in the middle of a run", () => {
    const talk = new Talk({ slots: 2 }).working("j.0.0");
    expect(talk.host("OwnerBusy")).toEqual([
      "edge/near NodePaused",
      "abort/j.0.0/1000000/0 AbortRun j.0.0/1000000/0",
    ]);
    expect(talk.failed("j.0.0/1000000/0", "aborted")).toEqual([]);
    expect(talk.done("abort/j.0.0/1000000/0", 20)).toEqual([]);
    expect(talk.at).toBe("paused");
    expect(talk.host("OwnerIdle")).toEqual([
      "edge/near NodeResumed",
      "j.0.0/1000000/1 RunModel 20",
    ]);
    expect(talk.at).toBe("working");
    expect(talk.done("j.0.0/1000000/0"), "an outcome of the first start").toEqual([]);
    expect(talk.done("j.0.0/1000000/1")).toContain("job/j ResultCommitted");
  });

  test("the owner goes before the runner has let go", () => {
    const talk = new Talk().working("j.0.0");
    talk.host("OwnerBusy");
    expect(talk.host("OwnerIdle")).toEqual(["edge/near NodeResumed"]);
    expect(talk.done("abort/j.0.0/1000000/0", 30)).toEqual(["j.0.0/1000000/1 RunModel 30"]);
  });

  test("the runner does not say where the checkpoint stands: what is known is kept", () => {
    const talk = new Talk().working("j.0.0");
    talk.host("OwnerBusy");
    talk.done("abort/j.0.0/1000000/0", 30);
    talk.host("OwnerIdle");
    talk.host("OwnerBusy");
    talk.failed("abort/j.0.0/1000000/1", "deadline");
    expect(talk.host("OwnerIdle")).toContain("j.0.0/1000000/2 RunModel 30");
  });

  test("a run that ends while it is being aborted is reported", () => {
    const talk = new Talk().working("j.0.0");
    talk.host("OwnerBusy");
    expect(talk.done("j.0.0/1000000/0")).toContain("job/j ResultCommitted");
    expect(talk.done("abort/j.0.0/1000000/0")).toEqual([]);
    expect([talk.at, talk.context.runs]).toEqual(["paused", []]);
  });

  test("ends on the node's own clock, also while the owner uses the machine", () => {
    const ended = { type: "LeaseEnded", attempt: "j.0.0" };
    const talk = new Talk().working("j.0.0");
    expect(talk.tell(self, ended)).toEqual([
      "abort/j.0.0/1000000/0 AbortRun j.0.0/1000000/0",
      "edge/near AttemptEnded expired",
    ]);
    expect(talk.at).toBe("idle");
    const paused = new Talk().working("j.0.0");
    paused.host("OwnerBusy");
    expect(paused.tell(self, ended)).toEqual(["edge/near AttemptEnded expired"]);
    expect(paused.at).toBe("paused");
    expect(paused.tell(self, ended)).toEqual([]);
  });

  test("a revoked attempt ends without a word", () => {
    const talk = new Talk().working("j.0.0");
    expect(talk.tell(near, { type: "Revoke", attempt: "j.0.0", reason: "cancelled" })).toEqual([
      "cancel lease/j.0.0",
      "abort/j.0.0/1000000/0 AbortRun j.0.0/1000000/0",
    ]);
    expect(talk.at).toBe("idle");
    expect(talk.failed("j.0.0/1000000/0", "aborted")).toEqual([]);
  });

  test.each(["killed", "deadline"])("a run that fails (%s) is told to the edge", (reason) => {
    const talk = new Talk().working("j.0.0");
    const said = ["cancel lease/j.0.0", "edge/near AttemptEnded killed"];
    expect(talk.failed("j.0.0/1000000/0", reason)).toEqual(said);
    expect(talk.at).toBe("idle");
  });

  test("a machine that stops gives everything back", () => {
    const talk = new Talk({ slots: 2 }).working("j.0.0", "j.1.0");
    expect(talk.host("HostStopping")).toEqual([
      "cancel lease/j.0.0",
      "abort/j.0.0/1000000/0 AbortRun j.0.0/1000000/0",
      "edge/near AttemptEnded abandoned",
      "cancel lease/j.1.0",
      "abort/j.1.0/1000000/0 AbortRun j.1.0/1000000/0",
      "edge/near AttemptEnded abandoned",
      "edge/near NodeLeft stopping",
    ]);
    expect(talk.failed("j.0.0/1000000/0", "killed")).toEqual([]);
  });

  test("a machine that vanished ends what it held before it joins again", () => {
    const talk = new Talk({ slots: 2 }).working("j.0.0", "j.1.0");
    expect(talk.tell(self, { type: "LeaseEnded", attempt: "j.0.0" })).toHaveLength(2);
    expect(talk.host("HostStarted")).toEqual([
      "cancel lease/j.1.0",
      "abort/j.1.0/1000000/0 AbortRun j.1.0/1000000/0",
      "edge/near AttemptEnded abandoned",
      "edge/near Join",
      expect.stringContaining("start xstate.after.joinTerm"),
    ]);
    expect(talk.assign("j.2.0"), "an offer that waited").toEqual([
      "edge/near AttemptEnded refused",
    ]);
    talk.tell(near, { type: "Welcome" });
    expect(talk.done("j.1.0/1000000/0")).toEqual([]);
  });
});

describe("Node: standing", () => {
  test("tells the edge when probation ends", () => {
    const talk = new Talk({ probation: true }).joined();
    expect(talk.standing(false, false)).toEqual(["edge/near NodeStanding"]);
    expect(talk.standing(false, false)).toEqual([]);
  });

  test("a suspended owner's node leaves at once when it has nothing to finish", () => {
    const talk = new Talk().joined();
    expect(talk.standing(false, true)).toEqual(["edge/near NodeLeft drained"]);
    expect(talk.at).toBe("retired");
    expect(talk.assign("j.0.0")).toEqual(["edge/near AttemptEnded refused"]);
    talk.host("HostStarted");
    expect(talk.at).toBe("retired");
    expect(talk.standing(false, false)).toContain("edge/near Join");
  });

  test("a suspended owner's node finishes what runs", () => {
    const talk = new Talk().working("j.0.0");
    expect(talk.standing(false, true)).toEqual(["edge/near NodePaused"]);
    talk.host("OwnerBusy");
    talk.done("abort/j.0.0/1000000/0", 10);
    expect(talk.host("OwnerIdle")).toEqual(["j.0.0/1000000/1 RunModel 10"]);
    expect(talk.at).toBe("draining");
    const said = talk.done("j.0.0/1000000/1");
    expect(said.slice(-2)).toEqual(["edge/near AttemptEnded done", "edge/near NodeLeft drained"]);
    expect(talk.at).toBe("retired");
  });

  test("a suspension that is lifted in time changes nothing", () => {
    const talk = new Talk().working("j.0.0");
    talk.standing(false, true);
    expect(talk.standing(false, false)).toEqual(["edge/near NodeResumed"]);
    expect(talk.at).toBe("working");
  });
});

describe("Node: any history", () => {
  const history = fc.array(nodeDelivery, { minLength: 20, maxLength: 60, size: "max" });
  const node = makeNode();

  test("goes on from its JSON, sends what the schemas say, never exceeds its slots", () => {
    const encode = Schema.encodeSync(node.State);
    const decode = Schema.decodeSync(node.State);
    const exact = { onExcessProperty: "error" } as const;
    const isSent = Schema.is(Schema.Union(EdgeMessage, ResultCommitted, ResultReported), exact);
    const isAsked = Schema.is(RunnerRequest, exact);
    const seen = new Set<string>();
    const property = fc.property(nodeInput, history, (given, deliveries) => {
      let { state } = node.init(given);
      for (const delivery of deliveries) {
        const before = JSON.stringify(encode(state));
        const step = node.step(state, delivery as never);
        const again = node.step(decode(JSON.parse(before)), delivery as never);
        expect([again.commands, again.state]).toEqual([step.commands, step.state]);
        expect(JSON.stringify(encode(state))).toBe(before);
        for (const one of step.commands) {
          const isGood =
            one.command === "Send" || one.command === "Reply"
              ? isSent(one.message)
              : one.command !== "PortCall" || isAsked(one.request);
          expect(isGood, JSON.stringify(one)).toBe(true);
        }
        state = step.state;
        seen.add(state.at);
        expect(state.context.runs.length).toBeLessThanOrEqual(given.slots);
      }
    });
    fc.assert(property, { numRuns: 300 });
    const leaves = [...seen].sort();
    const places = ["draining", "idle", "joining.probing", "joining.registering", "offline"];
    expect(leaves).toEqual([...places, "paused", "retired", "working"]);
  });

  test("the compiled chart does what XState does", () => {
    const property = fc.property(nodeInput, history, (given, deliveries) => {
      expectSameAsXState(nodeMachine, given, deliveries);
    });
    fc.assert(property, { numRuns: 60 });
  });
});
