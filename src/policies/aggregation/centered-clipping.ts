/**
 * Centered clipping (Karimireddy, He and Jaggi, Learning from History for Byzantine Robust
 * Optimization, 2021, equation 2): v <- v + mean min(1, tau / |x - v|) (x - v), from the aggregate
 * of the last round on. Each bucket keeps its direction and has at most tau to say. Here tau is the
 * median distance at the first look, so that it needs no tuning and no round of bad updates below
 * half can widen it beyond what honest ones span.
 */
import { Schema } from "effect";
import type { AggregationPolicy, Vector } from "../../kernel/policies/aggregation.ts";
import { distance, sourcesOf } from "./alike.ts";
import { bucketsOf, medianOf, type Weighted, weightedMean } from "./buckets.ts";

const Params = Schema.Struct({
  iterations: Schema.optionalWith(
    Schema.Int.pipe(Schema.positive()).annotations({ description: "Steps towards the centre." }),
    { default: () => 3, exact: true },
  ),
  alike: Schema.optionalWith(
    Schema.Number.pipe(Schema.between(0, 1)).annotations({
      description:
        "Buckets nearer to each other than this share of a usual distance have one say; 0: off.",
    }),
    { default: () => 0.5, exact: true },
  ),
});

export const centeredClipping: AggregationPolicy<typeof Params.Type> = {
  name: "centered-clipping",
  summary: "from the last aggregate on, each bucket pulls by at most the median distance",
  Params,
  aggregate: ({ iterations, alike }, previous, updates) => {
    const buckets = sourcesOf(bucketsOf(updates), alike);
    const radius = medianOf(buckets.map(({ mean }) => distance(mean, previous)));
    let centre = previous;
    let clipped = 0;
    for (let n = 0; n < iterations; n++) {
      const factors = buckets.map(({ mean }) => factorOf(distance(mean, centre), radius));
      clipped = factors.filter((factor) => factor < 1).length;
      centre = pulled(centre, buckets, factors);
    }
    return { update: centre, clipped, dropped: [] };
  },
};

/** By how much a difference of length `far` is shortened. */
function factorOf(far: number, radius: number): number {
  return far <= radius ? 1 : radius / far;
}

function pulled(centre: Vector, buckets: ReadonlyArray<Weighted>, factors: ReadonlyArray<number>) {
  const pulls = buckets.map(({ weight, mean }, i) => {
    const factor = factors[i] as number;
    return { weight, mean: mean.map((x, k) => factor * (x - (centre[k] as number))) };
  });
  const pull = weightedMean(pulls);
  return centre.map((x, k) => x + (pull[k] as number));
}
