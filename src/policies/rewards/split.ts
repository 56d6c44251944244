/**
 * Who gets an epoch's emission: pro rata to what was verified, and to nothing else. The
 * proportional rule is the only symmetric one from which nobody gains by splitting or merging
 * identities (Chen, Papadimitriou, Roughgarden, arXiv 1909.10645). Nothing here counts identities.
 */
import { nanoPingo, type PerClass } from "../../kernel/policies/rewards.ts";

/** Hundredths of the supply. */
export const PARTS = {
  compute: 62n,
  edges: 12n,
  users: 7n,
  team: 9n,
  investors: 6n,
  treasury: 4n,
} as const;
/** Hundredths for those who work, carry and use. */
export const COMMUNITY = PARTS.compute + PARTS.edges + PARTS.users;

/** `remainder` is less than one unit per weight. */
export interface Shares {
  readonly shares: ReadonlyArray<bigint>;
  readonly remainder: bigint;
}

/** `amount` pro rata to the weights, rounded down; without any weight all of it remains. */
export function proRata(amount: bigint, weights: ReadonlyArray<bigint>): Shares {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total === 0n) return { shares: weights.map(() => 0n), remainder: amount };
  const shares = weights.map((weight) => (amount * weight) / total);
  return { shares, remainder: amount - shares.reduce((sum, share) => sum + share, 0n) };
}

/** What participants were given, by class, and what rounding left over. */
export interface Given {
  readonly compute: bigint;
  readonly edges: bigint;
  readonly users: bigint;
  readonly remainder: bigint;
}

/**
 * The side's part follows what the community was really given: a class nobody is in lowers it too,
 * so the community has at least 80 % of every epoch. What rounding left goes to the treasury as far
 * as that holds (r <= P / 65 implies P >= .8 (P + 19 P / 81 + r)); the rest is not issued.
 */
export function withSide({ compute, edges, users, remainder }: Given): PerClass {
  const given = compute + edges + users;
  const dust = remainder < given / 65n ? remainder : given / 65n;
  return {
    compute: nanoPingo(compute),
    edges: nanoPingo(edges),
    users: nanoPingo(users),
    team: nanoPingo((given * PARTS.team) / COMMUNITY),
    investors: nanoPingo((given * PARTS.investors) / COMMUNITY),
    treasury: nanoPingo((given * PARTS.treasury) / COMMUNITY + dust),
  };
}

export function sumOf({ compute, edges, users, team, investors, treasury }: PerClass): bigint {
  return compute + edges + users + team + investors + treasury;
}

export function addClasses(a: PerClass, b: PerClass): PerClass {
  return {
    compute: nanoPingo(a.compute + b.compute),
    edges: nanoPingo(a.edges + b.edges),
    users: nanoPingo(a.users + b.users),
    team: nanoPingo(a.team + b.team),
    investors: nanoPingo(a.investors + b.investors),
    treasury: nanoPingo(a.treasury + b.treasury),
  };
}

export const noClasses: PerClass = withSide({ compute: 0n, edges: 0n, users: 0n, remainder: 0n });
