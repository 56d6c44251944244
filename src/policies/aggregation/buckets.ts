/**
 * Updates of one cluster form one bucket, so that many identities of one owner have one direction
 * together. Sums run over ids in order through one tree of halves: the order of arrival decides no
 * bit of the result.
 */
import type { Vector, WorkerUpdate } from "../../kernel/policies/aggregation.ts";

export interface Bucket {
  readonly cluster: string;
  readonly ids: ReadonlyArray<string>;
  /** Of its heaviest update: a second identity of one owner brings no second say. */
  readonly weight: number;
  /** Mean of its updates, each by its weight. */
  readonly mean: Vector;
}

/** A vector and how much it counts. */
export interface Weighted {
  readonly weight: number;
  readonly mean: Vector;
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Buckets sorted by cluster. */
export function bucketsOf(updates: ReadonlyArray<WorkerUpdate>): ReadonlyArray<Bucket> {
  const members = new Map<string, WorkerUpdate[]>();
  for (const each of [...updates].sort((a, b) => byText(a.id, b.id))) {
    const known = members.get(each.cluster);
    if (known === undefined) members.set(each.cluster, [each]);
    else known.push(each);
  }
  return [...members]
    .sort(([a], [b]) => byText(a, b))
    .map(([cluster, of]) => ({
      cluster,
      ids: of.map(({ id }) => id),
      weight: Math.max(...of.map(({ weight }) => weight)),
      mean: weightedMean(of.map(({ weight, update }) => ({ weight, mean: update }))),
    }));
}

/** Mean by weight, in the order of `parts`; there is at least one. */
export function weightedMean(parts: ReadonlyArray<Weighted>): Vector {
  let total = 0;
  for (const { weight } of parts) total += weight;
  return sumOfHalves(parts, 0, parts.length).map((x) => x / total);
}

/** Sum of weight x mean from part `from` to before `to` as a tree of halves: one shape for all. */
function sumOfHalves(parts: ReadonlyArray<Weighted>, from: number, to: number): Vector {
  if (to - from === 1) {
    const { weight, mean } = parts[from] as Weighted;
    return mean.map((x) => x * weight);
  }
  const middle = (from + to) >>> 1;
  const left = sumOfHalves(parts, from, middle);
  const right = sumOfHalves(parts, middle, to);
  for (let k = 0; k < left.length; k++) left[k] = (left[k] as number) + (right[k] as number);
  return left;
}

export function squaredDistance(a: Vector, b: Vector): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) {
    const d = (a[k] as number) - (b[k] as number);
    sum += d * d;
  }
  return sum;
}

/** Middle value; of an even number the mean of the two in the middle. `values` is not empty. */
export function medianOf(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  const upper = sorted[length >>> 1] as number;
  return length % 2 === 1 ? upper : ((sorted[length / 2 - 1] as number) + upper) / 2;
}
