/**
 * Buckets that are nearer to each other than honest ones ever are have one source: colluders who
 * send one vector, copiers, those who send nothing. They get one say together. Honest updates from
 * data that is not alike lie about one median distance apart from each other.
 */
import type { Vector } from "../../kernel/policies/aggregation.ts";
import { medianOf, squaredDistance, type Weighted, weightedMean } from "./buckets.ts";

/** A source has the weight of its heaviest bucket, and the mean of all. */
export function sourcesOf(
  buckets: ReadonlyArray<Weighted>,
  alike: number,
): ReadonlyArray<Weighted> {
  const pairs = buckets.flatMap((a, i) =>
    buckets.slice(i + 1).map((b, n) => ({ i, j: i + 1 + n, far: distance(a.mean, b.mean) })),
  );
  if (pairs.length < 3) return buckets;
  const near = alike * medianOf(pairs.map(({ far }) => far));
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
