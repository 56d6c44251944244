/** How a job opens its escrow, closes it and takes leave. */
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, send, stop } from "../../kernel/command.ts";
import { type NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { JobFailed, JobRefused, JobSettled } from "../contributor/messages.ts";
import type { CancelTask, JobEnded } from "../edge/messages.ts";
import type { Reserve } from "../ledger/messages.ts";
import type { JobClosed, ReserveRefused } from "./messages.ts";
import { type JobContext, priceOfJob, taskId, withContext } from "./state.ts";

type Decided = Decision<JobContext>;

/** Asks the ledger to move the whole price into escrow. */
export function reservePrice(context: JobContext): Decided {
  const { ledger, requester, commons } = context.input;
  if (ledger === null) return { context, commands: noCommands };
  const reserve: Reserve = {
    type: "Reserve",
    requester,
    amount: priceOfJob(context.input),
    commons,
  };
  return { context, commands: [send(ledger, reserve)] };
}

export function passDeadline(context: JobContext): Decided {
  return { context: withContext(context, { ending: "deadline" }), commands: noCommands };
}

export function cancel(context: JobContext): Decided {
  return { context: withContext(context, { ending: "cancelled" }), commands: noCommands };
}

/** Nothing more is wanted: takes back open attempts and closes the escrow. */
export function close(context: JobContext): Decided {
  const { input } = context;
  const commands: Array<Command> = [];
  // without open attempts there is nothing to look for among what may be thousands of tasks
  for (let index = 0; context.open > 0 && index < input.tasks.length; index++) {
    const task = context.tasks.get(index);
    if (task === undefined || task.open.length === 0) continue;
    const leftover: CancelTask = { type: "CancelTask", task: taskId(input, index) };
    commands.push(send(input.edge, leftover));
  }
  if (input.ledger !== null) commands.push(send(input.ledger, { type: "CloseJob" }));
  return {
    context: withContext(context, { open: 0, ending: context.ending ?? "settled" }),
    commands,
  };
}

/** The ledger closed the escrow: tells the requester how the job ended, and stops. */
export function takeLeave(context: JobContext, delivery: Delivery<JobClosed>): Decided {
  return { context, commands: leave(context, delivery.message) };
}

/** There was no escrow, so nothing was spent. */
export function takeLeaveUnpaid(context: JobContext): Decided {
  const nothing = nanoVcu(0n);
  return { context, commands: leave(context, { spent: nothing, refunded: nothing }) };
}

interface Account {
  readonly spent: NanoVcu;
  readonly refunded: NanoVcu;
}

function leave(context: JobContext, { spent, refunded }: Account): ReadonlyArray<Command> {
  const { job, demand, commons, requester } = context.input;
  const { ending } = context;
  const account = { demand, job, spent, refunded };
  // a cancelled job was settled as far as it went: what was verified is paid
  const answer: JobSettled | JobFailed =
    ending === null || ending === "settled" || ending === "cancelled"
      ? { type: "JobSettled", ...account }
      : { type: "JobFailed", ...account, reason: ending };
  return [...(commons ? [] : [send(requester, answer)]), ...farewell(context)];
}

function farewell({ input: { edge, job, commons } }: JobContext): ReadonlyArray<Command> {
  const ended: JobEnded = { type: "JobEnded", job, commons };
  return [send(edge, ended), stop];
}

/** The ledger refused: passes its rule and numbers on, and stops. */
export function passRefusal(context: JobContext, delivery: Delivery<ReserveRefused>): Decided {
  const { demand, commons, requester } = context.input;
  const { reason, rule, have, need } = delivery.message;
  const refused: JobRefused = { type: "JobRefused", demand, reason, rule, have, need };
  return {
    context,
    commands: [...(commons ? [] : [send(requester, refused)]), ...farewell(context)],
  };
}
