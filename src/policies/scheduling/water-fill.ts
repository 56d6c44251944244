/**
 * Pours a supply over claims so that the richest come first: each unit lowers rho = balance / rate,
 * hours of a contributor's own work in the bank, and all who get something and are not at their
 * limit end at one level. In closed form (mechanisms A.2): the level L solves
 *
 *   sum over i of min(limit_i, max(0, balance_i - L rate_i)) = supply.
 *
 * The left side is piecewise linear in L with two breakpoints a claim: sort those, find the piece,
 * solve it. Amounts are whole nano-VCU in float64 arrays, exact below 2^53 (nine million VCU). The
 * level is an estimate; what it leaves over or takes too much, at most some nano each, is settled
 * one nano at a time in the order of a seeded hash, so the sum is the supply exactly.
 */
import { invariant } from "../../kernel/invariant.ts";

/** Parallel arrays, one place a claim. */
export interface Claims {
  readonly balance: Float64Array;
  /** Zero excludes: its limit has to be zero too. */
  readonly rate: Float64Array;
  readonly limit: Float64Array;
  /** Unsigned 32-bit words by identity: who is served first when a nano is left. */
  readonly ties: Uint32Array;
}

/** Most claims: a place and a tie word share the 53 bits of a number. */
const PLACES = 2_097_152;

export function total(amounts: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < amounts.length; i++) sum += amounts[i] as number;
  invariant(Number.isSafeInteger(sum), "a quantum is below nine million VCU");
  return sum;
}

/** What each claim gets: whole nano, their sum is min(supply, sum of limits). O(n log n). */
export function waterFill(claims: Claims, supply: number): Float64Array {
  const { balance, rate, limit } = claims;
  const size = limit.length;
  invariant(size < PLACES, "at most two million claims a quantum");
  if (supply === 0) return new Float64Array(size);
  if (total(limit) <= supply) return limit.slice();
  const level = levelOf(claims, supply);
  const shares = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const share = Math.floor((balance[i] as number) - level * (rate[i] as number));
    shares[i] = Math.min(limit[i] as number, Math.max(0, share));
  }
  settle(shares, claims, { left: supply - total(shares), level });
  return shares;
}

/** Sum of the claims above a level. */
function pouredTo({ balance, rate, limit }: Claims, level: number): number {
  let sum = 0;
  for (let i = 0; i < limit.length; i++) {
    const most = limit[i] as number;
    const above = (balance[i] as number) - level * (rate[i] as number);
    if (above > 0) sum += above < most ? above : most;
  }
  return sum;
}

function levelOf(claims: Claims, supply: number): number {
  const { balance, rate, limit } = claims;
  const points = new Float64Array(2 * limit.length);
  let count = 0;
  for (let i = 0; i < limit.length; i++) {
    const most = limit[i] as number;
    if (most === 0) continue;
    points[count++] = (balance[i] as number) / (rate[i] as number);
    points[count++] = ((balance[i] as number) - most) / (rate[i] as number);
  }
  const sorted = points.subarray(0, count).sort();
  // the last breakpoint at which no less than the supply is poured
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pouredTo(claims, sorted[middle] as number) >= supply) low = middle;
    else high = middle - 1;
  }
  const point = sorted[low] as number;
  const slope = slopeAbove(claims, point);
  return slope > 0 ? point + (pouredTo(claims, point) - supply) / slope : point;
}

/** Nano that one unit of level is worth just above a breakpoint. */
function slopeAbove({ balance, rate, limit }: Claims, point: number): number {
  let slope = 0;
  for (let i = 0; i < limit.length; i++) {
    const most = limit[i] as number;
    if (most === 0) continue;
    const starts = (balance[i] as number) / (rate[i] as number);
    const ends = ((balance[i] as number) - most) / (rate[i] as number);
    if (ends <= point && point < starts) slope += rate[i] as number;
  }
  return slope;
}

/** Gives out what is left, or takes back what is too much, one nano at a time. */
function settle(
  shares: Float64Array,
  { balance, rate, limit, ties }: Claims,
  { left, level }: { readonly left: number; readonly level: number },
): void {
  const sign = left > 0 ? 1 : -1;
  let rest = Math.abs(left);
  for (let isNear = true; rest > 0; ) {
    const queue = new Float64Array(shares.length);
    let size = 0;
    for (let i = 0; i < shares.length; i++) {
      const share = shares[i] as number;
      const hasRoom = sign > 0 ? share < (limit[i] as number) : share > 0;
      const atLevel = (balance[i] as number) - level * (rate[i] as number) > -1;
      if (hasRoom && (atLevel || !isNear)) queue[size++] = (ties[i] as number) * PLACES + i;
    }
    invariant(size > 0 || isNear, "the supply is less than the sum of the limits");
    isNear &&= size > 0;
    const chosen = size > rest ? queue.subarray(0, size).sort() : queue;
    for (let n = 0; n < Math.min(size, rest); n++) {
      const place = (chosen[n] as number) % PLACES;
      shares[place] = (shares[place] as number) + sign;
    }
    rest -= Math.min(size, rest);
  }
}
