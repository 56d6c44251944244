/**
 * Training rounds without a network: rules against attacks, many seeds in a minute. What the actor
 * does with messages is done here with calls of the same functions.
 */
import { canaryKeeps, canaryMicros } from "../../actors/training/canary.ts";
import { type OuterState, outerStep } from "../../actors/training/outer-step.ts";
import { Stream } from "../../kernel/entropy.ts";
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
  readonly bad: number;
  readonly workers: number;
  readonly rounds: number;
  readonly steps: number;
  readonly canary: boolean;
  readonly seed: number;
}

export interface TrialResult {
  readonly accuracy: number;
  readonly loss: number;
  readonly backdoor: number;
  /** Updates that the canary turned away, honest ones and others. */
  readonly refusedHonest: number;
  readonly refusedBad: number;
}

/** A late update counts half. */
const LATE = 0.5;

export function runTrial(learner: Learner, trial: Trial): TrialResult {
  const { rule, params, attack, bad, workers, rounds, steps } = trial;
  const stream = new Stream(trial.seed, "harness/attack");
  let state: OuterState = { theta: learner.first, velocity: learner.first.map(() => 0) };
  let previous: Vector = learner.first.map(() => 0);
  let late: ReadonlyArray<WorkerUpdate> = [];
  const residuals: Vector[] = Array.from({ length: workers }, () => learner.first.map(() => 0));
  let refusedHonest = 0;
  let refusedBad = 0;
  for (let round = 0; round < rounds; round++) {
    const { theta } = state;
    const own = residuals.map((_, worker) => learner.update({ theta, round, worker, steps }));
    const isBad = (worker: number) => badIn(worker, bad, workers);
    const honest = own.filter((_, worker) => !isBad(worker));
    const updates = own.map((update, worker): WorkerUpdate => {
      const id = `${round}.${String(worker).padStart(3, "0")}`;
      const send = (sent: Float64Array) => ({ id, cluster: id, weight: steps, update: sent });
      if (isBad(worker)) {
        const poisoned = () => learner.backdoorUpdate({ theta, round, worker, steps });
        const known = { own: update, poisoned, honest: () => honest, previous, stream };
        return send(restore(quantise(attackUpdate(attack, known))));
      }
      const fed = withFeedback(update, residuals[worker] as Float64Array);
      residuals[worker] = fed.residual;
      return send(restore(fed.sent));
    });
    const slow = attack === "stragglers" ? updates.filter((_, worker) => isBad(worker)) : [];
    const inTime = [...updates.filter((each) => !slow.includes(each)), ...late];
    late = slow.map((each) => ({ ...each, weight: each.weight * LATE }));
    const losses = trial.canary
      ? inTime.map(({ update }) =>
          canaryMicros(learner.heldOutLoss(theta.map((x, k) => x - (update[k] as number)))),
        )
      : inTime.map(() => 0);
    const kept = inTime.filter((_, i) => canaryKeeps(losses, i));
    for (const each of inTime) {
      if (kept.includes(each)) continue;
      if (isBad(Number(each.id.slice(each.id.indexOf(".") + 1)))) refusedBad++;
      else refusedHonest++;
    }
    const { update } = rule.aggregate(params, previous, kept);
    previous = Float64Array.from(update);
    state = outerStep(state, update, kept.length);
  }
  const { theta } = state;
  return {
    accuracy: learner.accuracy(theta),
    loss: learner.loss(theta),
    backdoor: learner.backdoorRate(theta),
    refusedHonest,
    refusedBad,
  };
}

/** Bad workers are spread over the classes, so that no class loses all who know it. */
export function badIn(worker: number, bad: number, workers: number): boolean {
  return Math.floor(((worker + 1) * bad) / workers) > Math.floor((worker * bad) / workers);
}
