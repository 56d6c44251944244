/**
 * Karma (Vuppalapati et al., OSDI 2023; reference implementation at
 * github.com/resource-disaggregation/karma): in each quantum everybody may use its guaranteed part
 * of an equal share; what it leaves is donated, for credits; who wants more borrows, for credits,
 * the richest first. Credits are per identity and a newcomer starts with the mean of all, as in the
 * reference, so new identities are worth something: a machine for Sybils.
 */
import { Schema } from "effect";
import { Duration, MINUTE } from "../../kernel/duration.ts";
import { lanePolicy } from "./lane-rule.ts";

const Params = Schema.Struct({
  alpha: Schema.optionalWith(
    Schema.Number.pipe(Schema.between(0, 1)).annotations({
      description: "Part of the slices that is public, as the reference counts it.",
    }),
    { default: () => 0.5, exact: true },
  ),
  quantumUs: Schema.optionalWith(Duration.annotations({ description: "Length of a quantum." }), {
    default: () => 5 * MINUTE,
    exact: true,
  }),
});

const User = Schema.Struct({
  /** Work that it may have beyond others, MFLOP; of all users together 0. */
  credits: Schema.Int,
  /** Work placed in this quantum, MFLOP. */
  used: Schema.Int,
});

/** Ranks of those within their guaranteed part lie this much below all others. */
const GUARANTEED = 1n << 62n;

/**
 * At the edge the slices of a quantum are what was placed in it, so supply and borrowing are equal
 * and the reference's sums simplify: everybody's credits grow by an equal share of all work and
 * fall by its own.
 */
export const karma = lanePolicy<typeof Params.Type, typeof User.Type>({
  name: "karma",
  summary: "Half an equal share guaranteed; beyond it credits for what one left to others: Karma.",
  admission: "open",
  Params,
  Account: User,
  quantumUs: ({ quantumUs }) => quantumUs,
  settle: ({ credits, used }, { served, known }) => ({
    credits: credits + Math.floor(served / known) - used,
    used: 0,
  }),
  // the mean of all
  fresh: () => ({ credits: 0, used: 0 }),
  charge: ({ credits, used }, { mflop }) => ({ credits, used: used + mflop }),
  rank: ({ credits, used }, { params, served, known }) => {
    const share = Math.floor(((1 - params.alpha) * served) / Math.max(1, known));
    return used < share ? BigInt(used) - GUARANTEED : BigInt(Math.max(0, used - share) - credits);
  },
  words: ({ credits, used }) => `has ${credits} MFLOP of credits and used ${used} in this quantum`,
});

export interface KarmaQuantum {
  readonly allocation: ReadonlyArray<number>;
  readonly credits: ReadonlyArray<number>;
}

/** The reference: one quantum of whole slices, ties by place. O(slices x users). */
export function karmaQuantum(
  credits: ReadonlyArray<number>,
  demands: ReadonlyArray<number>,
  pool: { readonly slices: number; readonly alpha: number },
): KarmaQuantum {
  const users = demands.length;
  const free = (pool.alpha * pool.slices) / users;
  const share = (pool.slices - pool.alpha * pool.slices) / users;
  const allocation = demands.map((demand) => Math.min(demand, share));
  const purse = credits.map((each) => each + free);
  const donated = demands.map((demand) => Math.max(0, share - demand));
  const wanted = demands.map((demand) => Math.max(0, demand - share));
  const supply = sum(donated) + pool.alpha * pool.slices;
  const lent = Math.min(supply, sum(wanted));
  for (let slice = 0; slice < lent; slice++) {
    const borrower = extreme(purse, wanted, (a, b) => a > b);
    purse[borrower] = (purse[borrower] as number) - 1;
    wanted[borrower] = (wanted[borrower] as number) - 1;
    allocation[borrower] = (allocation[borrower] as number) + 1;
  }
  for (let slice = 0; slice < lent && sum(donated) > 0; slice++) {
    const donor = extreme(purse, donated, (a, b) => a < b);
    purse[donor] = (purse[donor] as number) + 1;
    donated[donor] = (donated[donor] as number) - 1;
  }
  return { allocation, credits: purse };
}

/** The place with the most extreme purse among those that have something left to move. */
function extreme(
  purse: ReadonlyArray<number>,
  left: ReadonlyArray<number>,
  before: (a: number, b: number) => boolean,
): number {
  let found = -1;
  for (const [n, amount] of purse.entries()) {
    const isLeft = (left[n] as number) > 0;
    if (isLeft && (found < 0 || before(amount, purse[found] as number))) found = n;
  }
  return found;
}

function sum(amounts: ReadonlyArray<number>): number {
  return amounts.reduce((all, each) => all + each, 0);
}
