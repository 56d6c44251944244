/** Fastest placement: the highest speed among the sampled nodes, however far or unreliable. */
import { Schema } from "effect";
import type { PlacementPolicy } from "../../kernel/policies/placement.ts";

const Params = Schema.Struct({
  sample: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), {
    default: () => 4,
    exact: true,
  }).annotations({ description: "How many idle nodes to look at for one task." }),
});

export const fastest: PlacementPolicy<typeof Params.Type> = {
  name: "fastest",
  summary: "The fastest of the sampled idle nodes.",
  Params,
  sample: (params) => params.sample,
  choose: (_params, candidates) => {
    let best = 0;
    let speed = -1;
    for (let i = 0; i < candidates.length; i++) {
      const { slotMflops } = candidates[i] as (typeof candidates)[number];
      if (slotMflops > speed) {
        best = i;
        speed = slotMflops;
      }
    }
    return best;
  },
};
