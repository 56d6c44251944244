/**
 * The trainer as the simulator models it: it keeps what a run published, computes with the small
 * model what each worker's machine would, lets bad machines send what their attack says, and tries
 * updates on held-out data. Updates leave it as they travel, quantised and as text.
 */
import { writePayload } from "../../actors/training/payload.ts";
import { canaryMicros } from "../../kernel/canary.ts";
import type { PortCall } from "../../kernel/command.ts";
import { Stream } from "../../kernel/entropy.ts";
import type { Vector } from "../../kernel/policies/aggregation.ts";
import type { RunModel } from "../../kernel/ports/model-runner.ts";
import { TRAINER, type TrainerOutcome, type TrainerRequest } from "../../kernel/ports/trainer.ts";
import {
  quantise,
  readQuantised,
  restore,
  withFeedback,
  writeQuantised,
} from "../../kernel/quantise.ts";
import type { Hosted } from "../core/hosted.ts";
import type { SimPort, Simulator } from "../core/simulator.ts";
import { type Attack, attackUpdate } from "./attacks.ts";
import type { TrainingConfig } from "./config.ts";
import { badIn } from "./harness.ts";
import { Learner } from "./learner.ts";

/** A publication or a trial beside the edge takes about this long. */
const ANSWER_US = 50_000;
/** A worker that does less than this share of its steps has no part, so it does not stop before. */
const LEAST_STEPS = 0.25;
/** By how much a straggler overstays its box. */
const OVERSTAY = 3;

interface Round {
  readonly theta: Float64Array;
  /** What each worker would send if it were honest, as far as it was computed. */
  readonly honest: Map<number, Float64Array>;
}

export interface TrainerParts {
  readonly sim: Simulator;
  readonly config: TrainingConfig;
  readonly stepMflop: number;
  readonly seed: number;
  readonly machines: number;
}

export class SimTrainer implements SimPort {
  readonly learner: Learner;
  /** Work that machines began for the run, MFLOP, whether or not its update counted. */
  begunMflop = 0;
  private readonly parts: TrainerParts;
  private readonly rounds = new Map<number, Round>();
  private readonly residuals = new Map<Hosted, Vector>();
  private readonly stream: Stream;

  constructor(parts: TrainerParts) {
    this.parts = parts;
    this.learner = new Learner(parts.seed, parts.config.workers);
    this.stream = new Stream(parts.seed, "trainer/attack");
  }

  call(actor: Hosted, call: PortCall): void {
    const { sim } = this.parts;
    const losses = this.answer(call.request as TrainerRequest);
    sim.scheduleFor(actor, sim.nowUs + ANSWER_US, () => {
      const outcome = { ok: true, value: { losses } } as const;
      const message: TrainerOutcome = {
        type: "PortOutcome",
        port: TRAINER,
        key: call.key,
        outcome,
      };
      sim.outcome(actor, TRAINER, call.key, message);
    });
  }

  /** What it keeps is kept in more than one place. */
  lost(): void {}

  private answer(request: TrainerRequest): ReadonlyArray<number> {
    const { round } = request;
    if (request.type === "PublishRound") {
      const theta = Float64Array.from(request.theta);
      this.rounds.set(round, { theta, honest: new Map() });
      this.rounds.delete(round - 3);
      return [];
    }
    const theta = this.rounds.get(round)?.theta ?? this.learner.first;
    return request.updates.map((text) => {
      const read = readQuantised(text, theta.length);
      const moved = read === undefined ? theta : minus(theta, restore(read));
      return canaryMicros(this.learner.heldOutLoss(moved));
    });
  }

  isBad(actor: Hosted): boolean {
    const { config, machines } = this.parts;
    return badIn(actor.host, Math.round(config.badShare * machines), machines);
  }

  /** Work of a run that is part of the training, MFLOP; undefined for all other runs. */
  planned(actor: Hosted, request: RunModel, speed: number): number | undefined {
    if (placeOf(request.content) === undefined) return undefined;
    const { config, stepMflop } = this.parts;
    const steps = this.stepsOf(speed);
    const overstays = config.attack === "stragglers" && this.isBad(actor);
    const mflop = overstays ? Math.ceil(OVERSTAY * speed * config.box) : steps * stepMflop;
    this.begunMflop += Math.max(0, mflop - request.doneMflop);
    return mflop;
  }

  /** Steps that fit the box at `speed` MFLOP per microsecond. */
  private stepsOf(speed: number): number {
    const { config, stepMflop } = this.parts;
    const fit = Math.floor((speed * config.box) / stepMflop);
    return Math.max(Math.ceil(LEAST_STEPS * config.steps), Math.min(config.steps, fit));
  }

  /** What the machine sends for a run of the training; empty for all other runs. */
  payloadOf(actor: Hosted, request: RunModel, speed: number): string {
    const place = placeOf(request.content);
    const round = place === undefined ? undefined : this.rounds.get(place.round);
    if (place === undefined || round === undefined) return "";
    const steps = this.stepsOf(speed);
    const work = { ...place, theta: round.theta, steps };
    const own = this.learner.update(work);
    const { attack } = this.parts.config;
    if (attack !== "none" && attack !== "stragglers" && this.isBad(actor)) {
      const bad = this.attacked(attack, { ...work, own });
      // a liar claims every step
      return writePayload(this.parts.config.steps, writeQuantised(quantise(bad)));
    }
    const residual = this.residuals.get(actor) ?? own.map(() => 0);
    const fed = withFeedback(own, residual);
    this.residuals.set(actor, fed.residual);
    return writePayload(steps, writeQuantised(fed.sent));
  }

  private attacked(
    attack: Attack,
    work: {
      readonly theta: Float64Array;
      readonly round: number;
      readonly worker: number;
      readonly steps: number;
      readonly own: Float64Array;
    },
  ): Vector {
    const before = this.rounds.get(work.round - 1)?.theta ?? work.theta;
    return attackUpdate(attack, {
      own: work.own,
      poisoned: () => this.learner.backdoorUpdate(work),
      honest: () => this.honestOf(work.round, work.theta),
      previous: minus(before, work.theta),
      stream: this.stream,
    });
  }

  /** An attacker that knows everything computes what honest workers of the round do. */
  private honestOf(round: number, theta: Float64Array): ReadonlyArray<Float64Array> {
    const { workers, steps } = this.parts.config;
    const known = this.rounds.get(round)?.honest ?? new Map<number, Float64Array>();
    return Array.from({ length: workers }, (_, worker) => {
      const update = known.get(worker) ?? this.learner.update({ theta, round, worker, steps });
      known.set(worker, update);
      return update;
    });
  }
}

function minus(a: Vector, b: Vector): Float64Array {
  return Float64Array.from(a, (x, k) => x - (b[k] as number));
}

/** Round and worker of a content `train:<run>:<round>:<worker>`. */
function placeOf(content: string): { readonly round: number; readonly worker: number } | undefined {
  if (!content.startsWith("train:")) return undefined;
  const [, , round, worker] = content.split(":");
  return { round: Number(round), worker: Number(worker) };
}
