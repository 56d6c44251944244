/**
 * The port "rounds": opens and closes the rounds of a training run. Parameters, updates and states
 * are blobs; messages only name them. All that it writes follows from what it is asked, so a call
 * that comes again after a crash gives the same blobs.
 */
import type { Address } from "../../kernel/address.ts";
import { canaryKeeps, canaryMicros } from "../../kernel/canary.ts";
import { type PortCall, portCall } from "../../kernel/command.ts";
import { hashText } from "../../kernel/entropy.ts";
import { outerStep } from "../../kernel/outer-step.ts";
import type {
  AnyAggregationPolicy,
  Vector,
  WorkerUpdate,
} from "../../kernel/policies/aggregation.ts";
import { RUNNER, type RunModel, type RunnerOutcome } from "../../kernel/ports/model-runner.ts";
import {
  type CloseRound,
  type OpenRound,
  ROUNDS,
  type RoundsOutcome,
  type RoundsRequest,
} from "../../kernel/ports/rounds.ts";
import { type BlobId, type Blobs, blobId } from "../../live/blobs.ts";
import type { LivePort } from "../../live/live-port.ts";
import { contentOfBlob } from "../../live/work.ts";
import { type Manifest, writeManifest } from "./manifest.ts";
import { readResult } from "./result.ts";
import { type Tensor, tensor } from "./tensor.ts";
import { readTensors, TensorFileError, type Tensors, writeTensors } from "./tensor-file.ts";
import { readJson, TrainingPlan, TrainingState, writeJson } from "./training-plan.ts";
import { readUpdate } from "./update.ts";

export interface TrainerParts {
  readonly blobs: Blobs;
  /** Tries updates in slots, as all models run there: the port "runner" of the machine beside. */
  readonly runner: LivePort;
  readonly aggregation: AnyAggregationPolicy;
  readonly aggregationParams: unknown;
  /** Told what went wrong where the outcome can only say "unreachable". */
  readonly note?: (why: string) => void;
}

type Tell = (outcome: RoundsOutcome) => void;

/** Trying one update takes at most so long. */
const TRIAL_US = 240_000_000;
/** A trial is not paid, so its size only bounds its time. */
const TRIAL_MFLOP = 1_000_000;

export class OnnxTrainer implements LivePort {
  private readonly parts: TrainerParts;
  private readonly underWay = new Map<string, Tell[]>();
  private closed = false;

  constructor(parts: TrainerParts) {
    this.parts = parts;
  }

  call(caller: Address, { key, request, deadlineUs }: PortCall, tell: Tell): void {
    const name = `${caller} ${key}`;
    const joined = this.underWay.get(name);
    if (joined !== undefined) {
      joined.push(tell);
      return;
    }
    this.underWay.set(name, [tell]);
    const end = (outcome: RoundsOutcome["outcome"]) => {
      const tells = this.underWay.get(name) ?? [];
      this.underWay.delete(name);
      clearTimeout(late);
      if (this.closed) return;
      for (const each of tells) each({ type: "PortOutcome", port: ROUNDS, key, outcome });
    };
    const failed = (why: string) => {
      this.parts.note?.(why);
      end({ ok: false, reason: "unreachable", retryable: true });
    };
    const late = setTimeout(() => failed(`${key} took too long`), deadlineUs / 1_000);
    this.answer(caller, key, request as RoundsRequest)
      .then((value) => end({ ok: true, value }))
      .catch((error: unknown) => failed(error instanceof Error ? error.message : String(error)));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  private async answer(caller: Address, key: string, request: RoundsRequest) {
    switch (request.type) {
      case "OpenRound":
        return { contents: await this.open(request) };
      case "CloseRound":
        return this.closeRound({ caller, key }, request);
    }
  }

  /** What each worker computes: rows of its own, from the parameters of the round. */
  private async open({ run, round, plan: planId, state: stateId, workers }: OpenRound) {
    const plan = readJson(TrainingPlan, await this.blob(planId));
    const theta = stateId === "" ? plan.theta : (await this.state(stateId)).theta;
    const contents: string[] = [];
    for (let worker = 0; worker < workers; worker++) {
      const manifest: Manifest = {
        kind: "train",
        version: 1,
        model: plan.model,
        dims: plan.dims,
        data: { blob: plan.data, ...shareOf(plan.training, worker, workers) },
        whole: [theta, ...plan.whole],
        batch: plan.batch,
        tolerance: plan.tolerance,
        steps: plan.steps,
        // another order of rows in each round, and for each worker
        seed: hashText(`${plan.seed}/${round}/${worker}`),
        update: run,
      };
      contents.push(contentOfBlob(await this.parts.blobs.put(writeManifest(manifest))));
    }
    return contents;
  }

  private async closeRound(
    of: { readonly caller: Address; readonly key: string },
    request: CloseRound,
  ) {
    const plan = readJson(TrainingPlan, await this.blob(request.plan));
    const before = await this.vectors(plan, request.state);
    const all = await this.updates(plan, request);
    const kept = request.canary ? await this.throughCanary(of, { plan, before, all }) : all;
    if (kept.length === 0) return { state: request.state, used: 0 };
    const { aggregation, aggregationParams } = this.parts;
    const { update } = aggregation.aggregate(aggregationParams, before.previous, kept);
    const { theta, velocity } = outerStep(before, update, kept.length);
    const after: TrainingState = {
      version: 1,
      round: request.round,
      theta: await this.put("theta", theta),
      velocity: await this.put("velocity", velocity),
      previous: await this.put("previous", update),
    };
    const state = await this.parts.blobs.put(writeJson(TrainingState, after));
    return { state, used: kept.length };
  }

  /** Updates that can be read and are of the model's size. */
  private async updates(plan: TrainingPlan, request: CloseRound): Promise<WorkerUpdate[]> {
    const found: WorkerUpdate[] = [];
    for (const { id, cluster, weight, blob } of request.updates) {
      const update = readUpdate(await this.tensorsOrNone(blob), plan.parameters);
      if (update !== undefined && weight > 0) found.push({ id, cluster, weight, update });
    }
    return found;
  }

  private async throughCanary(
    of: { readonly caller: Address; readonly key: string },
    round: {
      readonly plan: TrainingPlan;
      readonly before: { readonly theta: Vector };
      readonly all: ReadonlyArray<WorkerUpdate>;
    },
  ): Promise<ReadonlyArray<WorkerUpdate>> {
    const { plan, before, all } = round;
    const losses = await Promise.all(
      all.map(async ({ update, id }) => {
        const moved = before.theta.map((x, k) => x - (update[k] as number));
        return this.lossOf(plan, moved, { caller: of.caller, key: `${of.key}/${id}` });
      }),
    );
    return all.filter((_, i) => canaryKeeps(losses, i));
  }

  /** Held-out loss, millionths of a nat; the largest there is where it is no number. */
  private async lossOf(
    plan: TrainingPlan,
    theta: Vector,
    { caller, key }: { readonly caller: Address; readonly key: string },
  ): Promise<number> {
    if (plan.evaluate === null || plan.heldOut === null) return 0;
    const manifest: Manifest = {
      kind: "evaluate",
      version: 1,
      model: plan.evaluate,
      dims: plan.dims,
      data: { blob: plan.data, ...plan.heldOut },
      whole: [await this.put("theta", theta), ...plan.whole],
      batch: plan.batch,
      tolerance: "fine",
    };
    const content = contentOfBlob(await this.parts.blobs.put(writeManifest(manifest)));
    const digest = await this.run(caller, key, content);
    const result = readResult(await this.blob(digest));
    const loss = result.ok ? Number(result.tensors.loss?.data[0]) : Number.NaN;
    return Number.isFinite(loss) ? canaryMicros(loss) : Number.MAX_SAFE_INTEGER;
  }

  private run(caller: Address, key: string, content: string): Promise<string> {
    const request: RunModel = {
      type: "RunModel",
      task: key,
      content,
      mflop: TRIAL_MFLOP,
      doneMflop: 0,
      inputBytes: 0,
      outputBytes: 0,
    };
    return new Promise((resolve, reject) => {
      this.parts.runner.call(caller, portCall(RUNNER, key, request, TRIAL_US), (told) => {
        const { outcome } = told as RunnerOutcome;
        if (outcome.ok) resolve(outcome.value.digest);
        else reject(new Error(`a trial of an update ended by ${outcome.reason}`));
      });
    });
  }

  private async vectors(plan: TrainingPlan, stateId: string) {
    if (stateId === "") {
      const theta = vectorOf(await this.tensors(plan.theta), "theta");
      const zeros = new Float64Array(theta.length);
      return { theta, velocity: zeros, previous: zeros };
    }
    const { theta, velocity, previous } = await this.state(stateId);
    return {
      theta: vectorOf(await this.tensors(theta), "theta"),
      velocity: vectorOf(await this.tensors(velocity), "velocity"),
      previous: vectorOf(await this.tensors(previous), "previous"),
    };
  }

  private async state(id: string): Promise<TrainingState> {
    return readJson(TrainingState, await this.blob(id));
  }

  private async tensors(id: string): Promise<Tensors> {
    return readTensors(await this.blob(id));
  }

  /** What a worker named may be anything: a refusal, a picture, nothing at all. */
  private async tensorsOrNone(id: string): Promise<Tensors> {
    const named = blobId(id);
    const bytes = named === undefined ? undefined : await this.parts.blobs.get(named);
    if (bytes === undefined) return {};
    try {
      return readTensors(bytes);
    } catch (error) {
      if (error instanceof TensorFileError) return {};
      throw error;
    }
  }

  private async blob(id: string): Promise<Uint8Array> {
    const named = blobId(id);
    const bytes = named === undefined ? undefined : await this.parts.blobs.get(named);
    if (bytes === undefined) throw new Error(`the blob ${id} is nowhere to be found`);
    return bytes;
  }

  private put(name: string, vector: Vector): Promise<BlobId> {
    // workers compute with these numbers, so they are kept as they travel
    return this.parts.blobs.put(
      writeTensors({ [name]: tensor("float32", [vector.length], vector) }),
    );
  }
}

function vectorOf(tensors: Tensors, name: string): Vector {
  const of: Tensor | undefined = tensors[name];
  if (of === undefined) throw new Error(`there is no ${name} among the run's tensors`);
  return Float64Array.from(of.data as ArrayLike<number>, Number);
}

/** Rows side by side, as equal as may be; more workers than rows share them. */
function shareOf(
  { from, rows }: { readonly from: number; readonly rows: number },
  worker: number,
  workers: number,
) {
  const start = Math.floor((rows * worker) / workers);
  const end = Math.max(start + 1, Math.floor((rows * (worker + 1)) / workers));
  return {
    from: from + Math.min(start, rows - 1),
    rows: Math.min(end, rows) - Math.min(start, rows - 1),
  };
}
