/** A job's wishes: which executions of which task it asks its edge for. */
import type { Decision } from "../../kernel/chart.ts";
import { type Command, send } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import type { PlaceTask } from "../edge/messages.ts";
import type { Reserved } from "./messages.ts";
import {
  attemptId,
  contentOf,
  executionsOf,
  type JobContext,
  type OpenAttempt,
  type Task,
  taskId,
  withContext,
  withTask,
} from "./state.ts";

type Decided = Decision<JobContext>;

/** Words that make ids and tokens are drawn from this many: none can be guessed from another. */
const WORDS = 0x1_0000_0000;
/** A token is one word and so many more: 53 bits, the most that an integer holds exactly. */
const MORE = 0x20_0000;

const newTask: Task = {
  placed: 0,
  lost: 0,
  wanted: 0,
  weighing: 0,
  asked: 0,
  open: [],
  results: [],
  withheld: [],
  forgers: [],
};

/** The escrow holds the price: asks for the first executions of every task. */
export function beginTasks(context: JobContext, delivery: Delivery<Reserved>): Decided {
  const { standing, onDebt } = delivery.message;
  return placeAll(withContext(context, { standing, onDebt }), delivery.entropy);
}

/** No ledger takes part: work begins without a price. */
export function beginUnpaid(context: JobContext, delivery: { readonly entropy: Seed }): Decided {
  return placeAll(context, delivery.entropy);
}

function placeAll(context: JobContext, entropy: Seed): Decided {
  const begun = withContext(context, { salt: entropy });
  const commands: Array<Command> = [];
  const wanted = executionsOf(context.input);
  let { tasks } = context;
  let draws = 0;
  for (let index = 0; index < context.input.tasks.length; index++) {
    let task: Task = withTask(newTask, { wanted });
    for (; task.placed < wanted; draws++) {
      const fresh = drawAttempt(begun, index, task, { entropy, draws });
      commands.push(placeTask(begun, index, task, fresh));
      task = withAttempt(task, fresh);
    }
    tasks = tasks.set(index, task);
  }
  return { context: withContext(begun, { tasks, open: draws }), commands };
}

function drawAttempt(
  { input }: JobContext,
  index: number,
  task: Task,
  { entropy, draws }: { readonly entropy: Seed; readonly draws: number },
): OpenAttempt {
  const word = pick(entropy, 3 * draws, WORDS);
  const token = pick(entropy, 3 * draws + 1, WORDS) * MORE + pick(entropy, 3 * draws + 2, MORE);
  const attempt = attemptId(taskId(input, index), task.placed, word);
  return { attempt, token, sealed: null, revealing: false };
}

function withAttempt(task: Task, fresh: OpenAttempt): Task {
  return withTask(task, { placed: task.placed + 1, open: [...task.open, fresh] });
}

function placeTask(
  context: JobContext,
  index: number,
  task: Task,
  { attempt, token }: OpenAttempt,
): Command {
  const { input, standing, onDebt } = context;
  const sealed = [...task.open, ...task.withheld].flatMap((each) =>
    each.sealed === null ? [] : [each.sealed.owner],
  );
  const isFirst = task.results.length === 0 && sealed.length === 0;
  const wish: PlaceTask = {
    type: "PlaceTask",
    attempt,
    task: taskId(input, index),
    requester: input.requester,
    standing,
    // what newcomers did anybody may look at, and what is done again is nobody's first work
    commons: input.commons && input.contents === null && isFirst,
    onDebt,
    content: contentOf(context, index),
    mflop: input.tasks[index] as number,
    memoryMib: input.memoryMib,
    inputBytes: input.inputBytes,
    outputBytes: input.outputBytes,
    token,
    // an owner with a result takes no second copy; who holds an open one the edge knows
    exclude: [
      input.requester,
      ...input.exclude,
      ...task.results.map((result) => result.owner),
      ...sealed,
      ...task.forgers,
    ],
  };
  return send(input.edge, wish);
}

/** Asks for `count` further executions of an undecided task. */
export function placeMore(
  context: JobContext,
  index: number,
  task: Task,
  { count, entropy }: { readonly count: number; readonly entropy: Seed },
): Decided {
  const commands: Array<Command> = [];
  let grown = task;
  for (let draws = 0; draws < count; draws++) {
    const fresh = drawAttempt(context, index, grown, { entropy, draws });
    commands.push(placeTask(context, index, grown, fresh));
    grown = withAttempt(grown, fresh);
  }
  const open = context.open + Math.max(0, count);
  return {
    context: withContext(context, { tasks: context.tasks.set(index, grown), open }),
    commands,
  };
}
