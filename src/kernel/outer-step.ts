/**
 * The outer step of DiLoCo (Douillard et al., 2023, algorithm 1): Nesterov momentum on the
 * aggregated pseudo-gradient d: v <- mu v + d; theta <- theta - lr (d + mu v).
 */
import type { Vector } from "./policies/aggregation.ts";

const MOMENTUM = 0.9;
const RATE = 0.7;
const RATE_OF_FEW = 0.4;
const FEW = 4;

export interface OuterState {
  readonly theta: Vector;
  readonly velocity: Vector;
}

/** The rate for a round of `workers` updates: less where few average little out. */
function outerRate(workers: number): number {
  return workers < FEW ? RATE_OF_FEW : RATE;
}

export function outerStep(state: OuterState, d: Vector, workers: number): OuterState {
  const rate = outerRate(workers);
  const velocity = state.velocity.map((v, k) => MOMENTUM * v + (d[k] as number));
  const theta = state.theta.map(
    (x, k) => x - rate * ((d[k] as number) + MOMENTUM * (velocity[k] as number)) + 0,
  );
  return { theta, velocity };
}
