/**
 * The rule of Cocoon's proxy, as published in its source (TelegramMessenger/cocoon,
 * `ProxyRunner::choose_connection`): among the workers of a model that are enabled, below their
 * limit of active requests and not dearer than the client's highest coefficient, the one with the
 * least number of running queries times its average query time of the last ten minutes; the first
 * of equals. A worker without history has an average of zero and comes first.
 *
 * Here a slot is one active request and there is one price. A node's average is told by its
 * measured speed: the time of this task on it, or zero while it has finished nothing. Cocoon looks
 * at all its workers; an edge looks at a sample of its many.
 */
import { Schema } from "effect";
import type { Candidate, PlacementPolicy } from "../../kernel/policies/placement.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { leastCostly } from "./least.ts";

const Params = Schema.Struct({
  sample: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), {
    default: () => 32,
    exact: true,
  }).annotations({ description: "How many idle nodes to look at for one task." }),
});

/** Running queries times average query time, seconds. */
function weightOf({ slots, freeSlots, finished, slotMflops }: Candidate, work: Work): number {
  const average = finished === 0 ? 0 : work.mflop / Math.max(1, slotMflops);
  return (slots - freeSlots) * average;
}

export const cocoon: PlacementPolicy<typeof Params.Type> = {
  name: "cocoon",
  summary: "Cocoon's proxy: least running queries times average query time, the first of equals.",
  Params,
  sample: (params) => params.sample,
  choose: (_params, candidates, work) => leastCostly(candidates, work, weightOf),
};
