/** Jobs at a constant rate. */
import { NEVER } from "./arrival.ts";
import type { Demand } from "./demand.ts";
import type { RateCurve } from "./rate-process.ts";

/** The same rate for ever, split over regions by their share of demand. */
export function constantRate(jobsPerUs: number, demand: Demand): RateCurve {
  const rateOf = (region: number): number => jobsPerUs * (demand.shares[region] ?? 0);
  return { rateOf, boundOf: rateOf, nextEdge: () => NEVER };
}
