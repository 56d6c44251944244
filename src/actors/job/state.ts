/**
 * A job's memory: what it was asked for and, per undecided task, what is open and what came back.
 * A task that is decided leaves the map, so whatever still arrives for it finds nothing.
 */
import { Schema } from "effect";
import { Address, idOf } from "../../kernel/address.ts";
import { type NanoVcu, nanoVcu, priceOf } from "../../kernel/credit.ts";
import { hashText, mix32 } from "../../kernel/entropy.ts";
import { wordInHex } from "../../kernel/hex.ts";
import { integerIn } from "../../kernel/integer-in-text.ts";
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
  /** Results wanted before a task is judged for the first time. */
  executions: Schema.Int,
  /** null: each task has a content of its own. Else what is computed again, task by task. */
  contents: Schema.NullOr(Schema.Array(Schema.String)),
  /** Owners who may have no part in it, beside the requester. */
  exclude: Schema.Array(Address),
  limits: Schema.typeSchema(Limits),
});
export type JobInput = typeof JobInput.Type;

/** What a node says when it has a result: a commitment to it, so that nobody can copy it. */
const Commit = Schema.Struct({ node: Address, owner: Address, commit: Schema.String });

export const OpenAttempt = Schema.Struct({
  attempt: Schema.String,
  token: Schema.Int,
  /** null while it waits or runs; from here on it is no longer the edge's. */
  sealed: Schema.NullOr(Commit),
  /** The node was asked to reveal. */
  revealing: Schema.Boolean,
});
export type OpenAttempt = typeof OpenAttempt.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withOpenAttempt(old: OpenAttempt, change: Partial<OpenAttempt>): OpenAttempt {
  return {
    attempt: change.attempt ?? old.attempt,
    token: change.token ?? old.token,
    sealed: change.sealed === undefined ? old.sealed : change.sealed,
    revealing: change.revealing ?? old.revealing,
  };
}

/** A task that is not decided yet. */
export const Task = Schema.Struct({
  /** Attempts placed so far; no attempt shows its number. */
  placed: Schema.Int,
  lost: Schema.Int,
  /** Copies to wait for: sealed before the verifier weighs them, shown before it judges them. */
  wanted: Schema.Int,
  /** Sealed copies that the verifier was asked to weigh; 0 while it is not asked. */
  weighing: Schema.Int,
  /** Results that the verifier was last asked about; 0 while it is not asked. */
  asked: Schema.Int,
  open: Schema.Array(OpenAttempt),
  /** In the order of their attempts, whatever the order of arrival. */
  results: Schema.Array(Result),
  /** Attempts whose nodes committed to a result and did not show it in time. */
  withheld: Schema.Array(OpenAttempt),
  /** Owners whose result is not the one that they had committed to. */
  forgers: Schema.Array(Address),
});
export type Task = typeof Task.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withTask(old: Task, change: Partial<Task>): Task {
  return {
    placed: change.placed ?? old.placed,
    lost: change.lost ?? old.lost,
    wanted: change.wanted ?? old.wanted,
    weighing: change.weighing ?? old.weighing,
    asked: change.asked ?? old.asked,
    open: change.open ?? old.open,
    results: change.results ?? old.results,
    withheld: change.withheld ?? old.withheld,
    forgers: change.forgers ?? old.forgers,
  };
}

/** How a job will end, known from when it starts to close. */
const Ending = Schema.Literal("settled", "cancelled", ...JobFailureReason.literals);

export const JobContext = Schema.Struct({
  input: JobInput,
  standing: Standing,
  /** The ledger admitted the job on debt. */
  onDebt: Schema.Boolean,
  /** Drawn once: makes the contents of tasks that nobody named. */
  salt: Schema.Int,
  /** Undecided tasks by index. */
  tasks: versionedMap(Schema.Int, Task),
  /** Attempts that are queued, run or are yet to be revealed, of all tasks. */
  open: Schema.Int,
  ending: Schema.NullOr(Ending),
});
export type JobContext = typeof JobContext.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withContext(old: JobContext, change: Partial<JobContext>): JobContext {
  return {
    input: change.input ?? old.input,
    standing: change.standing ?? old.standing,
    onDebt: change.onDebt ?? old.onDebt,
    salt: change.salt ?? old.salt,
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
    onDebt: false,
    salt: 0,
    tasks: VersionedMap.empty(),
    open: 0,
    ending: null,
  };
}

/** Without a verifier a second result would not be looked at, so it is not asked for. */
export function executionsOf(input: JobInput): number {
  return input.verifier === null ? 1 : input.executions;
}

/** What one task costs: one execution, whatever it takes to verify it. */
export function priceOfTask({ tasks, memoryMib }: JobInput, index: number): NanoVcu {
  return priceOf(tasks[index] ?? 0, memoryMib);
}

/** What the whole job costs: every task once. */
export function priceOfJob(input: JobInput): NanoVcu {
  return nanoVcu(input.tasks.reduce((sum, _, index) => sum + priceOfTask(input, index), 0n));
}

const DOT = 0x2e;

/** What a task computes. Drawn, so that no name tells a task from its repetition. */
export function contentOf({ input, salt }: JobContext, index: number): string {
  const given = input.contents?.[index];
  if (given !== undefined) return given;
  const id = taskId(input, index);
  return wordInHex(hashText(id, salt)) + wordInHex(hashText(id, mix32(salt)));
}

/**
 * Id of a task's next attempt: 32 drawn bits, of which `placed` only makes sure that they are not
 * drawn twice. Whoever sees it cannot tell a first execution from a check.
 */
export function attemptId(task: string, placed: number, word: number): string {
  return `${task}.${wordInHex(hashText(`${placed}`, word))}`;
}

export function taskId(input: JobInput, index: number): string {
  return `${idOf(input.job)}.${index}`;
}

/** Index of the task with this id, or -1 when it is none of this job's. */
export function taskIndex({ job }: JobInput, task: string): number {
  const from = job.indexOf("/") + 1;
  const dot = job.length - from;
  if (task.charCodeAt(dot) !== DOT) return -1;
  // Letter by letter: a message asks more than once, and a prefix would be joined each time.
  for (let i = 0; i < dot; i++) {
    if (task.charCodeAt(i) !== job.charCodeAt(from + i)) return -1;
  }
  return integerIn(task, dot + 1, task.length);
}
