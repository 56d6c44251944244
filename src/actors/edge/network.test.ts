/**
 * Edge, jobs and nodes together on the smallest shell that can run them: every message takes a
 * millisecond, nothing is lost. Ledger and verifier are the simplest that keep their word.
 */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { type Address, address, kindOf, portAddress } from "../../kernel/address.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import type { Command } from "../../kernel/command.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { HOUR, MILLISECOND, MINUTE, micros, SECOND } from "../../kernel/duration.ts";
import { mix32, type Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import type { AbortRun, RunModel } from "../../kernel/ports/model-runner.ts";
import { nearest } from "../../policies/placement/nearest.ts";
import { credit } from "../../policies/scheduling/credit.ts";
import { ContributorMessage } from "../contributor/messages.ts";
import { makeJob } from "../job/job.ts";
import { JobInput } from "../job/state.ts";
import { LedgerMessage } from "../ledger/messages.ts";
import { makeNode } from "../node/node.ts";
import { VerifierMessage } from "../verifier/messages.ts";
import { makeEdge } from "./edge.ts";
import type { EdgeContext, EdgeInput } from "./state.ts";

const edge = address("edge", "e");
const ledger = address("ledger", "main");
const verifier = address("verifier", "main");
const host = portAddress("host");

interface Letter {
  readonly atUs: number;
  readonly order: number;
  readonly to: Address;
  readonly from: Address;
  readonly message: Message;
  /** Key and epoch of a timer, key of a port call. */
  readonly timer?: readonly [string, number];
  readonly call?: string;
}

const asText = (_key: string, value: unknown) =>
  typeof value === "bigint" ? String(value) : value;

class Network {
  readonly behaviours: Readonly<Record<string, AnyBehaviour>> = {
    edge: makeEdge({
      scheduling: credit,
      schedulingParams: Schema.decodeSync(credit.Params)({}),
      placement: nearest,
      placementParams: { sample: 2 },
    }),
    node: makeNode(tiny),
    job: makeJob(),
  };
  readonly states = new Map<Address, { at: string; context: unknown }>();
  readonly heard: Array<Letter> = [];
  readonly unhandled: Array<string> = [];
  readonly down = new Set<Address>();
  speed = 1_000;
  now = 0;
  private queue: Array<Letter> = [];
  private order = 0;
  private readonly timers = new Map<string, number>();
  private readonly calls = new Map<string, RunModel>();
  private readonly held = new Map<Address, Array<Letter>>();

  start(at: Address, input: unknown): void {
    const { state, commands } = this.behaviourOf(at).init(input);
    this.states.set(at, state);
    this.execute(at, at, commands);
  }

  tell(to: Address, from: Address, message: Message, delayUs = MILLISECOND): void {
    this.queue.push({ atUs: this.now + delayUs, order: this.order++, to, from, message });
  }

  /** Runs until nothing is left to do or `untilUs`. */
  run(untilUs: number): void {
    for (;;) {
      let first = 0;
      for (let i = 1; i < this.queue.length; i++) {
        const [a, b] = [this.queue[i]!, this.queue[first]!];
        if (a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order)) first = i;
      }
      const letter = this.queue[first];
      if (letter === undefined || letter.atUs > untilUs) break;
      this.queue.splice(first, 1);
      this.now = letter.atUs;
      this.deliver(letter);
    }
    this.now = untilUs;
  }

  /** The machine vanishes: nothing is told, what is sent to it waits for its return. */
  vanish(node: Address): void {
    this.down.add(node);
  }

  comeBack(node: Address): void {
    this.down.delete(node);
    for (const letter of this.held.get(node) ?? []) {
      this.queue.push({ ...letter, atUs: this.now, order: this.order++ });
    }
    this.held.delete(node);
    this.tell(node, host, { type: "HostStarted" }, 0);
  }

  get edge(): EdgeContext {
    return this.states.get(edge)?.context as EdgeContext;
  }

  answers(to: Address): ReadonlyArray<Message> {
    return this.heard.filter((letter) => letter.to === to).map((letter) => letter.message);
  }

  private behaviourOf(at: Address): AnyBehaviour {
    return this.behaviours[kindOf(at)]!;
  }

  private deliver(letter: Letter): void {
    const { to, from, message, timer, call } = letter;
    if (this.down.has(to)) {
      this.held.set(to, [...(this.held.get(to) ?? []), letter]);
      return;
    }
    if (timer !== undefined && this.timers.get(`${to} ${timer[0]}`) !== timer[1]) return;
    if (call !== undefined && !this.calls.delete(`${to} ${call}`)) return;
    this.heard.push(letter);
    const state = this.states.get(to);
    if (state === undefined) {
      this.speakFor(to, from, message);
      return;
    }
    const delivery = {
      type: message.type,
      id: `${from}#${letter.order}` as MessageId,
      atUs: micros(this.now),
      entropy: mix32(letter.order) as Seed,
      from,
      message,
    } as unknown as Delivery;
    const step = this.behaviourOf(to).step(state, delivery);
    if (!step.handled) this.unhandled.push(`${to} ${state.at} ${message.type}`);
    this.states.set(to, step.state);
    this.execute(to, from, step.commands);
  }

  private execute(at: Address, from: Address, commands: ReadonlyArray<Command>): void {
    for (const command of commands) {
      switch (command.command) {
        case "Send":
          this.post(at, command.to, command.message);
          break;
        case "Reply":
          this.post(at, from, command.message);
          break;
        case "StartTimer": {
          const epoch = this.order;
          this.timers.set(`${at} ${command.key}`, epoch);
          const due = { atUs: this.now + command.delayUs, order: this.order++ };
          const timer = [command.key, epoch] as const;
          this.queue.push({ ...due, to: at, from: at, message: command.message, timer });
          break;
        }
        case "CancelTimer":
          this.timers.delete(`${at} ${command.key}`);
          break;
        case "Spawn":
          Schema.decodeUnknownSync(Schema.typeSchema(JobInput), { onExcessProperty: "error" })(
            command.input,
          );
          this.start(command.address, command.input);
          break;
        case "Stop":
          this.states.delete(at);
          break;
        case "PortCall":
          this.runModel(at, command.key, command.request as RunModel | AbortRun);
          break;
        case "Publish":
          break;
      }
    }
  }

  private post(from: Address, to: Address, message: Message): void {
    const others: Readonly<Record<string, unknown>> = {
      ledger: LedgerMessage,
      verifier: VerifierMessage,
      contributor: ContributorMessage,
    };
    const schema = this.behaviours[kindOf(to)]?.Message ?? others[kindOf(to)];
    const isExact = Schema.is(schema as Schema.Schema<Message>, { onExcessProperty: "error" });
    expect(isExact(message), `${from} sends ${JSON.stringify(message, asText)}`).toBe(true);
    this.tell(to, from, message);
  }

  private runModel(at: Address, key: string, request: RunModel | AbortRun): void {
    const outcome = (of: string, result: object, delayUs: number) => {
      const message = { type: "PortOutcome", port: "runner", key: of, outcome: result };
      const due = { atUs: this.now + delayUs, order: this.order++ };
      this.queue.push({ ...due, to: at, from: portAddress("runner"), message, call: of });
    };
    if (request.type === "RunModel") {
      this.calls.set(`${at} ${key}`, request);
      const left = request.mflop - request.doneMflop;
      const digest = `digest of ${request.task}`;
      const value = { digest, doneMflop: request.mflop, payload: "", fetchUs: 0 };
      outcome(key, { ok: true, value }, Math.ceil((left * SECOND) / this.speed));
      return;
    }
    const run = this.calls.get(`${at} ${request.run}`);
    this.calls.set(`${at} ${key}`, request as never);
    const doneMflop = run?.doneMflop ?? 0;
    outcome(request.run, { ok: false, reason: "aborted", retryable: true }, 0);
    outcome(
      key,
      { ok: true, value: { digest: "", doneMflop: doneMflop + 1, payload: "", fetchUs: 0 } },
      MILLISECOND,
    );
  }

  /** The actors that this test does not take part in. */
  private speakFor(to: Address, from: Address, message: Message): void {
    const standing = {
      balance: nanoVcu(10n),
      earned: nanoVcu(10n),
      spent: nanoVcu(0n),
      rate: nanoVcu(1n),
    };
    if (message.type === "Reserve")
      this.tell(from, to, { type: "Reserved", standing, onDebt: false } as Message);
    if (message.type === "CloseJob") {
      const closed = { type: "JobClosed", spent: nanoVcu(1n), refunded: nanoVcu(0n) };
      this.tell(from, to, closed);
    }
    if (message.type === "Weigh") {
      const { task } = message as unknown as { task: string };
      this.tell(from, to, { type: "Weighed", task, more: 0 } as Message);
    }
    if (message.type === "Judge") {
      const { task, results } = message as unknown as { task: string; results: [Message] };
      const { digest } = results[0] as unknown as { digest: string };
      const agreed = results.map((result) => (result as unknown as { attempt: string }).attempt);
      const rest = { digest, executions: 0, agreed, wrong: [] };
      this.tell(from, to, { type: "Verdict", task, verdict: "accepted", ...rest } as Message);
    }
  }
}

const noCommons: EdgeInput["commons"] = { mode: "off", taskMflop: 1_000, tasksPerJob: 2 };

function networkOf(nodes: number, rest: Partial<EdgeInput> = {}): Network {
  const network = new Network();
  network.start(edge, {
    edge,
    ledger,
    verifier,
    limits: tiny,
    executions: 2,
    commons: noCommons,
    gate: "credit",
    ...rest,
  } satisfies EdgeInput);
  for (let n = 0; n < nodes; n++) {
    network.start(address("node", `n${n}`), {
      owner: address("contributor", `c${n}`),
      edges: [edge],
      slots: 2,
      slotMflops: 1_000,
      probation: false,
      starts: true,
      network: "",
    });
  }
  network.run(SECOND);
  return network;
}

const alice = address("contributor", "alice");
const node = (n: number) => address("node", `n${n}`);

function submit(network: Network, tasks: ReadonlyArray<number>): void {
  const job = {
    type: "SubmitJob",
    demand: 7,
    tasks,
    inputBytes: 10,
    outputBytes: 10,
    memoryMib: 1,
    contents: null,
  };
  network.tell(edge, alice, job);
}

function expectQuiet(network: Network): void {
  const { attempts, jobs, aside, schedule } = network.edge;
  expect(attempts.size).toBe(0);
  expect(jobs.size).toBe(0);
  expect(aside.works.size).toBe(0);
  expect(credit.size(schedule as never)).toBe(0);
  expect(network.unhandled).toEqual([]);
}

describe("Network of one edge", () => {
  test("nodes join and a job is run twice per task and settled", () => {
    const network = networkOf(4);
    submit(network, [1_000, 2_000, 3_000]);
    network.run(MINUTE);
    expect(network.answers(alice)).toEqual([
      {
        type: "JobSettled",
        demand: 7,
        job: expect.stringMatching(/^job\/e\.[0-9a-f]{16}$/),
        spent: 1n,
        refunded: 0n,
      },
    ]);
    const settled = network.answers(ledger).filter(({ type }) => type === "Settle");
    expect(settled).toHaveLength(3);
    for (const settle of settled as unknown as ReadonlyArray<{ payees: ReadonlyArray<string> }>) {
      expect(new Set(settle.payees).size).toBe(2);
    }
    expectQuiet(network);
  });

  test("a node that vanishes loses its leases; the job asks again and settles", () => {
    const network = networkOf(3);
    submit(network, [100_000]);
    network.run(20 * SECOND);
    const busy = [0, 1, 2].filter((n) => network.states.get(node(n))?.at === "working");
    expect(busy).toHaveLength(2);
    network.vanish(node(busy[0]!));
    network.run(2 * HOUR);
    expect(network.answers(alice)).toMatchObject([{ type: "JobSettled" }]);
    network.comeBack(node(busy[0]!));
    network.run(3 * HOUR);
    expect(network.states.get(node(busy[0]!))?.at).toBe("idle");
    expectQuiet(network);
  });

  test("too few owners: the second copy waits until another owner comes", () => {
    const network = networkOf(1);
    submit(network, [1_000, 1_000]);
    network.run(HOUR);
    expect(network.answers(alice)).toEqual([]);
    expect(network.edge.aside.works.size).toBe(2);
    const owner = address("contributor", "late");
    const input = {
      owner,
      edges: [edge],
      slots: 1,
      slotMflops: 500,
      probation: false,
      network: "",
    };
    network.start(address("node", "late"), { ...input, starts: true });
    network.run(2 * HOUR);
    expect(network.answers(alice)).toMatchObject([{ type: "JobSettled" }]);
    expectQuiet(network);
  });

  test("the owner comes back in the middle of a run: it goes on where it was", () => {
    const network = networkOf(1, { executions: 1 });
    submit(network, [60_000]);
    network.run(10 * SECOND);
    network.tell(node(0), host, { type: "OwnerBusy" });
    network.run(20 * SECOND);
    expect(network.states.get(node(0))?.at).toBe("paused");
    network.tell(node(0), host, { type: "OwnerIdle" });
    network.run(3 * MINUTE);
    expect(network.answers(alice)).toMatchObject([{ type: "JobSettled" }]);
    expectQuiet(network);
  });

  test("a machine that stops gives its attempt back at once", () => {
    const network = networkOf(2, { executions: 1 });
    submit(network, [60_000]);
    network.run(10 * SECOND);
    const busy = network.states.get(node(0))?.at === "working" ? 0 : 1;
    network.tell(node(busy), host, { type: "HostStopping" });
    network.run(11 * SECOND);
    expect(network.states.get(node(busy))?.at).toBe("offline");
    expect(network.states.get(node(1 - busy))?.at).toBe("working");
    network.run(2 * MINUTE);
    expect(network.answers(alice)).toMatchObject([{ type: "JobSettled" }]);
    expectQuiet(network);
  });

  test("an open gate without verifier: nobody is asked, the first result settles", () => {
    const network = networkOf(2, { gate: "open", verifier: null });
    submit(network, [1_000]);
    network.run(MINUTE);
    expect(network.answers(alice)).toMatchObject([{ type: "JobSettled", spent: 0n }]);
    expect(network.answers(ledger)).toEqual([]);
    expectQuiet(network);
  });

  test("commons work keeps idle nodes busy, one job at a time, and yields to paid work", () => {
    const commons = { mode: "idle", taskMflop: 5_000, tasksPerJob: 2 } as const;
    const network = networkOf(2, { commons, executions: 1 });
    network.run(MINUTE);
    const reserved = network.answers(ledger).filter(({ type }) => type === "Reserve");
    expect(reserved.length).toBeGreaterThan(10);
    submit(network, [1_000]);
    network.run(2 * MINUTE);
    expect(network.answers(alice)).toMatchObject([{ type: "JobSettled" }]);
    expect(network.unhandled).toEqual([]);
    expect(network.edge.jobs.size).toBeLessThan(8);
  });
});
