/** Equal share: whoever had the least work placed so far goes next, whatever it contributed. */
import { Schema } from "effect";
import { lanePolicy } from "./lane-rule.ts";

/** Work placed for a requester since the edge opened, MFLOP. */
export const equalShare = lanePolicy<object, number>({
  name: "equal",
  summary: "The requester with the least work placed so far; commons work after all paid work.",
  admission: "open",
  Params: Schema.Struct({}),
  Account: Schema.Int,
  fresh: () => 0,
  charge: (placed, { mflop }) => placed + mflop,
  rank: (placed) => BigInt(placed),
  words: (placed) => `had ${placed} MFLOP placed`,
});
