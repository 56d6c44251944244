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
/** Two-sided 95 % quantile of the normal distribution. */
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

/**
 * Wilson's 95 % score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22): with z the normal
 * quantile, (k + z²/2 ± z sqrt(k (n - k) / n + z²/4)) / (n + z²). It stays within 0 and 1 and says
 * something about a share of which no case was seen: 0 of 100 is at most 0.037.
 */
export function wilson(cases: number, of: number): { readonly low: number; readonly high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const z2 = NORMAL * NORMAL;
  const centre = cases + z2 / 2;
  const reach = NORMAL * Math.sqrt((cases * (of - cases)) / of + z2 / 4);
  const low = cases === 0 ? 0 : (centre - reach) / (of + z2);
  const high = cases === of ? 1 : (centre + reach) / (of + z2);
  return { low, high };
}
