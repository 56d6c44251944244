/**
 * A training run without a network: the actor as it is, its edge and its machines played by this
 * file, its ports real. Each worker of a round has a machine of its own with a runner in it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainingInput } from "../../src/actors/training/state.ts";
import { makeTraining } from "../../src/actors/training/training.ts";
import { OnnxRunner } from "../../src/adapters/onnx/runner.ts";
import { OnnxTrainer } from "../../src/adapters/onnx/trainer.ts";
import { ProcessSlots } from "../../src/adapters/system/slots.ts";
import { type Address, address } from "../../src/kernel/address.ts";
import type { Command } from "../../src/kernel/command.ts";
import { portCall } from "../../src/kernel/command.ts";
import { micros } from "../../src/kernel/duration.ts";
import type { Seed } from "../../src/kernel/entropy.ts";
import { production } from "../../src/kernel/limits.ts";
import type { Message, MessageId } from "../../src/kernel/message.ts";
import { RUNNER, type RunnerOutcome } from "../../src/kernel/ports/model-runner.ts";
import type { Blobs } from "../../src/live/blobs.ts";
import type { TrainingWork } from "../../src/live/work.ts";
import { centeredClipping } from "../../src/policies/aggregation/centered-clipping.ts";

const edge = address("edge", "e0");
const own = address("training", "e0.digits");
const trainerPort = address("port", "rounds");

interface Wish extends Message {
  readonly attempt: string;
  readonly task: string;
  readonly content: string;
  readonly mflop: number;
  readonly token: number;
}

export interface RunOptions {
  readonly blobs: Blobs;
  readonly work: TrainingWork;
  /** Machines at work at once; more than cores is only slower. */
  readonly slotsAtOnce: number;
  /** Attempts that are lost instead of run, by their count. */
  readonly isLost?: (n: number) => boolean;
  /** What a machine reports instead of what it computed. */
  readonly forged?: (worker: number, payload: string) => string;
}

export interface Ended {
  readonly at: string;
  readonly state: string;
  readonly moved: number;
  readonly used: number;
  readonly dropped: number;
}

export async function runTraining(options: RunOptions): Promise<Ended> {
  const { blobs, work } = options;
  const folder = mkdtempSync(join(tmpdir(), "pingo-training-"));
  const slots = new ProcessSlots({ execArgv: ["--import", "tsx"], priority: "normal" });
  const limits = () => ({ cpuShare: 1, memoryMib: 1_024 });
  const machine = (name: string) =>
    new OnnxRunner({ blobs, slots, folder: join(folder, name), cacheBytes: 2 ** 28, limits });
  const machines = Array.from({ length: work.workers }, (_, n) => machine(`m${n}`));
  const beside = machine("beside");
  const trainer = new OnnxTrainer({
    blobs,
    runner: beside,
    aggregation: centeredClipping,
    aggregationParams: { iterations: 3, alike: 0.5 },
  });
  try {
    return await new Stage(options, { machines, trainer }).play();
  } finally {
    await trainer.close();
    await beside.close();
    for (const each of machines) await each.close();
    await slots.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plays everybody else and steps the actor, one delivery at a time. */
class Stage {
  private readonly options: RunOptions;
  private readonly machines: ReadonlyArray<OnnxRunner>;
  private readonly trainer: OnnxTrainer;
  private readonly training = makeTraining({
    aggregation: centeredClipping,
    aggregationParams: { iterations: 3, alike: 0.5 },
  });
  private readonly inbox: Array<{ readonly from: Address; readonly message: Message }> = [];
  private readonly waiting: Wish[] = [];
  private busy = 0;
  private count = 0;
  private wake: () => void = () => undefined;

  constructor(
    options: RunOptions,
    of: { readonly machines: ReadonlyArray<OnnxRunner>; readonly trainer: OnnxTrainer },
  ) {
    this.options = options;
    this.machines = of.machines;
    this.trainer = of.trainer;
  }

  async play(): Promise<Ended> {
    const { plan, parameters, ...work } = this.options.work;
    const input: TrainingInput = {
      training: own,
      edge,
      ledger: null,
      requester: address("contributor", "commons"),
      demand: null,
      ...work,
      theta: [],
      reference: { plan, parameters },
      limits: production,
    };
    let step = this.training.init(input);
    this.perform(step.commands);
    this.hear(own, { type: "xstate.after.admissionTerm.training.opening" });
    let atUs = 0;
    while (step.state.at !== "done" && step.state.at !== "failed") {
      const next = this.inbox.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      const id = `x#${(atUs += 1_000)}` as MessageId;
      const of = { id, atUs: micros(atUs), entropy: (atUs * 7) as Seed };
      step = this.training.step(step.state, { ...of, ...next, type: next.message.type } as never);
      this.perform(step.commands);
    }
    const { state, moved, used, dropped } = step.state.context;
    return { at: step.state.at, state, moved, used, dropped };
  }

  private perform(commands: ReadonlyArray<Command>): void {
    for (const command of commands) {
      if (command.command === "PortCall") {
        this.trainer.call(own, command, (told) => this.hear(trainerPort, told));
      } else if (command.command === "Send" && command.message.type === "PlaceTask") {
        this.waiting.push(command.message as Wish);
      }
    }
    this.place();
  }

  /** Hands wishes to machines as long as there are hands. */
  private place(): void {
    while (this.busy < this.options.slotsAtOnce) {
      const wish = this.waiting.shift();
      if (wish === undefined) return;
      const n = this.count++;
      if (this.options.isLost?.(n) === true) {
        const { task, attempt } = wish;
        this.hear(edge, { type: "AttemptLost", task, attempt, reason: "expired" } as Message);
        continue;
      }
      this.busy++;
      this.run(wish, n % this.machines.length);
    }
  }

  private run({ attempt, task, content, mflop, token }: Wish, worker: number): void {
    const request = { type: "RunModel", task, content, mflop, doneMflop: 0 };
    const call = portCall(
      RUNNER,
      attempt,
      { ...request, inputBytes: 0, outputBytes: 0 } as never,
      6e8,
    );
    this.machines[worker]?.call(
      address("node", `n${worker}`),
      call,
      ({ outcome }: RunnerOutcome) => {
        this.busy--;
        const owner = address("contributor", `c${worker}`);
        const value = outcome.ok ? outcome.value : { digest: "", payload: "" };
        const payload = this.options.forged?.(worker, value.payload) ?? value.payload;
        const word = { type: "ResultReported", task, attempt, token, owner, digest: value.digest };
        this.hear(address("node", `n${worker}`), { ...word, payload } as Message);
        this.place();
      },
    );
  }

  private hear(from: Address, message: Message): void {
    this.inbox.push({ from, message });
    this.wake();
  }
}
