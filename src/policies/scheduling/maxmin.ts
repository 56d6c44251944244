/**
 * Max-min fairness: nobody can have more without somebody who has less, or is as poor, having less
 * still. At each instant, by slots; no memory of what was had or given before.
 */
import { Schema } from "effect";
import { lanePolicy } from "./lane-rule.ts";

/** Slots that run a requester's work now. */
export const maxmin = lanePolicy<object, number>({
  name: "maxmin",
  summary: "The requester that holds the fewest slots now.",
  admission: "open",
  Params: Schema.Struct({}),
  Account: Schema.Int,
  fresh: () => 0,
  charge: (slots) => slots + 1,
  release: (slots) => slots - 1,
  rank: (slots) => BigInt(slots),
  words: (slots) => `holds ${slots} slots`,
});

export interface Claim {
  readonly demand: number;
  readonly weight?: number;
}

/** Progressive filling: everybody grows in proportion to its weight until it has its demand. */
export function fillMaxMin(capacity: number, claims: ReadonlyArray<Claim>): ReadonlyArray<number> {
  const byNeed = claims
    .map(({ demand, weight = 1 }, place) => ({ demand, weight, place }))
    .sort((a, b) => a.demand / a.weight - b.demand / b.weight);
  const shares = claims.map(() => 0);
  let left = capacity;
  let weights = byNeed.reduce((sum, { weight }) => sum + weight, 0);
  for (const { demand, weight, place } of byNeed) {
    const share = Math.min(demand, (left * weight) / weights);
    shares[place] = share;
    left -= share;
    weights -= weight;
  }
  return shares;
}
