/** A job's attempts: asking for executions, taking in results and losses. */
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, send } from "../../kernel/command.ts";
import { priceOf } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import type { CancelTask, PlaceTask } from "../edge/messages.ts";
import type { Settle } from "../ledger/messages.ts";
import type { Judge } from "../verifier/messages.ts";
import type { AttemptLost, Reserved, ResultReported, Verdict } from "./messages.ts";
import {
  attemptNumber,
  executionsOf,
  type JobContext,
  type Task,
  taskId,
  taskIndex,
  withContext,
  withTask,
} from "./state.ts";

type Decided = Decision<JobContext>;
type Results = Task["results"];

/** Tokens are drawn from this many; a node cannot guess another attempt's. */
const TOKENS = 0x1_0000_0000;

const newTask: Task = { placed: 0, lost: 0, wanted: 0, asked: 0, open: [], results: [] };

/** The escrow holds the price: asks for every execution of every task. */
export function beginTasks(context: JobContext, delivery: Delivery<Reserved>): Decided {
  return placeAll(withContext(context, { standing: delivery.message.standing }), delivery.entropy);
}

/** No ledger takes part: work begins without a price. */
export function beginUnpaid(context: JobContext, delivery: { readonly entropy: Seed }): Decided {
  return placeAll(context, delivery.entropy);
}

function placeAll(context: JobContext, entropy: Seed): Decided {
  const commands: Array<Command> = [];
  const wanted = executionsOf(context.input);
  let { tasks } = context;
  let salt = 0;
  for (let index = 0; index < context.input.tasks.length; index++) {
    let task: Task = withTask(newTask, { wanted });
    for (; task.placed < wanted; salt++) {
      const token = pick(entropy, salt, TOKENS);
      commands.push(placeTask(context, index, task, token));
      task = withAttempt(context, index, task, token);
    }
    tasks = tasks.set(index, task);
  }
  return { context: withContext(context, { tasks, open: salt }), commands };
}

function nextAttempt(context: JobContext, index: number, task: Task): string {
  return `${taskId(context.input, index)}.${task.placed}`;
}

function withAttempt(context: JobContext, index: number, task: Task, token: number): Task {
  const attempt = nextAttempt(context, index, task);
  return withTask(task, { placed: task.placed + 1, open: [...task.open, { attempt, token }] });
}

function placeTask(context: JobContext, index: number, task: Task, token: number): Command {
  const { input, standing } = context;
  const wish: PlaceTask = {
    type: "PlaceTask",
    attempt: nextAttempt(context, index, task),
    task: taskId(input, index),
    requester: input.requester,
    standing,
    commons: input.commons,
    onDebt: false,
    content: taskId(input, index),
    mflop: input.tasks[index] as number,
    memoryMib: input.memoryMib,
    inputBytes: input.inputBytes,
    outputBytes: input.outputBytes,
    token,
    // an owner with a result takes no second copy; who holds an open one the edge knows
    exclude: [input.requester, ...task.results.map((result) => result.owner)],
  };
  return send(input.edge, wish);
}

/** Asks for `count` further executions of an undecided task. */
function placeMore(
  context: JobContext,
  index: number,
  task: Task,
  { count, entropy }: { readonly count: number; readonly entropy: Seed },
): Decided {
  const commands: Array<Command> = [];
  let grown = task;
  for (let salt = 0; salt < count; salt++) {
    const token = pick(entropy, salt, TOKENS);
    commands.push(placeTask(context, index, grown, token));
    grown = withAttempt(context, index, grown, token);
  }
  const open = context.open + Math.max(0, count);
  return {
    context: withContext(context, { tasks: context.tasks.set(index, grown), open }),
    commands,
  };
}

/** The undecided task that `attempt` with `token` belongs to and is open in; else undefined. */
function openTask(
  context: JobContext,
  attempt: string,
  of: { readonly task: string; readonly token: number | null },
): { readonly index: number; readonly task: Task } | undefined {
  const index = taskIndex(context.input, of.task);
  const task = context.tasks.get(index);
  const open = task?.open.find((each) => each.attempt === attempt);
  if (task === undefined || open === undefined) return undefined;
  return of.token === null || of.token === open.token ? { index, task } : undefined;
}

/** True for a result of an open attempt with its token; all others are too late or forged. */
export function isExpected(context: JobContext, delivery: Delivery<ResultReported>): boolean {
  return openTask(context, delivery.message.attempt, delivery.message) !== undefined;
}

/** True for the loss of an attempt that is still open. */
export function isOpen(context: JobContext, delivery: Delivery<AttemptLost>): boolean {
  const { attempt, task } = delivery.message;
  return openTask(context, attempt, { task, token: null }) !== undefined;
}

export function takeResult(context: JobContext, delivery: Delivery<ResultReported>): Decided {
  const { attempt, owner, digest } = delivery.message;
  const found = openTask(context, attempt, delivery.message);
  if (found === undefined) return { context, commands: noCommands };
  const { index, task } = found;
  const results = inOrder(task.results, { attempt, node: delivery.from, owner, digest });
  const open = task.open.filter((each) => each.attempt !== attempt);
  const left = withContext(context, { open: context.open - 1 });
  return weigh(left, index, withTask(task, { open, results }));
}

/** Results in the order of their attempts, so that the order of arrival decides nothing. */
function inOrder(results: Results, result: Results[number]): Results {
  const numberOf = ({ attempt }: Results[number]) =>
    attemptNumber(attempt.slice(0, attempt.lastIndexOf(".")), attempt);
  return [...results, result].sort((a, b) => numberOf(a) - numberOf(b));
}

/** Enough results: believes the first where there is no verifier, else asks the verifier once. */
function weigh(context: JobContext, index: number, task: Task): Decided {
  const kept = (next: Task) => withContext(context, { tasks: context.tasks.set(index, next) });
  const { verifier } = context.input;
  const [first] = task.results;
  if (task.asked > 0 || task.results.length < task.wanted || first === undefined) {
    return { context: kept(task), commands: noCommands };
  }
  if (verifier === null) return accept(kept(task), index, task, first.digest);
  const judge: Judge = {
    type: "Judge",
    task: taskId(context.input, index),
    results: task.results,
  };
  return {
    context: kept(withTask(task, { asked: task.results.length })),
    commands: [send(verifier, judge)],
  };
}

/** A lost attempt is asked for again, until the task has lost too many. */
export function replaceLost(context: JobContext, delivery: Delivery<AttemptLost>): Decided {
  const { attempt, task: id } = delivery.message;
  const found = openTask(context, attempt, { task: id, token: null });
  if (found === undefined) return { context, commands: noCommands };
  const open = found.task.open.filter((each) => each.attempt !== attempt);
  const task = withTask(found.task, { open, lost: found.task.lost + 1 });
  const left = withContext(context, { open: context.open - 1 });
  const missing = task.wanted - task.results.length - task.open.length;
  if (task.lost < context.input.limits.attemptsPerTask) {
    return placeMore(left, found.index, task, { count: missing, entropy: delivery.entropy });
  }
  const tasks = left.tasks.set(found.index, task);
  return {
    context: withContext(left, { tasks, ending: "attempts-exhausted" }),
    commands: noCommands,
  };
}

/** True for the verifier's answer to a question that is still open. */
export function isAwaited(context: JobContext, delivery: Delivery<Verdict>): boolean {
  const task = context.tasks.get(taskIndex(context.input, delivery.message.task));
  return delivery.from === context.input.verifier && task !== undefined && task.asked > 0;
}

export function heedVerdict(context: JobContext, delivery: Delivery<Verdict>): Decided {
  const { verdict, digest, executions } = delivery.message;
  const index = taskIndex(context.input, delivery.message.task);
  const task = context.tasks.get(index);
  if (task === undefined) return { context, commands: noCommands };
  switch (verdict) {
    case "accepted":
      return accept(context, index, task, digest);
    case "rejected":
      return { context: withContext(context, { ending: "no-agreement" }), commands: noCommands };
    case "more": {
      const wanted = task.asked + Math.max(1, executions);
      const again = withTask(task, { wanted, asked: 0 });
      const missing = wanted - again.results.length - again.open.length;
      if (missing <= 0) return weigh(context, index, again);
      const { entropy } = delivery;
      return placeMore(context, index, again, { count: missing, entropy });
    }
  }
}

/** Pays the owners who agreed, tells who did not, and forgets the task. */
function accept(context: JobContext, index: number, task: Task, digest: string): Decided {
  const { input } = context;
  const id = taskId(input, index);
  const commands: Array<Command> = [];
  if (input.ledger !== null) {
    const agreed = task.results.filter((result) => result.digest === digest);
    const wrong = task.results.filter((result) => result.digest !== digest);
    const settle: Settle = {
      type: "Settle",
      task: id,
      // the escrow holds the price of so many executions and no more
      payees: agreed.slice(0, executionsOf(input)).map((result) => result.owner),
      each: priceOf(input.tasks[index] as number),
      wrong: wrong.map((result) => result.owner),
    };
    commands.push(send(input.ledger, settle));
  }
  if (task.open.length > 0) {
    const leftover: CancelTask = { type: "CancelTask", task: id };
    commands.push(send(input.edge, leftover));
  }
  const open = context.open - task.open.length;
  return { context: withContext(context, { tasks: context.tasks.delete(index), open }), commands };
}
