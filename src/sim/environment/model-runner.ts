/**
 * The model runner as the simulator models it: time to fetch the input, to compute on one slot at
 * the machine's speed, to keep a checkpoint when it is aborted; results are digests that tell
 * right from wrong. A machine that dies loses its runs without an outcome.
 */
import type { PortCall } from "../../kernel/command.ts";
import { hashText, Stream } from "../../kernel/entropy.ts";
import { wordInHex } from "../../kernel/hex.ts";
import {
  RUNNER,
  type RunModel,
  type RunnerOutcome,
  type RunnerRequest,
} from "../../kernel/ports/model-runner.ts";
import type { Hosted } from "../core/hosted.ts";
import type { SimPort, Simulator } from "../core/simulator.ts";
import { Integral } from "../metrics/integral.ts";
import { RunCosts } from "../metrics/run-costs.ts";
import type { SharedCpu } from "./shared-cpu.ts";

/** Killing a child process takes about this long. */
const ABORT_US = 10_000;

interface Run {
  readonly key: string;
  readonly request: RunModel;
  /** Compute begins when the input is there. */
  readonly computeFromUs: number;
  /** How long the input took. */
  readonly fetchUs: number;
  /** MFLOP per microsecond. */
  readonly speed: number;
  /** Undefined: a slot of its own. */
  readonly cpu: SharedCpu | undefined;
  live: boolean;
}

/** What machines compute for a training run; all other runs are digests only. */
export interface TrainingArm {
  /** Work of the run, MFLOP, at `speed` MFLOP per microsecond; undefined for other runs. */
  readonly planned: (actor: Hosted, request: RunModel, speed: number) => number | undefined;
  /** What the run brings; empty for other runs. */
  readonly payloadOf: (actor: Hosted, request: RunModel, speed: number) => string;
}

/** Microseconds that a run took to compute and to send its result. */
interface Times {
  readonly compute: number;
  readonly send: number;
}

/** What is true of a machine's work, beside its actor. */
export interface MachineWork {
  /** Speed of one slot, MFLOP per second. */
  readonly slotMflops: (actor: Hosted) => number;
  /** Microseconds to bring `bytes` from the data's place to the machine. */
  readonly fetchUs: (actor: Hosted, bytes: number) => number;
  readonly sendUs: (actor: Hosted, bytes: number) => number;
  /** The processor that several nodes share, of those few that do. */
  readonly cpuOf?: (actor: Hosted) => SharedCpu | undefined;
}

/** Digest of the right result of a content: what every honest machine computes. */
export function rightDigest(content: string): string {
  return wordInHex(hashText(content, 0x7f4a7c15));
}

/** Sees runs begin and end. `attempt` is the attempt's id. */
export interface RunObserver {
  readonly began: (actor: Hosted, attempt: string, request: RunModel) => void;
  readonly ended: (actor: Hosted, attempt: string) => void;
}

export class SimModelRunner implements SimPort {
  observer: RunObserver | undefined;
  trainer: TrainingArm | undefined;
  /** Slots at work, integrated over time. */
  readonly busy: Integral;
  readonly costs = new RunCosts();
  /** MFLOP that each node really computed, in vain or not. */
  readonly computedBy = new Map<Hosted, number>();
  executions = 0;
  wrongDigests = 0;
  private readonly sim: Simulator;
  private readonly work: MachineWork;
  private readonly seed: number;
  private readonly slow = new Map<Hosted, number>();
  private readonly wrong = new Map<
    Hosted,
    { readonly chance: number; readonly fromUs: number; readonly stream: Stream }
  >();

  constructor(sim: Simulator, work: MachineWork, seed: number) {
    this.sim = sim;
    this.work = work;
    this.seed = seed;
    this.busy = new Integral(sim.nowUs);
  }

  /** From now on the machine takes `factor` times as long as it says; 1 ends it. */
  setSlow(actor: Hosted, factor: number): void {
    if (factor === 1) this.slow.delete(actor);
    else this.slow.set(actor, factor);
  }

  /** The machine computes wrong results with this chance from then on. */
  setWrong(actor: Hosted, chance: number, fromUs: number): void {
    const stream = new Stream(this.seed, `wrong/${actor.address}`);
    this.wrong.set(actor, { chance, fromUs, stream });
  }

  isWrong(actor: Hosted): boolean {
    return this.wrong.has(actor);
  }

  call(actor: Hosted, call: PortCall): void {
    const request = call.request as RunnerRequest;
    if (request.type === "RunModel") this.run(actor, call, request);
    else this.abort(actor, call, request.run);
  }

  lost(actor: Hosted): void {
    const runs = actor.runs as Map<string, Run> | undefined;
    if (runs === undefined) return;
    for (const run of runs.values()) {
      if (run.live) this.broke(actor, run);
      this.finish(actor, run);
    }
    actor.runs = undefined;
  }

  private run(actor: Hosted, call: PortCall, asked: RunModel): void {
    const runs = (actor.runs ??= new Map()) as Map<string, Run>;
    // A call that is issued again while its run goes on (after a pause) joins that run.
    if (runs.has(call.key)) return;
    const factor = this.slow.get(actor) ?? 1;
    const speed = this.work.slotMflops(actor) / factor / 1_000_000;
    const { nowUs } = this.sim;
    const planned = this.trainer?.planned(actor, asked, speed);
    const request = planned === undefined ? asked : { ...asked, mflop: planned };
    const fetchUs = this.work.fetchUs(actor, request.inputBytes);
    const computeFromUs = nowUs + fetchUs;
    const cpu = this.work.cpuOf?.(actor);
    const run: Run = { key: call.key, request, computeFromUs, fetchUs, speed, cpu, live: true };
    runs.set(call.key, run);
    this.observer?.began(actor, attemptOf(call.key), request);
    this.busy.add(nowUs, 1);
    this.costs.began(request, fetchUs);
    const computeUs = Math.ceil((request.mflop - request.doneMflop) / speed);
    const sendUs = this.work.sendUs(actor, request.outputBytes);
    const doneUs = computeFromUs + computeUs + sendUs;
    const lateUs = nowUs + call.deadlineUs;
    const inTime = doneUs <= lateUs;
    const times = { compute: computeUs, send: sendUs };
    if (run.cpu === undefined) {
      this.sim.scheduleFor(actor, inTime ? doneUs : lateUs, () => {
        this.end(actor, run, inTime ? times : undefined);
      });
    } else {
      this.sim.scheduleFor(actor, lateUs, () => this.end(actor, run, undefined));
      this.sim.scheduleFor(actor, computeFromUs, () => this.takeTurns(actor, run, times));
    }
  }

  /** Computes on a processor that others use as well. */
  private takeTurns(actor: Hosted, run: Run, times: Times): void {
    if (!run.live) return;
    const { mflop, doneMflop } = run.request;
    run.cpu?.join(run, mflop - doneMflop, () => {
      this.sim.scheduleFor(actor, this.sim.nowUs + times.send, () => this.end(actor, run, times));
    });
  }

  /** `times`: what a run took that came to its end; undefined when its time is over. */
  private end(actor: Hosted, run: Run, times: Times | undefined): void {
    if (!run.live) return;
    const { request } = run;
    if (times === undefined) this.broke(actor, run);
    this.finish(actor, run);
    actor.runs?.delete(run.key);
    if (times === undefined) {
      this.fail(actor, run.key, "deadline");
      return;
    }
    this.costs.finished(request, times);
    this.note(actor, request.mflop - request.doneMflop);
    this.succeed(actor, run);
  }

  private broke(actor: Hosted, run: Run): void {
    const computed = this.computed(run);
    this.costs.broke(run.request, computed);
    this.note(actor, computed - run.request.doneMflop);
  }

  private note(actor: Hosted, mflop: number): void {
    this.computedBy.set(actor, (this.computedBy.get(actor) ?? 0) + mflop);
  }

  private succeed(actor: Hosted, run: Run): void {
    this.executions++;
    const { content, mflop } = run.request;
    const payload = this.trainer?.payloadOf(actor, run.request, run.speed) ?? "";
    const wrong = this.wrong.get(actor);
    const isWrong =
      wrong !== undefined && this.sim.nowUs >= wrong.fromUs && wrong.stream.unit() < wrong.chance;
    if (isWrong) this.wrongDigests++;
    const digest = isWrong
      ? `x${rightDigest(`${content}|${actor.address}`)}`
      : rightDigest(content);
    this.tell(actor, run.key, {
      ok: true,
      value: { digest, doneMflop: mflop, payload, fetchUs: run.fetchUs },
    });
  }

  private abort(actor: Hosted, call: PortCall, key: string): void {
    const runs = actor.runs as Map<string, Run> | undefined;
    const run = runs?.get(key);
    let doneMflop = 0;
    if (run !== undefined) {
      doneMflop = this.computed(run);
      if (run.live) this.broke(actor, run);
      this.finish(actor, run);
      runs?.delete(key);
    }
    this.sim.scheduleFor(actor, this.sim.nowUs + ABORT_US, () => {
      if (run !== undefined) this.fail(actor, key, "aborted");
      this.tell(actor, call.key, {
        ok: true,
        value: { digest: "", doneMflop, payload: "", fetchUs: 0 },
      });
    });
  }

  /** MFLOP that a run has come to by now, those of earlier parts included. */
  private computed(run: Run): number {
    const { request, computeFromUs, speed, cpu } = run;
    const left = cpu?.leftOf(run);
    if (left !== undefined) return Math.floor(request.mflop - left);
    const computedUs = Math.max(0, this.sim.nowUs - computeFromUs);
    return Math.min(request.mflop, request.doneMflop + Math.floor(computedUs * speed));
  }

  private finish(actor: Hosted, run: Run): void {
    if (!run.live) return;
    run.live = false;
    run.cpu?.leave(run);
    this.observer?.ended(actor, attemptOf(run.key));
    this.busy.add(this.sim.nowUs, -1);
  }

  private fail(actor: Hosted, key: string, reason: "aborted" | "deadline"): void {
    this.tell(actor, key, { ok: false, reason, retryable: true });
  }

  private tell(actor: Hosted, key: string, outcome: RunnerOutcome["outcome"]): void {
    const message: RunnerOutcome = { type: "PortOutcome", port: RUNNER, key, outcome };
    this.sim.outcome(actor, RUNNER, key, message);
  }
}

/** Nodes name a run by its attempt, when they took it and a counter: `<attempt>/<us>/<k>`. */
function attemptOf(key: string): string {
  const slash = key.indexOf("/");
  return slash < 0 ? key : key.slice(0, slash);
}
