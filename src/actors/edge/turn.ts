/**
 * One step's working copy of an edge's context. A step at the edge changes several fields in turn;
 * copying the context once and writing to the copy keeps that cheap. What the fields hold is never
 * written to, so the state before the step stays valid.
 */
import type { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { type Command, send, startTimer } from "../../kernel/command.ts";
import type { Micros } from "../../kernel/duration.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { Moment } from "../../kernel/policies/scheduling.ts";
import { joinPool, leavePool } from "../../kernel/pool.ts";
import type { AttemptLost } from "../job/messages.ts";
import type { NodeRested } from "./messages.ts";
import { cellOf, joinNear, leaveNear } from "./near.ts";
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
import {
  afterLease,
  afterRefusal,
  afterRun,
  lineUs,
  restUs,
  TRUSTED,
  type Track,
} from "./track.ts";

type Writable = { -readonly [Key in keyof EdgeContext]: EdgeContext[Key] };

export interface Turn {
  readonly rules: EdgeRules;
  readonly next: Writable;
  readonly commands: Array<Command>;
  readonly entropy: Seed;
  readonly atUs: Micros;
  /** What scheduling rules are told. */
  readonly moment: Moment;
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
    near: context.near,
    surveys: context.surveys,
    newcomers: context.newcomers,
    owners: context.owners,
    attempts: context.attempts,
    preemptible: context.preemptible,
    revokedUs: context.revokedUs,
    againUs: context.againUs,
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
  const next = copied(context);
  const moment = { atUs, capacityOf: (owner: Address) => next.owners.get(owner) ?? 0 };
  return { rules, next, commands: [], entropy, atUs, moment, draws: 0 };
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
  countCapacity(turn, next.nodes.get(node), entry);
  next.nodes = next.nodes.set(node, entry);
  const ready = isReady(entry);
  next.ready = ready ? joinPool(next.ready, node) : leavePool(next.ready, node);
  next.near = ready ? joinNear(next.near, node, cellFor(entry)) : leaveNear(next.near, node);
  if (next.input.commons.mode !== "probation") return;
  next.newcomers =
    ready && entry.probation ? joinPool(next.newcomers, node) : leavePool(next.newcomers, node);
}

/** A place is as near as what it takes to bring an input there: a thin line is a long way. */
function cellFor({ x, y, height, track }: NodeEntry): number {
  return cellOf({ x, y, height: height + lineUs(track) });
}

export function removeNode(turn: Turn, node: Address): void {
  const { next } = turn;
  countCapacity(turn, next.nodes.get(node), undefined);
  next.nodes = next.nodes.delete(node);
  next.ready = leavePool(next.ready, node);
  next.near = leaveNear(next.near, node);
  next.surveys = next.surveys.delete(node);
  next.newcomers = leavePool(next.newcomers, node);
}

/** Keeps what owners have here; most changes of an entry concern attempts and change nothing. */
function countCapacity(turn: Turn, old: NodeEntry | undefined, entry: NodeEntry | undefined): void {
  const before = capacityOf(old);
  const after = capacityOf(entry);
  if (before === after && old?.owner === entry?.owner) return;
  if (old !== undefined) addCapacity(turn, old.owner, -before);
  if (entry !== undefined) addCapacity(turn, entry.owner, after);
}

function capacityOf(entry: NodeEntry | undefined): number {
  return entry?.presence === "here" ? entry.slots * entry.slotMflops : 0;
}

function addCapacity(turn: Turn, owner: Address, mflops: number): void {
  const { next } = turn;
  const sum = (next.owners.get(owner) ?? 0) + mflops;
  next.owners = sum === 0 ? next.owners.delete(owner) : next.owners.set(owner, sum);
}

/** Whatever a node says, it is there: a silent one may have work again. */
export function hear(turn: Turn, node: Address): void {
  const entry = turn.next.nodes.get(node);
  if (entry?.silent !== true || hasToRest(entry)) return;
  if (entry.track.rests > 0) turn.commands.push({ command: "CancelTimer", key: restKey(node) });
  putNode(turn, node, withEntry(entry, { silent: false }));
}

/** Words do not end the rest of a node that has failed too often. */
export function hasToRest({ silent, track }: NodeEntry): boolean {
  return silent && track.rests > 0 && track.reliability < TRUSTED;
}

/** The edge's own timer: the node has rested. */
export function endRest(turn: Turn, node: Address): void {
  const entry = turn.next.nodes.get(node);
  if (entry?.silent === true) putNode(turn, node, withEntry(entry, { silent: false }));
}

function restKey(node: Address): string {
  return `rest/${node}`;
}

/** The record of a task of a known job; empty when nothing of it was asked for yet. */
function taskOf(job: JobRecord, task: string): TaskRecord {
  return job.tasks.get(task) ?? noTask;
}

const noTask: TaskRecord = { owners: [], clusters: [], open: noAttempts, waiting: 0 };

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
export type Leaving = "done" | "refused" | "cancelled" | "preempted" | AttemptLost["reason"];

/**
 * Takes an open attempt off its node and out of the books, and tells the job of a loss. One that
 * its node was asked to give back, and gave back, is no loss: it waits again under the same id.
 */
export function endAttempt(turn: Turn, id: string, how: Leaving | "given-back"): void {
  const { next } = turn;
  const { scheduling } = turn.rules;
  const attempt = next.attempts.get(id);
  invariant(attempt !== undefined, "only an open attempt can end");
  const isAskedBack = attempt.phase === "revoking";
  const leaving = leavingOf(how, isAskedBack);
  if (isAskedBack) next.revokedUs = 0;
  next.attempts = next.attempts.delete(id);
  if (attempt.work !== null) next.preemptible = leavePool(next.preemptible, id);
  next.schedule = scheduling.ended?.(next.schedule, attempt) ?? next.schedule;
  turn.commands.push({ command: "CancelTimer", key: leaseKey(id) });
  const entry = next.nodes.get(attempt.node);
  if (entry !== undefined) takeOff(turn, entry, id, { attempt, leaving });
  const keepsOwner = leaving === "done" || leaving === "cancelled" || entry === undefined;
  putTask(turn, attempt.job, attempt.task, (record) => {
    // side by side: a node may have come back under another network since
    const gone = keepsOwner ? -1 : record.owners.indexOf(entry.owner);
    return withTask(record, {
      open: record.open.filter((each) => each !== id),
      owners: gone < 0 ? record.owners : record.owners.filter((_, i) => i !== gone),
      clusters: gone < 0 ? record.clusters : record.clusters.filter((_, i) => i !== gone),
    });
  });
  if (leaving === "preempted") waitAgain(turn, attempt);
  else if (leaving !== "done" && leaving !== "cancelled") tellLoss(turn, id, attempt, leaving);
}

/**
 * Only a node that was asked and is still there frees the name of an attempt for another node. One
 * that fell silent may work on, and one that stops takes the run up again for a moment when it is
 * back: both are losses, and the job asks for another attempt under another name.
 */
function leavingOf(how: Leaving | "given-back", isAskedBack: boolean): Leaving {
  if (how !== "given-back") return how;
  return isAskedBack ? "preempted" : "abandoned";
}

function waitAgain(turn: Turn, { job, task, work }: OpenAttempt): void {
  invariant(work !== null, "only what can be queued again is preempted");
  const { next } = turn;
  next.schedule = turn.rules.scheduling.add(next.schedule, work, turn.moment);
  putTask(turn, job, task, (record) => withTask(record, { waiting: record.waiting + 1 }));
  if (next.jobs.get(job)?.commons === true) next.commonsWaiting++;
}

/** The entry of its node without an attempt, and with what its end says of the node. */
function takeOff(
  turn: Turn,
  entry: NodeEntry,
  id: string,
  { attempt, leaving }: { readonly attempt: OpenAttempt; readonly leaving: Leaving },
): void {
  const { node, phase } = attempt;
  const others = entry.attempts.filter((each) => each !== id);
  const counts = leaving !== "refused" && leaving !== "cancelled" && leaving !== "preempted";
  const track = trackAfter(turn, entry.track, attempt, leaving);
  const isRefusal = leaving === "refused" && phase === "offered";
  const rests = isRefusal || (counts && track.rests > 0 && track.reliability < TRUSTED);
  if (rests) startRest(turn, node, track);
  const next = withEntry(entry, {
    attempts: others.length === 0 ? noAttempts : others,
    started: entry.started + (counts ? 1 : 0),
    finished: entry.finished + (leaving === "done" ? 1 : 0),
    // it let the offer or the lease run out: nothing more until it speaks
    silent: rests || leaving === "not-taken" || leaving === "expired" ? true : entry.silent,
    track,
  });
  putNode(turn, node, next);
}

function trackAfter(turn: Turn, track: Track, attempt: OpenAttempt, leaving: Leaving): Track {
  const { startedUs, mflop } = attempt;
  switch (leaving) {
    case "done": {
      const ended = afterLease(track, true);
      return startedUs === 0 ? ended : afterRun(ended, mflop, turn.atUs - startedUs);
    }
    case "refused":
    case "not-taken":
      return afterRefusal(track);
    case "cancelled":
    case "preempted":
      return track;
    default:
      return afterLease(track, false);
  }
}

/** Nothing is offered to it for a while: a node that refuses would refuse again at once. */
function startRest(turn: Turn, node: Address, track: Track): void {
  const rested: NodeRested = { type: "NodeRested", node };
  turn.commands.push(
    startTimer(restKey(node), restUs(track, turn.next.input.limits.offerUs), rested),
  );
}

function tellLoss(
  turn: Turn,
  id: string,
  attempt: OpenAttempt,
  leaving: Exclude<Leaving, "done" | "cancelled" | "preempted">,
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
