/** A job's attempts: asking for executions, taking in commitments, results and losses. */
import type { Decision } from "../../kernel/chart.ts";
import { noCommands } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type {
  AttemptLost,
  AttemptSlow,
  ResultCommitted,
  ResultReported,
  RevealDue,
} from "./messages.ts";
import { placeMore } from "./place.ts";
import { inOrder, noLongerWait, opens, shownOf, turnRound } from "./reveal.ts";
import {
  type JobContext,
  type OpenAttempt,
  type Task,
  taskIndex,
  withContext,
  withOpenAttempt,
  withTask,
} from "./state.ts";
import { seekVerdict } from "./verdict.ts";

type Decided = Decision<JobContext>;

interface Found {
  readonly index: number;
  readonly task: Task;
  readonly open: OpenAttempt;
}

/** The undecided task that `attempt` is open in, and the attempt; else undefined. */
function openTask(
  context: JobContext,
  of: { readonly task: string; readonly attempt: string },
): Found | undefined {
  const index = taskIndex(context.input, of.task);
  const task = context.tasks.get(index);
  const open = task?.open.find(({ attempt }) => attempt === of.attempt);
  return task === undefined || open === undefined ? undefined : { index, task, open };
}

/** True for the first commitment to an open attempt, with its token; others are late or forged. */
export function isCommitment(context: JobContext, delivery: Delivery<ResultCommitted>): boolean {
  const open = openTask(context, delivery.message)?.open;
  return open?.token === delivery.message.token && open.sealed === null;
}

/** True for the result that a node was asked to reveal, from that node. */
export function isExpected(context: JobContext, delivery: Delivery<ResultReported>): boolean {
  const open = openTask(context, delivery.message)?.open;
  return (
    open?.token === delivery.message.token &&
    open.revealing &&
    open.sealed?.node === delivery.from &&
    open.sealed.owner === delivery.message.owner
  );
}

/** True for the loss of an attempt that is still queued or runs. */
export function isOpen(context: JobContext, delivery: Delivery<AttemptLost>): boolean {
  return openTask(context, delivery.message)?.open.sealed === null;
}

/** True when a straggler's task may have one more copy. */
export function isStraggler(context: JobContext, delivery: Delivery<AttemptSlow>): boolean {
  const found = openTask(context, delivery.message);
  if (found === undefined || found.open.sealed !== null) return false;
  return found.task.open.length + shownOf(found.task) <= found.task.wanted;
}

/** True for a node that was asked to reveal and did not. */
export function isAwaitedReveal(context: JobContext, delivery: Delivery<RevealDue>): boolean {
  return openTask(context, delivery.message)?.open.revealing === true;
}

/** A node has a result and no longer works on it. */
export function takeCommitment(context: JobContext, delivery: Delivery<ResultCommitted>): Decided {
  const found = openTask(context, delivery.message);
  if (found === undefined) return { context, commands: noCommands };
  const { owner, commit } = delivery.message;
  const sealed = withOpenAttempt(found.open, { sealed: { node: delivery.from, owner, commit } });
  const open = found.task.open.map((each) => (each === found.open ? sealed : each));
  return turnRound(context, found.index, withTask(found.task, { open }));
}

/** A node that was asked to reveal is silent: its commitment speaks for it, or against it. */
export function endWait(context: JobContext, delivery: Delivery<RevealDue>): Decided {
  const found = openTask(context, delivery.message);
  if (found === undefined) return { context, commands: noCommands };
  const withheld = [...found.task.withheld, found.open];
  return giveUp(context, { ...found, task: withTask(found.task, { withheld }) }, delivery.entropy);
}

/** A revealed result counts only when it is the one that was committed to. */
export function takeResult(context: JobContext, delivery: Delivery<ResultReported>): Decided {
  const { attempt, owner, digest } = delivery.message;
  const found = openTask(context, delivery.message);
  if (found === undefined) return { context, commands: noCommands };
  const { index, task } = found;
  const silence = noLongerWait(attempt);
  if (!opens(found.open, delivery.message)) {
    const forgers = [...task.forgers, owner];
    const next = giveUp(context, { ...found, task: withTask(task, { forgers }) }, delivery.entropy);
    return { context: next.context, commands: [silence, ...next.commands] };
  }
  const result = { attempt, node: delivery.from, owner, digest };
  const results = inOrder([...task.results, result]);
  const open = task.open.filter((each) => each !== found.open);
  const left = withContext(context, { open: context.open - 1 });
  const next = seekVerdict(left, index, withTask(task, { open, results }));
  return { context: next.context, commands: [silence, ...next.commands] };
}

/** A lost attempt is asked for again, until the task has lost too many. */
export function replaceLost(context: JobContext, delivery: Delivery<AttemptLost>): Decided {
  const found = openTask(context, delivery.message);
  if (found === undefined) return { context, commands: noCommands };
  return giveUp(context, found, delivery.entropy);
}

/** Expects nothing of an attempt any more: goes on without it, or asks for another. */
function giveUp(context: JobContext, found: Found, entropy: Seed): Decided {
  const open = found.task.open.filter(({ attempt }) => attempt !== found.open.attempt);
  const shown = shownOf(found.task);
  // a result that nobody has seen cannot be accepted
  const isBlind = open.length === 0 && found.task.results.length === 0;
  const wanted = isBlind ? Math.max(found.task.wanted, shown + 1) : found.task.wanted;
  const task = withTask(found.task, { open, wanted, lost: found.task.lost + 1 });
  const left = withContext(context, { open: context.open - 1 });
  const missing = wanted - shown - open.length;
  if (task.lost < context.input.limits.attemptsPerTask) {
    return missing > 0
      ? placeMore(left, found.index, task, { count: missing, entropy })
      : seekVerdict(left, found.index, task);
  }
  const tasks = left.tasks.set(found.index, task);
  return {
    context: withContext(left, { tasks, ending: "attempts-exhausted" }),
    commands: noCommands,
  };
}

/** A straggler: one more copy without waiting for it; whichever ends first counts. */
export function doubleSlow(context: JobContext, delivery: Delivery<AttemptSlow>): Decided {
  const found = openTask(context, delivery.message);
  if (found === undefined) return { context, commands: noCommands };
  return placeMore(context, found.index, found.task, { count: 1, entropy: delivery.entropy });
}
