/**
 * Krum and multi-Krum (Blanchard, El Mhamdi, Guerraoui and Stainer, Machine Learning with
 * Adversaries, 2017): the score of a bucket is the sum of its n - b - 2 least squared distances to
 * others. Krum takes the bucket with the least score, multi-Krum the mean of the n - b best.
 */
import { Schema } from "effect";
import type {
  Aggregate,
  AggregationPolicy,
  WorkerUpdate,
} from "../../kernel/policies/aggregation.ts";
import { type Bucket, bucketsOf, squaredDistance, weightedMean } from "./buckets.ts";

const Params = Schema.Struct({
  bad: Schema.optionalWith(
    Schema.Number.pipe(Schema.between(0, 0.5)).annotations({
      description: "Share of the buckets that may be bad; n >= 2 b + 3 is needed.",
    }),
    { default: () => 0.31, exact: true },
  ),
});
type Params = typeof Params.Type;

export const krum: AggregationPolicy<Params> = {
  name: "krum",
  summary: "the one bucket that is nearest to its neighbours",
  Params,
  aggregate: ({ bad }, _previous, updates) => bestOf(updates, bad, () => 1),
};

export const multiKrum: AggregationPolicy<Params> = {
  name: "multi-krum",
  summary: "mean of the buckets that are nearest to their neighbours, without the rest",
  Params,
  aggregate: ({ bad }, _previous, updates) => bestOf(updates, bad, (n, b) => Math.max(1, n - b)),
};

function bestOf(
  updates: ReadonlyArray<WorkerUpdate>,
  bad: number,
  count: (n: number, b: number) => number,
): Aggregate {
  const buckets = bucketsOf(updates);
  const n = buckets.length;
  const b = Math.ceil(bad * n);
  const scores = scoresOf(buckets, Math.max(1, n - b - 2));
  // ties go to the lower cluster, in which order the buckets are
  const order = buckets.map((_, i) => i).sort((i, j) => score(scores, i) - score(scores, j));
  const best = new Set(order.slice(0, count(n, b)));
  return {
    update: weightedMean(buckets.filter((_, i) => best.has(i))),
    clipped: 0,
    dropped: buckets.flatMap(({ ids }, i) => (best.has(i) ? [] : ids)),
  };
}

const score = (scores: ReadonlyArray<number>, i: number) => scores[i] as number;

function scoresOf(buckets: ReadonlyArray<Bucket>, neighbours: number): ReadonlyArray<number> {
  return buckets.map((one, i) => {
    const distances = buckets.flatMap((other, j) =>
      i === j ? [] : [squaredDistance(one.mean, other.mean)],
    );
    return distances
      .sort((a, c) => a - c)
      .slice(0, neighbours)
      .reduce((sum, each) => sum + each, 0);
  });
}
