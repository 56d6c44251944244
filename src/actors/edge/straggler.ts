/**
 * Attempts that take much longer than their node's speed promised: while nodes idle the job is told
 * once, so that it may have another copy of the task run without waiting for the end of the lease.
 * The lease's own timer rings for it, so an attempt that ends in time costs no timer more.
 */
import { kindOf } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { send, startTimer } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { poolSize } from "../../kernel/pool.ts";
import type { AttemptSlow } from "../job/messages.ts";
import type { AttemptLate, LeaseExpired } from "./messages.ts";
import type { EdgeContext, EdgeRules, OpenAttempt } from "./state.ts";
import { beginTurn, endTurn, leaseKey, type Turn } from "./turn.ts";

/**
 * Nobody waits for commons work, work that gives way gets no second slot, and a training run goes
 * on without its late machines by itself.
 */
function isAwaited({ commons, work, job }: OpenAttempt): boolean {
  return !commons && work === null && kindOf(job) === "job";
}

/** When an attempt is late: leases are a multiple of the expected run, or a floor for short. */
function lateUs(turn: Turn, { leaseUs }: OpenAttempt): number {
  const { stragglerFactor, leaseFactor } = turn.next.input.limits;
  return Math.ceil((leaseUs * stragglerFactor) / leaseFactor);
}

/** The node took the attempt: its lease starts. */
export function watchLease(turn: Turn, attempt: string, open: OpenAttempt): void {
  const afterUs = lateUs(turn, open);
  if (!isAwaited(open) || afterUs >= open.leaseUs) {
    expireAfter(turn, attempt, open.leaseUs);
    return;
  }
  const late: AttemptLate = { type: "AttemptLate", attempt };
  turn.commands.push(startTimer(leaseKey(attempt), afterUs, late));
}

function expireAfter(turn: Turn, attempt: string, leaseUs: number): void {
  const expired: LeaseExpired = { type: "LeaseExpired", attempt };
  const { graceUs } = turn.next.input.limits;
  turn.commands.push(startTimer(leaseKey(attempt), leaseUs + graceUs, expired));
}

/** The edge's own clock: the rest of the lease runs, and the job may have a second copy. */
export function noteLate(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<AttemptLate>,
): Decision<EdgeContext> {
  const turn = beginTurn(rules, context, delivery);
  const { attempt } = delivery.message;
  const open = context.attempts.get(attempt);
  if (open === undefined || open.phase === "offered") return endTurn(turn);
  expireAfter(turn, attempt, open.leaseUs - lateUs(turn, open));
  if (poolSize(context.ready) > 0) {
    const slow: AttemptSlow = { type: "AttemptSlow", task: open.task, attempt };
    turn.commands.push(send(open.job, slow));
  }
  return endTurn(turn);
}
