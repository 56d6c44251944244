/**
 * Taking slots back. Work whose job was admitted on debt, and commons work, run on what nobody else
 * wants, so they leave their node when somebody does: if they have only begun. What is nearly done
 * leaves soon by itself, and its work is not thrown away. One node is asked at a time: it answers
 * within a round trip, and more work seldom waits for longer than that. A node that vanished holds
 * this up for no longer than an offer.
 */
import { send } from "../../kernel/command.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { leavePool, memberAt, poolSize } from "../../kernel/pool.ts";
import type { Revoke } from "../node/messages.ts";
import { isEligible, recordOf } from "./choose.ts";
import { type NodeEntry, type OpenAttempt, withAttempt } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Attempts looked at for one that runs where the waiting work may run. */
const LOOKS = 8;

/** Share of its expected time after which a run is left alone. */
const BEGUN = 0.25;

/** True for work that may be interrupted for other work. */
export function givesWay(work: Work): boolean {
  return work.onDebt || work.commons;
}

/** No node is ready for `work`: asks one back for it, the youngest attempts first. */
export function askBack(turn: Turn, work: Work): void {
  const { next, atUs } = turn;
  const size = poolSize(next.preemptible);
  if (size === 0) return;
  if (next.revokedUs > 0 && atUs < next.revokedUs + next.input.limits.offerUs) return;
  for (let place = size - 1; place >= Math.max(0, size - LOOKS); place--) {
    const attempt = memberAt(next.preemptible, place);
    const open = next.attempts.get(attempt);
    const entry = open === undefined ? undefined : next.nodes.get(open.node);
    if (open === undefined || entry === undefined) continue;
    if (!canLeave(turn, open, entry) || !mayRun(turn, work, entry)) continue;
    const revoke: Revoke = { type: "Revoke", attempt, reason: "preempted" };
    turn.commands.push(send(open.node, revoke));
    next.attempts = next.attempts.set(attempt, withAttempt(open, { phase: "revoking" }));
    next.preemptible = leavePool(next.preemptible, attempt);
    next.revokedUs = atUs;
    return;
  }
}

/** Where the owner uses the machine the slot would be of no use. */
function canLeave(turn: Turn, open: OpenAttempt, entry: NodeEntry): boolean {
  if (open.phase !== "leased" || entry.presence !== "here" || entry.silent) return false;
  const expectedUs = open.leaseUs / turn.next.input.limits.leaseFactor;
  return turn.atUs - open.startedUs <= BEGUN * expectedUs;
}

function mayRun(turn: Turn, work: Work, entry: NodeEntry): boolean {
  const record = recordOf(turn, work);
  return record !== undefined && isEligible(turn, work, entry, record);
}
