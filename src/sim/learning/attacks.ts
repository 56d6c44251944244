/**
 * Attacks on learning. An attacker knows everything: the parameters, the rule, and what every
 * honest worker sends in this round. The strongest adversary is the one to measure.
 */
import type { Stream } from "../../kernel/entropy.ts";
import { normal } from "../numbers/distributions.ts";

export const attacks = [
  "none",
  "sign-flip",
  "noise",
  "alie",
  "alie-spread",
  "inner-product",
  "zero",
  "backdoor",
  "copied-noise",
  "stragglers",
] as const;
export type Attack = (typeof attacks)[number];

const FLIP = 3;
const NOISE = 10;
/** Standard deviations of "a little is enough" (Baruch, Baruch and Goldberg, 2019). */
const ALIE_Z = 1.2;
/** Noise that keeps colluders as far from each other as honest workers, in the same unit. */
const SPREAD = 0.6;
/** Length of the turned mean of "fall of empires" (Xie, Koyejo and Gupta, 2019). */
const TURN = 0.5;
/** The copier's noise, as a share of the last aggregate's root mean square. */
const COPY_NOISE = 0.1;

export interface Knowledge {
  /** What this worker would send if it were honest. */
  readonly own: Float64Array;
  /** What it would send if it trained the backdoor. */
  readonly poisoned: () => Float64Array;
  /** What honest workers send. */
  readonly honest: () => ReadonlyArray<Float64Array>;
  /** The last aggregate, zeros in the first round. */
  readonly previous: Float64Array;
  readonly stream: Stream;
}

/** What the attacker sends; stragglers send what is right, but late. */
export function attackUpdate(attack: Attack, known: Knowledge): Float64Array {
  const { own, previous, stream } = known;
  switch (attack) {
    case "none":
    case "stragglers":
      return own;
    case "sign-flip":
      return own.map((x) => -FLIP * x);
    case "noise": {
      const size = NOISE * rootMeanSquare(own);
      return own.map(() => normal(stream, 0, size));
    }
    case "alie": {
      const { mean, deviation } = moments(known.honest());
      return mean.map((x, k) => x - ALIE_Z * (deviation[k] as number));
    }
    case "alie-spread": {
      const { mean, deviation } = moments(known.honest());
      const shift = (k: number) =>
        (deviation[k] as number) * (SPREAD * normal(stream, 0, 1) - ALIE_Z);
      return mean.map((x, k) => x + shift(k));
    }
    case "inner-product":
      return moments(known.honest()).mean.map((x) => -TURN * x);
    case "zero":
      return own.map(() => 0);
    case "backdoor": {
      const bad = known.poisoned();
      const factor = Math.min(1, rootMeanSquare(own) / Math.max(1e-12, rootMeanSquare(bad)));
      return bad.map((x) => factor * x);
    }
    case "copied-noise": {
      const size = COPY_NOISE * rootMeanSquare(previous);
      return previous.map((x) => normal(stream, x, size));
    }
  }
}

function rootMeanSquare(vector: Float64Array): number {
  let sum = 0;
  for (const x of vector) sum += x * x;
  return Math.sqrt(sum / vector.length);
}

function moments(of: ReadonlyArray<Float64Array>): {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
} {
  const length = of[0]?.length ?? 0;
  const mean = new Float64Array(length);
  const deviation = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    let sum = 0;
    let squares = 0;
    for (const vector of of) {
      const x = vector[k] as number;
      sum += x;
      squares += x * x;
    }
    const m = sum / of.length;
    mean[k] = m;
    deviation[k] = Math.sqrt(Math.max(0, squares / of.length - m * m));
  }
  return { mean, deviation };
}
