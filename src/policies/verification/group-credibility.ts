/**
 * How much a worker and a group of agreeing results are to be believed.
 *
 * L. F. G. Sarmenta, "Sabotage-tolerance mechanisms for volunteer computing systems", Future
 * Generation Computer Systems 18 (2002): credibility of workers by the checks that they survived
 * (without blacklisting, because a caught worker comes back under another name), and the
 * conditional probability that a group of equal results is the right one.
 */

/**
 * Chance that a result of a worker that survived `k` checks is right, when a share `f` of all
 * workers may be bad: 1 - f for k = 0, else 1 - f / k.
 */
export function credibilityOf(k: number, f: number): number {
  return k === 0 ? 1 - f : 1 - f / k;
}

/**
 * Chance of each group to be right, given the credibilities of its members. With P_a the product
 * of the credibilities in group a and Q_a that of their complements,
 *
 *   Cr(a) = P_a prod_{i != a} Q_i / (prod_j Q_j + sum_j P_j prod_{i != j} Q_i).
 *
 * Members are multiplied in the order of their size, so that arrival decides no last bit.
 */
export function groupCredibilities(
  groups: ReadonlyArray<ReadonlyArray<number>>,
): ReadonlyArray<number> {
  const right = groups.map((members) => product(members));
  const wrong = groups.map((members) => product(members.map((cr) => 1 - cr)));
  const weights = right.map((good, a) =>
    wrong.reduce((weight, bad, i) => (i === a ? weight : weight * bad), good),
  );
  const none = wrong.reduce((all, bad) => all * bad, 1);
  const total = weights.reduce((sum, weight) => sum + weight, none);
  return weights.map((weight) => weight / total);
}

function product(factors: ReadonlyArray<number>): number {
  return [...factors].sort((a, b) => a - b).reduce((all, factor) => all * factor, 1);
}
