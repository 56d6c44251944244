/** A mean and how far it may be off: Student's 95 % interval of a few independent runs. */

export interface Interval {
  readonly mean: number;
  /** Half the width; zero for a single value, of which nothing is known. */
  readonly half: number;
  readonly n: number;
}

/** Two-sided 95 % quantiles of Student's t by degrees of freedom, from 1. */
const quantiles = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788,
  2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639,
  2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];
const NORMAL = 1.959964;

/** The table, and beyond it the first terms of Cornish and Fisher's expansion, good to 1e-4. */
export function studentQuantile(freedom: number): number {
  const listed = quantiles[freedom - 1];
  if (listed !== undefined) return listed;
  const z = NORMAL;
  const cube = z * z * z;
  const first = (cube + z) / (4 * freedom);
  const second = (5 * cube * z * z + 16 * cube + 3 * z) / (96 * freedom * freedom);
  return z + first + second;
}

export function intervalOf(values: ReadonlyArray<number>): Interval {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, half: 0, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const deviation = Math.sqrt(squares / (n - 1));
  return { mean, half: (studentQuantile(n - 1) * deviation) / Math.sqrt(n), n };
}
