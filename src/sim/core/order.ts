/**
 * The order of simultaneous events: (rank of the sender, the sender's own counter) in one number.
 * Rank above, counter below, together within the 2^53 that a double holds exactly.
 */
import { invariant } from "../../kernel/invariant.ts";
import type { Hosted } from "./hosted.ts";

const SEQ_LIMIT = 134_217_728;
export const RANK_LIMIT = 67_108_863;

/** The place of the next thing that `actor` schedules. */
export function orderOf(actor: Hosted): number {
  const seq = actor.seq++;
  invariant(seq < SEQ_LIMIT, "an actor scheduled more than its counter can number");
  return (actor.index + 1) * SEQ_LIMIT + seq;
}
