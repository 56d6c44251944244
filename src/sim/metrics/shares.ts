/** Formulas of fairness over amounts per person. Amounts are floats: for reports only. */

/** Jain, Chiu and Hawe 1984: (sum x)^2 / (n sum x^2); 1 when all are equal, 0 without any. */
export function jain(values: ReadonlyArray<number>): number {
  const total = values.reduce((sum, x) => sum + x, 0);
  const squares = values.reduce((sum, x) => sum + x * x, 0);
  return squares === 0 ? 0 : (total * total) / (values.length * squares);
}

/** Gini: 2 sum(i x_i) / (n sum x) - (n + 1) / n, x ascending, i from 1; 0 when all are equal. */
export function gini(values: ReadonlyArray<number>): number {
  const n = values.length;
  const total = values.reduce((sum, x) => sum + x, 0);
  if (n === 0 || total === 0) return 0;
  const ranked = [...values].sort((a, b) => a - b);
  const weighted = ranked.reduce((sum, x, i) => sum + (i + 1) * x, 0);
  return (2 * weighted) / (n * total) - (n + 1) / n;
}

/** The value that a share 1 - q of all reach; 0 without any. */
export function quantileOf(values: ReadonlyArray<number>, q: number): number {
  return quantileOfRanked(
    [...values].sort((a, b) => a - b),
    q,
  );
}

/** The same of values that ascend. */
export function quantileOfRanked(ranked: ReadonlyArray<number>, q: number): number {
  return ranked[Math.min(ranked.length - 1, Math.floor(q * ranked.length))] ?? 0;
}

/** What one person asked for, gave and got. */
export interface Given {
  readonly asked: number;
  readonly earned: number;
  readonly spent: number;
}

/**
 * Weighted max-min shares of what all got together: weights are what they earned, nobody gets more
 * than it asked for (water-filling; Bertsekas and Gallager, Data Networks, 6.5.2).
 */
export function maxMinShares(people: ReadonlyArray<Given>): ReadonlyArray<number> {
  let left = people.reduce((sum, { spent }) => sum + spent, 0);
  let weight = people.reduce((sum, { earned }) => sum + earned, 0);
  const shares = people.map(() => 0);
  const order = people
    .map((person, i) => ({ ...person, i }))
    .filter(({ earned }) => earned > 0)
    .sort((a, b) => a.asked / a.earned - b.asked / b.earned || a.i - b.i);
  for (const { asked, earned, i } of order) {
    const share = weight > 0 ? Math.min(asked, (left * earned) / weight) : 0;
    shares[i] = share;
    left -= share;
    weight -= earned;
  }
  return shares;
}

/** Half of sum |got - share| over what all got: the part of all service that is in wrong hands. */
export function shareViolation(people: ReadonlyArray<Given>): number {
  const total = people.reduce((sum, { spent }) => sum + spent, 0);
  if (total === 0) return 0;
  const shares = maxMinShares(people);
  const off = people.reduce((sum, { spent }, i) => sum + Math.abs(spent - (shares[i] ?? 0)), 0);
  return off / (2 * total);
}

export interface Envy {
  /** Share of all ordered pairs in which the first would rather have the other's bundle. */
  readonly pairs: number;
  /** Mean over all of the most that one would gain by it, over what it earned. */
  readonly mean: number;
}

/**
 * i envies j when u_i(x_j e_i / e_j) > u_i(x_i), u_i(x) = min(x, asked_i): j's service scaled to
 * what i gave would be of more use to i. That is so exactly if i wants more and j's rate x / e is
 * higher, so the rates are sorted once and nobody is compared with everybody.
 */
export function envy(people: ReadonlyArray<Given>): Envy {
  const able = people.filter(({ earned }) => earned > 0);
  const n = able.length;
  if (n < 2) return { pairs: 0, mean: 0 };
  const rates = able.map(({ spent, earned }) => spent / earned).sort((a, b) => a - b);
  const best = rates.at(-1) ?? 0;
  let pairs = 0;
  let gain = 0;
  for (const { asked, earned, spent } of able) {
    if (asked <= spent) continue;
    pairs += n - firstAbove(rates, spent / earned);
    gain += Math.max(0, Math.min(asked, best * earned) - spent) / earned;
  }
  return { pairs: pairs / (n * (n - 1)), mean: gain / n };
}

/** Index of the first of ascending values above a bound. */
function firstAbove(values: ReadonlyArray<number>, bound: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Share of those who got at least what `alpha` of their own work would have done for them. */
export function sharingIncentive(people: ReadonlyArray<Given>, alpha: number): number {
  const able = people.filter(({ earned }) => earned > 0);
  const content = able.filter((each) => each.spent >= Math.min(each.asked, alpha * each.earned));
  return able.length === 0 ? 0 : content.length / able.length;
}
