/** Steps of optimisers as part of the graph, on all parameters in one vector. */
import { tensor } from "../tensor.ts";
import { add, div, mul, plus, scale, sqrt, sub } from "./arithmetic.ts";
import { demand, type Value } from "./graph.ts";

/** What an optimiser keeps from step to step, by name; all of it begins with zeros. */
export type OptimiserState = Readonly<Record<string, Value>>;

export interface Stepped {
  readonly theta: Value;
  readonly state: OptimiserState;
}

export type Optimiser =
  | { readonly rule: "sgd"; readonly rate: number; readonly momentum?: number }
  | {
      readonly rule: "adam";
      readonly rate: number;
      readonly beta1?: number;
      readonly beta2?: number;
      /** Pulls parameters towards zero beside the gradient: AdamW. */
      readonly decay?: number;
      readonly epsilon?: number;
    };

/** Names of the state and whether each has the parameters' length or is one number. */
export function stateOf(optimiser: Optimiser): ReadonlyArray<{
  readonly name: string;
  readonly of: "vector" | "number";
}> {
  if (optimiser.rule === "adam") {
    return [
      { name: "first", of: "vector" },
      { name: "second", of: "vector" },
      { name: "steps", of: "number" },
    ];
  }
  return (optimiser.momentum ?? 0) === 0 ? [] : [{ name: "velocity", of: "vector" }];
}

export function optimiserStep(
  optimiser: Optimiser,
  of: { readonly theta: Value; readonly gradient: Value; readonly state: OptimiserState },
): Stepped {
  demand(of.theta.shape.length === 1, "an optimiser steps a vector", of.theta);
  return optimiser.rule === "adam" ? adam(optimiser, of) : sgd(optimiser, of);
}

function sgd(
  { rate, momentum = 0 }: Optimiser & { readonly rule: "sgd" },
  { theta, gradient, state }: Parameters<typeof optimiserStep>[1],
): Stepped {
  if (momentum === 0) return { theta: sub(theta, scale(gradient, rate)), state: {} };
  const velocity = add(scale(stateNamed(state, "velocity"), momentum), gradient);
  return { theta: sub(theta, scale(velocity, rate)), state: { velocity } };
}

/** Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019, algorithm 2. */
function adam(
  options: Optimiser & { readonly rule: "adam" },
  { theta, gradient, state }: Parameters<typeof optimiserStep>[1],
): Stepped {
  const { rate, beta1 = 0.9, beta2 = 0.999, decay = 0, epsilon = 1e-8 } = options;
  const steps = plus(stateNamed(state, "steps"), 1);
  const first = mix(stateNamed(state, "first"), gradient, beta1);
  const second = mix(stateNamed(state, "second"), mul(gradient, gradient), beta2);
  const corrected1 = div(first, missing(beta1, steps));
  const corrected2 = div(second, missing(beta2, steps));
  const direction = div(corrected1, plus(sqrt(corrected2), epsilon));
  const kept = decay === 0 ? theta : scale(theta, 1 - rate * decay);
  return { theta: sub(kept, scale(direction, rate)), state: { first, second, steps } };
}

function stateNamed(state: OptimiserState, name: string): Value {
  const value = state[name];
  if (value === undefined) throw new Error(`the optimiser's state has no ${name}`);
  return value;
}

/** share × old + (1 - share) × now. */
function mix(old: Value, now: Value, share: number): Value {
  return add(scale(old, share), scale(now, 1 - share));
}

/** 1 - base ^ steps: how much of a mean over time is there yet. */
function missing(base: number, steps: Value): Value {
  const { graph } = steps;
  const power = graph.add("Pow", {
    inputs: [graph.constant(tensor("float32", [], [base])), steps],
    shape: steps.shape,
  });
  return sub(graph.scalar(1), power);
}
