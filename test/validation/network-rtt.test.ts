import { Either } from "effect";
import { describe, expect, it } from "vitest";
import {
  generatedRtts,
  inflationInTheStates,
  measuredRtts,
  PROBABILITIES,
  quantile,
  readTrace,
} from "./network-planetlab.ts";

const SEEDS = [1, 2, 3, 4, 5];
const trace = readTrace(process.env.PINGO_TRACES);
if (Either.isLeft(trace)) process.stdout.write(`network-rtt skipped: ${trace.left}\n`);

/** Largest relative error of the model's quantiles. */
function worstError(generated: Float64Array, measured: Float64Array): number {
  const errors = PROBABILITIES.map((p) => quantile(generated, p) / quantile(measured, p) - 1);
  return Math.max(...errors.map(Math.abs));
}

it("routes in the United States are 2.1 times the straight fibre, as published", () => {
  for (const seed of SEEDS) {
    expect(inflationInTheStates(seed)).toBeGreaterThan(2);
    expect(inflationInTheStates(seed)).toBeLessThan(2.2);
  }
});

describe.runIf(Either.isRight(trace))("generated round trips against PlanetLab's", () => {
  const measured = Either.isRight(trace) ? measuredRtts(trace.right) : new Float64Array();

  it("the trace is the one that was fitted", () => {
    expect(measured.length).toBe((490 * 489) / 2);
    expect(quantile(measured, 0.5)).toBeCloseTo(135, 0);
  });

  it.each(SEEDS)("quantiles from 5 to 95 %% differ by at most 15 %% (seed %i)", (seed) => {
    expect(worstError(generatedRtts(seed), measured)).toBeLessThan(0.15);
  });

  it("the test can tell: straight fibre is off by more than a third", () => {
    const straight = { pathInflation: 1, pathSpread: 0, pathDetourKm: 0 };
    expect(worstError(generatedRtts(1, straight), measured)).toBeGreaterThan(0.33);
  });
});
