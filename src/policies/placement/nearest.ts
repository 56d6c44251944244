/**
 * Nearest placement: the sampled node that is expected to hand the result back first. Two samples
 * get most of what looking at all nodes would get (power of two choices).
 */
import { Schema } from "effect";
import type { Candidate, PlacementPolicy } from "../../kernel/policies/placement.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { leastCostly } from "./least.ts";

const Params = Schema.Struct({
  sample: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), {
    default: () => 2,
    exact: true,
  }).annotations({ description: "How many idle nodes to look at for one task." }),
});

/** The offer, the start of the lease and the result each cross the way once. */
const CROSSINGS = 3;

/**
 * Microseconds until the result is expected. A failure wastes about one run, so the run counts
 * once more for the share that failed; the first look at a node assumes one failure in two.
 */
export function expectedUs(candidate: Candidate, work: Work): number {
  const runUs = (work.mflop * 1_000_000) / Math.max(1, candidate.slotMflops);
  const failures = (candidate.started - candidate.finished + 1) / (candidate.started + 2);
  return (candidate.rttUs * CROSSINGS) / 2 + runUs * (1 + failures);
}

export const nearest: PlacementPolicy<typeof Params.Type> = {
  name: "nearest",
  summary: "Least round trip and expected run time, weighted by failures, among sampled nodes.",
  Params,
  sample: (params) => params.sample,
  choose: (_params, candidates, work) => leastCostly(candidates, work, expectedUs),
};
