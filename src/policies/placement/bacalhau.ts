/**
 * The ranking of Bacalhau's orchestrator, as published in its source (bacalhau-project/bacalhau,
 * pkg/orchestrator/selection): each ranker gives a node points or throws it out with a rank below
 * zero, the points are added, the highest sum wins, and a random ranker of few points decides
 * among near equals.
 *
 * - over-subscription: out when usage and the job exceed capacity; a node without a free slot is
 *   no candidate here;
 * - previous executions: 30 points for a node that has not run the job before, out after a
 *   rejection; eligibility rules that out before;
 * - available capacity: up to 80 points for its share of the greatest free capacity among the
 *   nodes, and 20 for an empty queue;
 * - random: 0 to 4 points. Its draw is a hash of attempt and node: choices repeat.
 *
 * Engines, labels and versions, which rank there too, are the same on all nodes here.
 */
import { Schema } from "effect";
import { hashText } from "../../kernel/entropy.ts";
import type { Candidate, PlacementPolicy } from "../../kernel/policies/placement.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";

const Params = Schema.Struct({
  sample: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), {
    default: () => 32,
    exact: true,
  }).annotations({ description: "How many idle nodes to look at for one task." }),
});

const CAPACITY_POINTS = 80;
const QUEUE_POINTS = 20;
const NEW_POINTS = 30;
const RANDOM_POINTS = 5;
/** A node that no ranker may choose. */
const UNSUITABLE = -1;

/** Sum of a node's points, or -1. `most` is the greatest free capacity among the candidates. */
export function rankOf(candidate: Candidate, work: Work, most: number): number {
  const { freeSlots, slotMflops, node } = candidate;
  if (freeSlots <= 0) return UNSUITABLE;
  const share = most === 0 ? 0 : (freeSlots * slotMflops) / most;
  const draw = hashText(`${work.attempt}|${node}`) % RANDOM_POINTS;
  return Math.floor(share * CAPACITY_POINTS + QUEUE_POINTS) + NEW_POINTS + draw;
}

export const bacalhau: PlacementPolicy<typeof Params.Type> = {
  name: "bacalhau",
  summary: "Bacalhau's ranking: points for free capacity, a few at random, the highest sum.",
  Params,
  sample: (params) => params.sample,
  choose: (_params, candidates, work) => {
    const most = candidates.reduce(
      (greatest, { freeSlots, slotMflops }) => Math.max(greatest, freeSlots * slotMflops),
      0,
    );
    let best = 0;
    let highest = UNSUITABLE;
    for (let i = 0; i < candidates.length; i++) {
      const rank = rankOf(candidates[i] as Candidate, work, most);
      if (rank > highest) {
        best = i;
        highest = rank;
      }
    }
    return best;
  },
};
