/** Least loaded: the sampled node with the smallest share of its slots at work. */
import { Schema } from "effect";
import type { Candidate, PlacementPolicy } from "../../kernel/policies/placement.ts";

const Params = Schema.Struct({
  sample: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), {
    default: () => 16,
    exact: true,
  }).annotations({ description: "How many idle nodes to look at for one task." }),
});

export const leastLoaded: PlacementPolicy<typeof Params.Type> = {
  name: "least-loaded",
  summary: "The smallest share of slots at work among the sampled nodes.",
  Params,
  sample: (params) => params.sample,
  choose: (_params, candidates) => {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.length; i++) {
      const { slots, freeSlots } = candidates[i] as Candidate;
      const load = (slots - freeSlots) / Math.max(1, slots);
      if (load < least) {
        best = i;
        least = load;
      }
    }
    return best;
  },
};
