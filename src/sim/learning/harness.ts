/**
 * Training rounds without a network: rules against attacks, many seeds in a minute. What the actor
 * does with messages is done here with calls of the same functions.
 */
import { canaryKeeps, canaryMicros } from "../../kernel/canary.ts";
import { Stream } from "../../kernel/entropy.ts";
import { type OuterState, outerStep } from "../../kernel/outer-step.ts";
import type {
  AnyAggregationPolicy,
  Vector,
  WorkerUpdate,
} from "../../kernel/policies/aggregation.ts";
import { quantise, restore, withFeedback } from "../../kernel/quantise.ts";
import { type Attack, attackUpdate } from "./attacks.ts";
import type { Learner } from "./learner.ts";

export interface Trial {
  readonly rule: AnyAggregationPolicy;
  readonly params: unknown;
  readonly attack: Attack;
  /** Workers that attack, of `workers`. */
  readonly bad: number;
  readonly workers: number;
  readonly rounds: number;
  readonly steps: number;
  readonly canary: boolean;
  readonly seed: number;
}

export interface TrialResult {
  readonly accuracy: number;
  readonly backdoor: number;
}

/** A late update counts half. */
const LATE = 0.5;

export function runTrial(learner: Learner, trial: Trial): TrialResult {
  const { rule, params, rounds } = trial;
  const workers = new Workers(learner, trial);
  let state: OuterState = { theta: learner.first, velocity: learner.first.map(() => 0) };
  let previous: Vector = learner.first.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    const updates = workers.round(round, state.theta, previous);
    const kept = trial.canary ? throughCanary(learner, state.theta, updates) : updates;
    const { update } = rule.aggregate(params, previous, kept);
    previous = update;
    state = outerStep(state, update, kept.length);
  }
  const theta = Float64Array.from(state.theta);
  return { accuracy: learner.accuracy(theta), backdoor: learner.backdoorRate(theta) };
}

function throughCanary(learner: Learner, theta: Vector, updates: ReadonlyArray<WorkerUpdate>) {
  const losses = updates.map(({ update }) => {
    const moved = Float64Array.from(theta, (x, k) => x - (update[k] as number));
    return canaryMicros(learner.heldOutLoss(moved));
  });
  return updates.filter((_, i) => canaryKeeps(losses, i));
}

/** Bad workers are spread over the classes, so that no class loses all who know it. */
export function badIn(worker: number, bad: number, workers: number): boolean {
  return Math.floor(((worker + 1) * bad) / workers) > Math.floor((worker * bad) / workers);
}

/** All workers of a trial, with what they keep from round to round. */
class Workers {
  private readonly learner: Learner;
  private readonly trial: Trial;
  private readonly stream: Stream;
  private readonly residuals: Vector[];
  private late: ReadonlyArray<WorkerUpdate> = [];

  constructor(learner: Learner, trial: Trial) {
    this.learner = learner;
    this.trial = trial;
    this.stream = new Stream(trial.seed, "harness/attack");
    this.residuals = Array.from({ length: trial.workers }, () => learner.first.map(() => 0));
  }

  /** Updates that are there when the round ends, late ones of the round before among them. */
  round(round: number, parameters: Vector, previous: Vector): ReadonlyArray<WorkerUpdate> {
    const { bad, workers, steps, attack } = this.trial;
    const theta = Float64Array.from(parameters);
    const own = this.residuals.map((_, worker) =>
      this.learner.update({ theta, round, worker, steps }),
    );
    const honest = own.filter((_, worker) => !badIn(worker, bad, workers));
    const slow: WorkerUpdate[] = [];
    const inTime: WorkerUpdate[] = [];
    for (const [worker, update] of own.entries()) {
      const id = `${round}.${String(worker).padStart(3, "0")}`;
      const isBad = attack !== "none" && badIn(worker, bad, workers);
      const poisoned = () => this.learner.backdoorUpdate({ theta, round, worker, steps });
      const known = { own: update, poisoned, honest: () => honest, stream: this.stream };
      const sent = isBad
        ? restore(
            quantise(attackUpdate(attack, { ...known, previous: Float64Array.from(previous) })),
          )
        : this.honestly(worker, update);
      const list = isBad && attack === "stragglers" ? slow : inTime;
      list.push({ id, cluster: id, weight: steps, update: sent });
    }
    const all = [...inTime, ...this.late];
    this.late = slow.map((each) => ({ ...each, weight: each.weight * LATE }));
    return all;
  }

  private honestly(worker: number, update: Vector): Vector {
    const fed = withFeedback(update, this.residuals[worker] as Vector);
    this.residuals[worker] = fed.residual;
    return restore(fed.sent);
  }
}
