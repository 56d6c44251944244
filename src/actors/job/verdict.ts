/** Results that are in: when they are judged, and what a verdict leads to. */
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, send } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { CancelTask } from "../edge/messages.ts";
import type { Settle } from "../ledger/messages.ts";
import type { Judge } from "../verifier/messages.ts";
import type { Verdict } from "./messages.ts";
import { placeMore } from "./place.ts";
import { shownOf, testimonyOf } from "./reveal.ts";
import {
  contentOf,
  type JobContext,
  priceOfTask,
  type Task,
  taskId,
  taskIndex,
  withContext,
  withTask,
} from "./state.ts";

type Decided = Decision<JobContext>;

/** Enough results: believes the first where there is no verifier, else asks the verifier once. */
export function seekVerdict(context: JobContext, index: number, task: Task): Decided {
  const kept = (next: Task) => withContext(context, { tasks: context.tasks.set(index, next) });
  const { verifier } = context.input;
  const [first] = task.results;
  if (task.asked > 0 || shownOf(task) < task.wanted || first === undefined) {
    return { context: kept(task), commands: noCommands };
  }
  if (verifier === null) {
    return accept(kept(task), index, task, { digest: first.digest, agreed: [first.attempt] });
  }
  return {
    context: kept(withTask(task, { asked: shownOf(task) })),
    commands: [send(verifier, question(context, index, task))],
  };
}

function question(context: JobContext, index: number, task: Task): Judge {
  const { input } = context;
  const { requester, commons, edge, memoryMib, inputBytes, outputBytes } = input;
  return {
    type: "Judge",
    task: taskId(input, index),
    work: {
      content: contentOf(context, index),
      mflop: input.tasks[index] as number,
      memoryMib,
      inputBytes,
      outputBytes,
      requester,
      commons,
      edge,
    },
    results: testimonyOf(taskId(input, index), task),
  };
}

/** True for the verifier's answer to a question that is still open. */
export function isAwaited(context: JobContext, delivery: Delivery<Verdict>): boolean {
  const task = context.tasks.get(taskIndex(context.input, delivery.message.task));
  return delivery.from === context.input.verifier && task !== undefined && task.asked > 0;
}

export function heedVerdict(context: JobContext, delivery: Delivery<Verdict>): Decided {
  const { verdict, executions } = delivery.message;
  const index = taskIndex(context.input, delivery.message.task);
  const task = context.tasks.get(index);
  if (task === undefined) return { context, commands: noCommands };
  switch (verdict) {
    case "accepted":
      return accept(context, index, task, delivery.message);
    case "rejected":
      return { context: withContext(context, { ending: "no-agreement" }), commands: noCommands };
    case "more":
      return look(context, index, task, { count: Math.max(1, executions), delivery });
  }
}

/** The verifier wants so many results more; some may be there or sealed already. */
function look(
  context: JobContext,
  index: number,
  task: Task,
  { count, delivery }: { readonly count: number; readonly delivery: Delivery<Verdict> },
): Decided {
  const { entropy } = delivery;
  const again = withTask(task, { wanted: task.asked + count, asked: 0 });
  const missing = again.wanted - shownOf(again) - again.open.length;
  return missing > 0
    ? placeMore(context, index, again, { count: missing, entropy })
    : seekVerdict(context, index, again);
}

/** Pays the owners who agreed, tells who did not, and forgets the task. */
function accept(
  context: JobContext,
  index: number,
  task: Task,
  believed: Pick<Verdict, "digest" | "agreed"> & { readonly wrong?: Verdict["wrong"] },
): Decided {
  const { input } = context;
  const id = taskId(input, index);
  const { digest, agreed, wrong = [] } = believed;
  const commands: Array<Command> = [];
  if (input.ledger !== null) {
    // a straggler's result that came while the verifier judged is as good when it is the same
    const stood = testimonyOf(id, task);
    const paid = stood.filter(
      (result) => agreed.includes(result.attempt) || result.digest === digest,
    );
    const told = stood.filter(({ attempt }) => wrong.includes(attempt));
    const settle: Settle = {
      type: "Settle",
      task: id,
      payees: paid.map(({ owner }) => owner),
      each: priceOfTask(input, index),
      wrong: [...told.map(({ owner }) => owner), ...task.forgers],
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
