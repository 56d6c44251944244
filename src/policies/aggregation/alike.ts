/**
 * Buckets that are nearer to each other than honest ones ever are have one source: colluders who
 * send one vector, copiers, those who send nothing. They get one say together. Honest updates from
 * data that is not alike lie about as far apart from each other as from anything.
 *
 * What is usual is read from the lower quartile of all distances. With a share f of bad buckets
 * (1 - f)^2 of the pairs are honest and f^2 wholly bad: up to a third of bad buckets the quartile
 * is a distance between honest ones, however near colluders keep together and however far off.
 */
import type { Vector } from "../../kernel/policies/aggregation.ts";
import { squaredDistance, type Weighted, weightedMean } from "./buckets.ts";

/** A source has the weight of its heaviest bucket, and the mean of all. */
export function sourcesOf(
  buckets: ReadonlyArray<Weighted>,
  alike: number,
): ReadonlyArray<Weighted> {
  const pairs = buckets.flatMap((a, i) =>
    buckets.slice(i + 1).map((b, n) => ({ i, j: i + 1 + n, far: distance(a.mean, b.mean) })),
  );
  if (pairs.length < 3) return buckets;
  const sorted = Float64Array.from(pairs, ({ far }) => far).sort();
  const near = alike * (sorted[sorted.length >>> 2] as number);
  const sources = buckets.map((_, i) => i);
  // the lowest member names a source; pairs come in order, so one pass over each is enough
  for (const { i, j, far } of pairs) {
    if (far >= near) continue;
    const [low, high] = [sources[i], sources[j]].sort((a, b) => Number(a) - Number(b));
    for (const [k, source] of sources.entries()) if (source === high) sources[k] = low as number;
  }
  return [...new Set(sources)].map((source) => {
    const members = buckets.filter((_, i) => sources[i] === source);
    return members.length === 1
      ? (members[0] as Weighted)
      : { weight: Math.max(...members.map(({ weight }) => weight)), mean: weightedMean(members) };
  });
}

export const distance = (a: Vector, b: Vector): number => Math.sqrt(squaredDistance(a, b));
