/** How a reward becomes its owner's: a part at once, the rest evenly over a time. */
import { type Grant, type Holding, nanoPingo } from "../../kernel/policies/rewards.ts";

export interface Vesting {
  /** Hundredths that are free at once. */
  readonly freePercent: number;
  readonly vestingUs: number;
}

export const noHolding: Holding = { settled: nanoPingo(0n), grants: [], burned: nanoPingo(0n) };

/** What of one grant is vested at an instant; never falls with time, and all of it at the end. */
export function vestedOf({ amount, atUs }: Grant, vesting: Vesting, nowUs: number): bigint {
  const free = (amount * BigInt(vesting.freePercent)) / 100n;
  const ageUs = Math.max(0, nowUs - atUs);
  if (ageUs >= vesting.vestingUs) return amount;
  return free + ((amount - free) * BigInt(ageUs)) / BigInt(vesting.vestingUs);
}

/** What the owner may have claimed in its whole life by then. */
export function cumulativeVested(holding: Holding, vesting: Vesting, nowUs: number): bigint {
  let sum: bigint = holding.settled;
  for (const grant of holding.grants) sum += vestedOf(grant, vesting, nowUs);
  return sum;
}

/** Adds a grant and settles those that have vested wholly: few are kept, however long the life. */
export function withGrant(holding: Holding, grant: Grant, vesting: Vesting): Holding {
  const isOpen = ({ atUs }: Grant) => grant.atUs - atUs < vesting.vestingUs;
  const open = holding.grants.filter(isOpen);
  let settled: bigint = holding.settled;
  for (const old of holding.grants) if (!isOpen(old)) settled += old.amount;
  return {
    settled: nanoPingo(settled),
    grants: grant.amount === 0n ? open : [...open, grant],
    burned: holding.burned,
  };
}

/** Takes back all that has not vested; what has stays claimable, so no posted claim is broken. */
export function clawedBack(holding: Holding, vesting: Vesting, nowUs: number): Holding {
  const vested = cumulativeVested(holding, vesting, nowUs);
  return {
    settled: nanoPingo(vested),
    grants: [],
    burned: nanoPingo(holding.burned + grantedOf(holding) - vested),
  };
}

/** All that was granted and not taken back. */
export function grantedOf({ settled, grants }: Holding): bigint {
  return grants.reduce((sum, { amount }) => sum + amount, settled as bigint);
}
