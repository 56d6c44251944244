/**
 * PHOLD's law, the same in every program of the comparison: each logical process begins with one
 * event; an event at time t sets off one event at t + 0.1 s + Exp(1 s) at a process drawn evenly.
 * Delays come from a table of 65,536 quantiles, so no side is measured by its logarithm; draws are
 * words of one xorshift32 generator, where a program has no generator of its own to prove.
 */
import { ln } from "../../src/sim/numbers/portable.ts";

export const TABLE = 65_536;
const LEAST_US = 100_000;
const MEAN_US = 1_000_000;

/** Microseconds of each quantile. */
export function delayTable(): Int32Array {
  return Int32Array.from(
    { length: TABLE },
    (_, i) => LEAST_US + Math.round(-MEAN_US * ln(1 - (i + 0.5) / TABLE)),
  );
}

/** Marsaglia's generator: three shifts, the same three lines in C++ and Python. */
export function xorshift(seed = 123_456_789): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

/** What a contestant prints: events and processor seconds of the measured part. */
export interface Lap {
  readonly events: number;
  readonly seconds: number;
  /** Of what was computed; contestants that draw the same words have the same. */
  readonly hash: string;
}
