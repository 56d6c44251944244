/** What contributors and jobs say: new jobs, wishes for executions, ends. */
import type { Decision } from "../../kernel/chart.ts";
import { reply, send } from "../../kernel/command.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import type { JobRefused } from "../contributor/messages.ts";
import type { Revoke } from "../node/messages.ts";
import { endRest, forgetJob, noteAsked, openCommons, openJob, openRecheck } from "./commons-job.ts";
import { askAgain, dispatch, enqueue, retryAside, serve } from "./dispatch.ts";
import type {
  CancelTask,
  CloseCommons,
  DrainEdge,
  JobEnded,
  PlaceTask,
  Recheck,
  Retry,
  SubmitJob,
  SubmitTraining,
} from "./messages.ts";
import { type EdgeContext, type EdgeRules, queueLength, withJob } from "./state.ts";
import { beginTurn, endAttempt, endTurn } from "./turn.ts";

type Decided = Decision<EdgeContext>;

export function isOverloaded(rules: EdgeRules, context: EdgeContext): boolean {
  return queueLength(rules, context) > context.input.limits.queuedPerEdge;
}

/** Half of what overloads: an edge does not waver at the limit. */
export function isRelieved(rules: EdgeRules, context: EdgeContext): boolean {
  return 2 * queueLength(rules, context) < context.input.limits.queuedPerEdge;
}

export function isTooLarge(context: EdgeContext, delivery: Delivery<SubmitJob>): boolean {
  return delivery.message.tasks.length > context.input.limits.tasksPerJob;
}

export function admit(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<SubmitJob>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { demand, tasks, inputBytes, outputBytes, memoryMib, contents } = delivery.message;
  const requester = delivery.from;
  openJob(turn, 0, {
    demand,
    tasks,
    inputBytes,
    outputBytes,
    memoryMib,
    requester,
    commons: false,
    contents,
    exclude: [],
  });
  return endTurn(turn);
}

const nothing = nanoVcu(0n);

type Submitted = Delivery<SubmitJob | SubmitTraining>;

function refusal(delivery: Submitted, reason: JobRefused["reason"], rule: string) {
  const { demand } = delivery.message;
  const refused: JobRefused = {
    type: "JobRefused",
    demand,
    reason,
    rule,
    have: nothing,
    need: nothing,
  };
  return [reply(refused)];
}

export function refuseLarge(
  _rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<SubmitJob>,
): Decided {
  const most = context.input.limits.tasksPerJob;
  const rule = `a job has at most ${most} tasks; this one has ${delivery.message.tasks.length}`;
  return { context, commands: refusal(delivery, "overloaded", rule) };
}

export function refuseOverloaded(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Submitted,
): Decided {
  const { edge, limits } = context.input;
  const rule =
    `${edge} takes new jobs again when less than half of ${limits.queuedPerEdge} executions ` +
    `wait; ${queueLength(rules, context)} wait now`;
  return { context, commands: refusal(delivery, "overloaded", rule) };
}

export function refuseDraining(
  _rules: EdgeRules,
  context: EdgeContext,
  delivery: Submitted,
): Decided {
  const rule = `${context.input.edge} is closed by its operator and finishes what it has`;
  return { context, commands: refusal(delivery, "draining", rule) };
}

export function closeEdge(
  _rules: EdgeRules,
  context: EdgeContext,
  _delivery: Delivery<DrainEdge>,
): Decided {
  return { context: { ...context, closed: true }, commands: [] };
}

/** What newcomers were meant to do any ready node may finish now. */
export function closeCommons(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<CloseCommons>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { input } = context;
  turn.next.input = { ...input, commons: { ...input.commons, mode: "off" } };
  dispatch(turn);
  return endTurn(turn);
}

export function queueWish(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<PlaceTask>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const wish = delivery.message;
  // spelt out: this is the edge's busiest step, and copying the rest of an object is slow
  const work: Work = {
    attempt: wish.attempt,
    task: wish.task,
    job: delivery.from,
    requester: wish.requester,
    standing: wish.standing,
    commons: wish.commons,
    onDebt: wish.onDebt,
    content: wish.content,
    mflop: wish.mflop,
    memoryMib: wish.memoryMib,
    inputBytes: wish.inputBytes,
    outputBytes: wish.outputBytes,
    token: wish.token,
    exclude: wish.exclude,
    queuedUs: delivery.atUs,
  };
  noteAsked(turn, delivery.from);
  enqueue(turn, work);
  dispatch(turn);
  openCommons(turn);
  return endTurn(turn);
}

/** Opens a job of the commons for what is in doubt; it is placed like any requester's. */
export function recheck(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<Recheck>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  openRecheck(turn, delivery.message);
  return endTurn(turn);
}

/** The task is decided: what waits is dropped, what runs is revoked, its slots are free. */
export function cancelTask(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<CancelTask>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { next, commands } = turn;
  const { task } = delivery.message;
  const job = context.jobs.get(delivery.from);
  const record = job?.tasks.get(task);
  if (job === undefined || record === undefined) return endTurn(turn);
  next.schedule = rules.scheduling.cancel(next.schedule, task, turn.moment);
  if (job.commons) next.commonsWaiting -= record.waiting;
  const nodes = record.open.map((attempt) => {
    const node = next.attempts.get(attempt)?.node ?? delivery.from;
    const revoke: Revoke = { type: "Revoke", attempt, reason: "cancelled" };
    commands.push(send(node, revoke));
    endAttempt(turn, attempt, "cancelled");
    return node;
  });
  // without its record, work of the task that was set aside is passed over
  const left = next.jobs.get(delivery.from) ?? job;
  next.jobs = next.jobs.set(delivery.from, withJob(left, { tasks: left.tasks.delete(task) }));
  for (const node of nodes) serve(turn, node);
  openCommons(turn);
  return endTurn(turn);
}

export function endJob(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<JobEnded>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  forgetJob(turn, delivery.from);
  openCommons(turn);
  return endTurn(turn);
}

export function retry(rules: EdgeRules, context: EdgeContext, delivery: Delivery<Retry>): Decided {
  const { what } = delivery.message;
  const turn = beginTurn(rules, what === "commons" ? endRest(context) : context, delivery);
  if (what === "aside") retryAside(turn);
  if (what === "quantum") askAgain(turn);
  openCommons(turn);
  return endTurn(turn);
}
