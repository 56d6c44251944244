/**
 * One step's working copy of an edge's context. A step at the edge changes several fields in turn;
 * copying the context once and writing to the copy keeps that cheap. What the fields hold is never
 * written to, so the state before the step stays valid.
 */
import type { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { type Command, send } from "../../kernel/command.ts";
import type { Micros } from "../../kernel/duration.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import { joinPool, leavePool } from "../../kernel/pool.ts";
import type { AttemptLost } from "../job/messages.ts";
import {
  type EdgeContext,
  type EdgeRules,
  type JobRecord,
  type NodeEntry,
  noAttempts,
  type OpenAttempt,
  type TaskRecord,
  withEntry,
  withJob,
  withTask,
} from "./state.ts";

type Writable = { -readonly [Key in keyof EdgeContext]: EdgeContext[Key] };

export interface Turn {
  readonly rules: EdgeRules;
  readonly next: Writable;
  readonly commands: Array<Command>;
  readonly entropy: Seed;
  readonly atUs: Micros;
  /** Draws made so far in this step. */
  draws: number;
}

/** Spelt out, so that all copies have one hidden class (docs/decisions/0009). */
function copied(context: EdgeContext): Writable {
  return {
    input: context.input,
    schedule: context.schedule,
    aside: context.aside,
    nodes: context.nodes,
    ready: context.ready,
    newcomers: context.newcomers,
    attempts: context.attempts,
    jobs: context.jobs,
    opened: context.opened,
    commonsWaiting: context.commonsWaiting,
    commonsAnnounced: context.commonsAnnounced,
    commonsRests: context.commonsRests,
    closed: context.closed,
  };
}

export function beginTurn(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: { readonly entropy: Seed; readonly atUs: Micros },
): Turn {
  const { entropy, atUs } = delivery;
  return { rules, next: copied(context), commands: [], entropy, atUs, draws: 0 };
}

export function endTurn({ next, commands }: Turn): Decision<EdgeContext> {
  return { context: next, commands };
}

/** A number in [0, below) from the delivery's entropy. */
export function draw(turn: Turn, below: number): number {
  return pick(turn.entropy, turn.draws++, below);
}

export function isReady(entry: NodeEntry): boolean {
  return entry.presence === "here" && !entry.silent && entry.attempts.length < entry.slots;
}

/** Writes a node's entry and keeps the pools in step with it. */
export function putNode(turn: Turn, node: Address, entry: NodeEntry): void {
  const { next } = turn;
  next.nodes = next.nodes.set(node, entry);
  const ready = isReady(entry);
  next.ready = ready ? joinPool(next.ready, node) : leavePool(next.ready, node);
  if (next.input.commons.mode !== "probation") return;
  next.newcomers =
    ready && entry.probation ? joinPool(next.newcomers, node) : leavePool(next.newcomers, node);
}

export function removeNode(turn: Turn, node: Address): void {
  const { next } = turn;
  next.nodes = next.nodes.delete(node);
  next.ready = leavePool(next.ready, node);
  next.newcomers = leavePool(next.newcomers, node);
}

/** Whatever a node says, it is there: a silent one may have work again. */
export function hear(turn: Turn, node: Address): void {
  const entry = turn.next.nodes.get(node);
  if (entry?.silent === true) putNode(turn, node, withEntry(entry, { silent: false }));
}

/** The record of a task of a known job; empty when nothing of it was asked for yet. */
function taskOf(job: JobRecord, task: string): TaskRecord {
  return job.tasks.get(task) ?? noTask;
}

const noTask: TaskRecord = { owners: [], open: noAttempts, waiting: 0 };

export function putTask(
  turn: Turn,
  job: Address,
  task: string,
  change: (record: TaskRecord) => TaskRecord,
): void {
  const known = turn.next.jobs.get(job);
  if (known === undefined) return;
  const tasks = known.tasks.set(task, change(taskOf(known, task)));
  turn.next.jobs = turn.next.jobs.set(job, withJob(known, { tasks }));
}

/** How an attempt left its node. */
export type Leaving = "done" | "refused" | "cancelled" | AttemptLost["reason"];

/** Takes an open attempt off its node and out of the books, and tells the job of a loss. */
export function endAttempt(turn: Turn, id: string, leaving: Leaving): void {
  const { next } = turn;
  const attempt = next.attempts.get(id);
  invariant(attempt !== undefined, "only an open attempt can end");
  next.attempts = next.attempts.delete(id);
  turn.commands.push({ command: "CancelTimer", key: leaseKey(id) });
  const entry = next.nodes.get(attempt.node);
  if (entry !== undefined) putNode(turn, attempt.node, withoutAttempt(entry, id, leaving));
  const keepsOwner = leaving === "done" || leaving === "cancelled" || entry === undefined;
  putTask(turn, attempt.job, attempt.task, (record) =>
    withTask(record, {
      open: record.open.filter((each) => each !== id),
      owners: keepsOwner ? record.owners : record.owners.filter((each) => each !== entry.owner),
    }),
  );
  if (leaving !== "done" && leaving !== "cancelled") tellLoss(turn, id, attempt, leaving);
}

function withoutAttempt(entry: NodeEntry, id: string, leaving: Leaving): NodeEntry {
  const others = entry.attempts.filter((each) => each !== id);
  const counts = leaving !== "refused" && leaving !== "cancelled";
  return withEntry(entry, {
    attempts: others.length === 0 ? noAttempts : others,
    started: entry.started + (counts ? 1 : 0),
    finished: entry.finished + (leaving === "done" ? 1 : 0),
    // it let the offer or the lease run out: nothing more until it speaks
    silent: leaving === "not-taken" || leaving === "expired" ? true : entry.silent,
  });
}

function tellLoss(
  turn: Turn,
  id: string,
  attempt: OpenAttempt,
  leaving: Exclude<Leaving, "done" | "cancelled">,
): void {
  const lost: AttemptLost = {
    type: "AttemptLost",
    task: attempt.task,
    attempt: id,
    reason: leaving === "refused" ? "not-taken" : leaving,
  };
  turn.commands.push(send(attempt.job, lost));
}

export function leaseKey(attempt: string): string {
  return `lease/${attempt}`;
}
