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
import { ask, noLongerWait, opens, turnRound, wait } from "./reveal.ts";
import {
  type JobContext,
  type OpenAttempt,
  type Task,
  taskIndex,
  withContext,
  withOpenAttempt,
  withTask,
} from "./state.ts";
import { weigh } from "./verdict.ts";

type Decided = Decision<JobContext>;
type Results = Task["results"];

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
  const { open, results, wanted } = found.task;
  return open.length + results.length <= wanted;
}

/** True while a commitment waits, for its round or for its reveal. */
export function isAwaitedReveal(context: JobContext, delivery: Delivery<RevealDue>): boolean {
  const sealed = openTask(context, delivery.message)?.open.sealed;
  return sealed !== undefined && sealed !== null;
}

/** A node has a result and no longer works on it. */
export function takeCommitment(context: JobContext, delivery: Delivery<ResultCommitted>): Decided {
  const found = openTask(context, delivery.message);
  if (found === undefined) return { context, commands: noCommands };
  const { task: id, attempt, owner, commit } = delivery.message;
  const sealed = withOpenAttempt(found.open, { sealed: { node: delivery.from, owner, commit } });
  const { revealUs } = context.input.limits;
  const { task, commands } = turnRound(id, withOpen(found, sealed), revealUs);
  const waits = commands.length > 0 ? commands : [wait(id, attempt, revealUs)];
  return {
    context: withContext(context, { tasks: context.tasks.set(found.index, task) }),
    commands: waits,
  };
}

function withOpen({ task, open }: Found, by: OpenAttempt): Task {
  return withTask(task, { open: task.open.map((each) => (each === open ? by : each)) });
}

/** The others of the round take too long, or the node that was asked does. */
export function endWait(context: JobContext, delivery: Delivery<RevealDue>): Decided {
  const found = openTask(context, delivery.message);
  if (found === undefined) return { context, commands: noCommands };
  if (found.open.revealing) return replace(context, found, delivery.entropy);
  const task = withOpen(found, withOpenAttempt(found.open, { revealing: true }));
  return {
    context: withContext(context, { tasks: context.tasks.set(found.index, task) }),
    commands: ask(delivery.message.task, found.open, context.input.limits.revealUs),
  };
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
    const next = replace(
      context,
      { ...found, task: withTask(task, { forgers }) },
      delivery.entropy,
    );
    return { context: next.context, commands: [silence, ...next.commands] };
  }
  const results = inOrder(task.results, { attempt, node: delivery.from, owner, digest });
  const open = task.open.filter((each) => each !== found.open);
  const left = withContext(context, { open: context.open - 1 });
  const next = weigh(left, index, withTask(task, { open, results }));
  return { context: next.context, commands: [silence, ...next.commands] };
}

/** Results in the order of their attempts, so that the order of arrival decides nothing. */
function inOrder(results: Results, result: Results[number]): Results {
  return [...results, result].sort((a, b) => (a.attempt < b.attempt ? -1 : 1));
}

/** A lost attempt is asked for again, until the task has lost too many. */
export function replaceLost(context: JobContext, delivery: Delivery<AttemptLost>): Decided {
  const found = openTask(context, delivery.message);
  if (found === undefined) return { context, commands: noCommands };
  return replace(context, found, delivery.entropy);
}

function replace(context: JobContext, found: Found, entropy: Seed): Decided {
  const open = found.task.open.filter(({ attempt }) => attempt !== found.open.attempt);
  const task = withTask(found.task, { open, lost: found.task.lost + 1 });
  const left = withContext(context, { open: context.open - 1 });
  const missing = task.wanted - task.results.length - task.open.length;
  if (task.lost < context.input.limits.attemptsPerTask) {
    return placeMore(left, found.index, task, { count: missing, entropy });
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
