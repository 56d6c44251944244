/**
 * Commit and reveal: a node that has a result commits to it, and shows it when the verifier wants
 * no more copies of the task. So nobody who still runs one can copy what another shows.
 */
import type { Decision } from "../../kernel/chart.ts";
import { type Command, cancelTimer, send, startTimer } from "../../kernel/command.ts";
import { commitmentTo } from "../../kernel/commitment.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { withheldDigest } from "../../kernel/policies/verification.ts";
import type { CancelTask } from "../edge/messages.ts";
import type { Reveal } from "../node/messages.ts";
import type { Weigh } from "../verifier/messages.ts";
import type { ResultReported, RevealDue, Weighed } from "./messages.ts";
import { placeMore } from "./place.ts";
import {
  contentOf,
  type JobContext,
  type OpenAttempt,
  type Task,
  taskId,
  taskIndex,
  withContext,
  withOpenAttempt,
  withTask,
} from "./state.ts";

type Decided = Decision<JobContext>;
type Results = Task["results"];

function revealKey(attempt: string): string {
  return `reveal/${attempt}`;
}

/** Attempts with a commitment that nobody was asked to reveal. */
function waits({ sealed, revealing }: OpenAttempt): boolean {
  return sealed !== null && !revealing;
}

/** As many as are wanted have committed: asks whether they are enough, or has them shown. */
export function turnRound(context: JobContext, index: number, task: Task): Decided {
  const waiting = task.open.filter(waits);
  const sealed = task.open.filter((each) => each.sealed !== null).length;
  const isComplete = shownOf(task) + sealed >= task.wanted;
  if (!isComplete || waiting.length === 0 || task.weighing > 0) {
    const tasks = context.tasks.set(index, task);
    return { context: withContext(context, { tasks }), commands: [] };
  }
  const { verifier } = context.input;
  // what was asked for after a result was shown is the verdict's, and nobody weighs it again
  const isFurther = shownOf(task) > 0 || waiting.length < sealed;
  if (verifier === null || isFurther) return showAll(context, index, task);
  const weigh: Weigh = {
    type: "Weigh",
    task: taskId(context.input, index),
    content: contentOf(context, index),
    owners: waiting.flatMap((each) => (each.sealed === null ? [] : [each.sealed.owner])),
  };
  const asked = withTask(task, { weighing: waiting.length });
  return {
    context: withContext(context, { tasks: context.tasks.set(index, asked) }),
    commands: [send(verifier, weigh)],
  };
}

/** Results that were shown, or should have been by now. */
export function shownOf({ results, withheld }: Task): number {
  return results.length + withheld.length;
}

/** True for the verifier's answer to a question that is still open. */
export function isWeighed(context: JobContext, delivery: Delivery<Weighed>): boolean {
  const task = context.tasks.get(taskIndex(context.input, delivery.message.task));
  return delivery.from === context.input.verifier && task !== undefined && task.weighing > 0;
}

/** None more are wanted: all that is sealed is shown. Else the others are asked for at once. */
export function heedWeighed(context: JobContext, delivery: Delivery<Weighed>): Decided {
  const { task: id, more } = delivery.message;
  const index = taskIndex(context.input, id);
  const before = context.tasks.get(index);
  if (before === undefined) return { context, commands: [] };
  const task = withTask(before, { wanted: before.weighing + more, weighing: 0 });
  if (more === 0) return showAll(context, index, task);
  const missing = task.wanted - task.open.length;
  return missing > 0
    ? placeMore(context, index, task, { count: missing, entropy: delivery.entropy })
    : turnRound(context, index, task);
}

/** Whoever still runs the task would hear the result: its copy is taken back. */
function showAll(context: JobContext, index: number, task: Task): Decided {
  const { edge, limits } = context.input;
  const id = taskId(context.input, index);
  const commands: Array<Command> = [];
  const open: Array<OpenAttempt> = [];
  for (const each of task.open) {
    if (each.sealed === null) continue;
    if (waits(each)) commands.push(...ask(id, each, limits.revealUs));
    open.push(withOpenAttempt(each, { revealing: true }));
  }
  const late = task.open.length - open.length;
  if (late > 0) {
    const cancel: CancelTask = { type: "CancelTask", task: id };
    commands.push(send(edge, cancel));
  }
  const tasks = context.tasks.set(index, withTask(task, { open }));
  return { context: withContext(context, { tasks, open: context.open - late }), commands };
}

/** Asks one node to reveal, and waits for it so long. */
function ask(
  id: string,
  { attempt, sealed }: OpenAttempt,
  revealUs: number,
): ReadonlyArray<Command> {
  const reveal: Reveal = { type: "Reveal", attempt };
  const due: RevealDue = { type: "RevealDue", task: id, attempt };
  return [
    ...(sealed === null ? [] : [send(sealed.node, reveal)]),
    startTimer(revealKey(attempt), revealUs, due),
  ];
}

export function noLongerWait(attempt: string): Command {
  return cancelTimer(revealKey(attempt));
}

/** True when `digest` is what the attempt's owner had committed to. */
export function opens(
  { sealed, token }: OpenAttempt,
  { task, digest }: Pick<ResultReported, "task" | "digest">,
): boolean {
  if (sealed === null) return false;
  return sealed.commit === commitmentTo({ worker: sealed.owner, task, token, digest });
}

/**
 * What the owners of a task stand for. A result that was never shown is the one of another that it
 * was the commitment to; else it is nobody's, so that a liar gains nothing by keeping silent.
 */
export function testimonyOf(id: string, { results, withheld }: Task): Results {
  if (withheld.length === 0) return results;
  const unseen = withheld.flatMap((open): Results => {
    if (open.sealed === null) return [];
    const { node, owner } = open.sealed;
    const same = results.find(({ digest }) => opens(open, { task: id, digest }));
    const digest = same?.digest ?? withheldDigest(open.attempt);
    return [{ attempt: open.attempt, node, owner, digest }];
  });
  return inOrder([...results, ...unseen]);
}

/** Results in the order of their attempts, so that the order of arrival decides nothing. */
export function inOrder(results: Results): Results {
  return [...results].sort((a, b) => (a.attempt < b.attempt ? -1 : 1));
}
