/**
 * Jobs that follow the day: each region's rate is a sinusoid over its local time,
 * rate (1 + a cos(2π (hour − peak) / 24)), whose mean over a day is `rate`.
 */
import { DAY, HOUR, MINUTE } from "../../kernel/duration.ts";
import { cos } from "../numbers/portable.ts";
import { NEVER } from "./arrival.ts";
import type { Demand } from "./demand.ts";
import type { RateCurve } from "./rate-process.ts";

const TWO_PI = 6.283185307179586;

/** `amplitude` in [0, 1], `peakHour` the local hour of the greatest rate. */
export interface DiurnalShape {
  readonly amplitude: number;
  readonly peakHour: number;
  /** false: all regions follow UTC. */
  readonly localTime: boolean;
}

/** The daily curve around a mean of `jobsPerUs` over all regions. */
export function diurnalRate(jobsPerUs: number, demand: Demand, shape: DiurnalShape): RateCurve {
  const { amplitude, peakHour, localTime } = shape;
  const mean = (region: number): number => jobsPerUs * (demand.shares[region] ?? 0);
  const shiftUs = demand.offsetMinutes.map(
    (minutes) => (localTime ? minutes * MINUTE : 0) - peakHour * HOUR,
  );
  return {
    rateOf: (region, atUs) => {
      // The remainder is exact on integers; an angle of 1e15 µs would not be.
      const phaseUs = (atUs + (shiftUs[region] ?? 0)) % DAY;
      return mean(region) * (1 + amplitude * cos((TWO_PI * phaseUs) / DAY));
    },
    boundOf: (region) => mean(region) * (1 + amplitude),
    nextEdge: () => NEVER,
  };
}
