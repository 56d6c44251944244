/** Mean by weight: what honest workers want, and what one liar bends as far as it likes. */
import { Schema } from "effect";
import type { AggregationPolicy } from "../../kernel/policies/aggregation.ts";
import { bucketsOf, weightedMean } from "./buckets.ts";

const Params = Schema.Struct({});

export const mean: AggregationPolicy<typeof Params.Type> = {
  name: "mean",
  summary: "mean of the buckets by weight; believes everybody",
  Params,
  aggregate: (_params, _previous, updates) => ({
    update: weightedMean(bucketsOf(updates)),
    clipped: 0,
    dropped: [],
  }),
};
