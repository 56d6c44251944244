/** The choice that placement rules make which rank candidates by one number. */
import type { Candidate } from "../../kernel/policies/placement.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";

/** Index of the candidate with the least cost, the first of equals. */
export function leastCostly(
  candidates: ReadonlyArray<Candidate>,
  work: Work,
  costOf: (candidate: Candidate, work: Work) => number,
): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < candidates.length; i++) {
    const cost = costOf(candidates[i] as Candidate, work);
    if (cost < least) {
      best = i;
      least = cost;
    }
  }
  return best;
}
