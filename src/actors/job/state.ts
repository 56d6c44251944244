/**
 * A job's memory: what it was asked for and, per undecided task, what is open and what came back.
 * A task that is decided leaves the map, so whatever still arrives for it finds nothing.
 */
import { Schema } from "effect";
import { Address, idOf } from "../../kernel/address.ts";
import { type NanoVcu, nanoVcu, priceOf } from "../../kernel/credit.ts";
import { Limits } from "../../kernel/limits.ts";
import { Standing } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { JobFailureReason } from "../contributor/messages.ts";
import { Result } from "../verifier/messages.ts";

export const JobInput = Schema.Struct({
  job: Address,
  requester: Address,
  edge: Address,
  /** null: the gate is open, nothing is charged. */
  ledger: Schema.NullOr(Address),
  /** null: the first result of a task is believed. */
  verifier: Schema.NullOr(Address),
  commons: Schema.Boolean,
  demand: Schema.Int,
  /** Metered size of each task, MFLOP. */
  tasks: Schema.Array(Schema.Int),
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
  /** Memory that each run needs, MiB. */
  memoryMib: Schema.Int,
  /** Results wanted before a task is judged; also how many agreeing ones are paid. */
  executions: Schema.Int,
  limits: Schema.typeSchema(Limits),
});
export type JobInput = typeof JobInput.Type;

const OpenAttempt = Schema.Struct({ attempt: Schema.String, token: Schema.Int });

/** A task that is not decided yet. */
export const Task = Schema.Struct({
  /** Attempts placed so far: the number of the next one. */
  placed: Schema.Int,
  lost: Schema.Int,
  /** Results to wait for before the verifier is asked. */
  wanted: Schema.Int,
  /** Results that the verifier was last asked about; 0 while it is not asked. */
  asked: Schema.Int,
  open: Schema.Array(OpenAttempt),
  /** In the order of their attempts, whatever the order of arrival. */
  results: Schema.Array(Result),
});
export type Task = typeof Task.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withTask(old: Task, change: Partial<Task>): Task {
  return {
    placed: change.placed ?? old.placed,
    lost: change.lost ?? old.lost,
    wanted: change.wanted ?? old.wanted,
    asked: change.asked ?? old.asked,
    open: change.open ?? old.open,
    results: change.results ?? old.results,
  };
}

/** How a job will end, known from when it starts to close. */
const Ending = Schema.Literal("settled", "cancelled", ...JobFailureReason.literals);

export const JobContext = Schema.Struct({
  input: JobInput,
  standing: Standing,
  /** Undecided tasks by index. */
  tasks: versionedMap(Schema.Int, Task),
  /** Attempts that are queued or run, of all tasks. */
  open: Schema.Int,
  ending: Schema.NullOr(Ending),
});
export type JobContext = typeof JobContext.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withContext(old: JobContext, change: Partial<JobContext>): JobContext {
  return {
    input: change.input ?? old.input,
    standing: change.standing ?? old.standing,
    tasks: change.tasks ?? old.tasks,
    open: change.open ?? old.open,
    ending: change.ending === undefined ? old.ending : change.ending,
  };
}

const nothing = nanoVcu(0n);
const noStanding: Standing = { balance: nothing, earned: nothing, spent: nothing, rate: nothing };

export function newJob(input: JobInput): JobContext {
  return {
    input,
    standing: noStanding,
    tasks: VersionedMap.empty(),
    open: 0,
    ending: null,
  };
}

/** Without a verifier a second result would not be looked at, so it is not asked for. */
export function executionsOf(input: JobInput): number {
  return input.verifier === null ? 1 : input.executions;
}

/** What the whole job may cost: every agreeing execution of every task is paid. */
export function priceOfJob(input: JobInput): NanoVcu {
  const once = input.tasks.reduce((sum, mflop) => sum + priceOf(mflop), 0n);
  return nanoVcu(once * BigInt(executionsOf(input)));
}

export function taskId(input: JobInput, index: number): string {
  return `${idOf(input.job)}.${index}`;
}

/** Index of the task with this id, or -1 when it is none of this job's. */
export function taskIndex(input: JobInput, task: string): number {
  return numberAfter(`${idOf(input.job)}.`, task);
}

/** Number of an attempt of `task`, or -1 when it is none. */
export function attemptNumber(task: string, attempt: string): number {
  return numberAfter(`${task}.`, attempt);
}

function numberAfter(prefix: string, id: string): number {
  if (!id.startsWith(prefix)) return -1;
  const number = Number(id.slice(prefix.length));
  return Number.isSafeInteger(number) && `${prefix}${number}` === id ? number : -1;
}
