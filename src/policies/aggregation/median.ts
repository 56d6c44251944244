/**
 * Coordinate-wise median and trimmed mean (Yin, Chen, Ramchandran and Bartlett, Byzantine-Robust
 * Distributed Learning, 2018, definitions 1 and 2). Weights have no say; buckets count alike.
 */
import { Schema } from "effect";
import type { AggregationPolicy, Vector, WorkerUpdate } from "../../kernel/policies/aggregation.ts";
import { bucketsOf, medianOf } from "./buckets.ts";

const NoParams = Schema.Struct({});

/** Breaks down when half of the buckets are bad. */
export const median: AggregationPolicy<typeof NoParams.Type> = {
  name: "median",
  summary: "middle value of each coordinate; holds while less than half of the buckets are bad",
  Params: NoParams,
  aggregate: (_params, _previous, updates) => {
    return { update: byCoordinate(updates, medianOf), clipped: 0, dropped: [] };
  },
};

const TrimmedParams = Schema.Struct({
  trim: Schema.optionalWith(
    Schema.Number.pipe(Schema.greaterThanOrEqualTo(0), Schema.lessThan(0.5)).annotations({
      description: "Share of the buckets left out at each end of every coordinate.",
    }),
    { default: () => 0.33, exact: true },
  ),
});

/** Breaks down when more than `trim` of the buckets are bad. */
export const trimmedMean: AggregationPolicy<typeof TrimmedParams.Type> = {
  name: "trimmed-mean",
  summary: "mean of each coordinate without a share of its least and greatest values",
  Params: TrimmedParams,
  aggregate: ({ trim }, _previous, updates) => {
    const middle = (values: Float64Array) => trimmed(values, trim);
    return { update: byCoordinate(updates, middle), clipped: 0, dropped: [] };
  },
};

function trimmed(values: Float64Array, trim: number): number {
  const sorted = values.slice().sort();
  const out = Math.min(Math.floor(trim * sorted.length), (sorted.length - 1) >>> 1);
  const kept = sorted.subarray(out, sorted.length - out);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

function byCoordinate(
  updates: ReadonlyArray<WorkerUpdate>,
  middle: (values: Float64Array) => number,
): Vector {
  const buckets = bucketsOf(updates);
  const length = buckets[0]?.mean.length ?? 0;
  const update = new Float64Array(length);
  const values = new Float64Array(buckets.length);
  for (let k = 0; k < length; k++) {
    for (const [i, bucket] of buckets.entries()) values[i] = bucket.mean[k] as number;
    update[k] = middle(values);
  }
  return update;
}
