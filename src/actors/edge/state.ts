/**
 * An edge's memory: the directory of its nodes, what waits, what runs where. Everything is reached
 * by key; nothing is ever walked through, because a region may hold a hundred thousand nodes.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { Limits } from "../../kernel/limits.ts";
import type { AnyPlacementPolicy } from "../../kernel/policies/placement.ts";
import { type AnySchedulingPolicy, Work } from "../../kernel/policies/scheduling.ts";
import { emptyPool, type Pool, poolSchema } from "../../kernel/pool.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { emptyNear, type Near, nearSchema } from "./near.ts";
import { noTrack, Track } from "./track.ts";

/** The rules of this edge, with their parameters: what `makeEdge` is given. */
export interface EdgeRules {
  readonly scheduling: AnySchedulingPolicy;
  readonly schedulingParams: unknown;
  readonly placement: AnyPlacementPolicy;
  readonly placementParams: unknown;
}

export const EdgeInput = Schema.Struct({
  edge: Address,
  ledger: Address,
  /** null: jobs believe the first result of a task. */
  verifier: Schema.NullOr(Address),
  limits: Schema.typeSchema(Limits),
  /** Results that a job wants of each task. */
  executions: Schema.Int,
  commons: Schema.Struct({
    /** Who gets commons work: nobody, nodes whose owners are in probation, all idle nodes. */
    mode: Schema.Literal("off", "probation", "idle"),
    taskMflop: Schema.Int,
    tasksPerJob: Schema.Int,
  }),
  /** "open": jobs are opened without a ledger, nothing is charged. */
  gate: Schema.Literal("credit", "account", "open"),
});
export type EdgeInput = typeof EdgeInput.Type;

export const NodeEntry = Schema.Struct({
  owner: Address,
  slots: Schema.Int,
  slotMflops: Schema.Int,
  rttUs: Schema.Int,
  probation: Schema.Boolean,
  presence: Schema.Literal("here", "paused", "away"),
  /** An offer or a lease of it ran out; it gets nothing until it speaks. */
  silent: Schema.Boolean,
  /** Attempts that ended well, and all that ended. */
  finished: Schema.Int,
  started: Schema.Int,
  /** Open attempts: what its slots are taken by. */
  attempts: Schema.Array(Schema.String),
  /** Who may have one reason to lie: the network it is seen in, or its owner where none is seen. */
  cluster: Schema.String,
  /** When the edge last saw it come up, whole seconds: small enough to need no box. */
  upSinceS: Schema.Int,
  /** Place relative to the edge (kernel/coordinate.ts), whole microseconds; its error in ppm. */
  x: Schema.Int,
  y: Schema.Int,
  height: Schema.Int,
  errorPpm: Schema.Int,
  track: Track,
});
export type NodeEntry = typeof NodeEntry.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withEntry(old: NodeEntry, change: Partial<NodeEntry>): NodeEntry {
  return {
    owner: change.owner ?? old.owner,
    slots: change.slots ?? old.slots,
    slotMflops: change.slotMflops ?? old.slotMflops,
    rttUs: change.rttUs ?? old.rttUs,
    probation: change.probation ?? old.probation,
    presence: change.presence ?? old.presence,
    silent: change.silent ?? old.silent,
    finished: change.finished ?? old.finished,
    started: change.started ?? old.started,
    attempts: change.attempts ?? old.attempts,
    cluster: change.cluster ?? old.cluster,
    upSinceS: change.upSinceS ?? old.upSinceS,
    x: change.x ?? old.x,
    y: change.y ?? old.y,
    height: change.height ?? old.height,
    errorPpm: change.errorPpm ?? old.errorPpm,
    track: change.track ?? old.track,
  };
}

/** Round trips to one node that the edge is waiting for, or has heard of. */
export const Survey = Schema.Struct({
  /** What the node's Pong must repeat; nobody can answer before it was asked. */
  probe: Schema.Int,
  sentUs: Schema.Int,
  /** Nodes that were asked to measure it and have not said yet. */
  asked: Schema.Array(Address),
  heard: Schema.Array(Schema.Struct({ by: Address, rttUs: Schema.Int })),
});
export type Survey = typeof Survey.Type;

export const OpenAttempt = Schema.Struct({
  node: Address,
  job: Address,
  task: Schema.String,
  leaseUs: Schema.Int,
  /** "revoking": its node was asked to give it back. */
  phase: Schema.Literal("offered", "leased", "revoking"),
  requester: Address,
  commons: Schema.Boolean,
  mflop: Schema.Int,
  memoryMib: Schema.Int,
  inputBytes: Schema.Int,
  /** When the edge heard that it runs, microseconds; 0 before. */
  startedUs: Schema.Int,
  /** What to queue again when it is preempted; null where it cannot be. */
  work: Schema.NullOr(Work),
});
export type OpenAttempt = typeof OpenAttempt.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withAttempt(old: OpenAttempt, change: Partial<OpenAttempt>): OpenAttempt {
  return {
    node: change.node ?? old.node,
    job: change.job ?? old.job,
    task: change.task ?? old.task,
    leaseUs: change.leaseUs ?? old.leaseUs,
    phase: change.phase ?? old.phase,
    requester: change.requester ?? old.requester,
    commons: change.commons ?? old.commons,
    mflop: change.mflop ?? old.mflop,
    memoryMib: change.memoryMib ?? old.memoryMib,
    inputBytes: change.inputBytes ?? old.inputBytes,
    startedUs: change.startedUs ?? old.startedUs,
    work: change.work === undefined ? old.work : change.work,
  };
}

export const TaskRecord = Schema.Struct({
  /** Owners that hold a copy or have run one; a copy that was lost does not count. */
  owners: Schema.Array(Address),
  /** Their nodes' clusters, side by side with the owners. */
  clusters: Schema.Array(Schema.String),
  /** Attempts on nodes now. */
  open: Schema.Array(Schema.String),
  /** Attempts in the queue or set aside. */
  waiting: Schema.Int,
});
export type TaskRecord = typeof TaskRecord.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withTask(old: TaskRecord, change: Partial<TaskRecord>): TaskRecord {
  return {
    owners: change.owners ?? old.owners,
    clusters: change.clusters ?? old.clusters,
    open: change.open ?? old.open,
    waiting: change.waiting ?? old.waiting,
  };
}

export const JobRecord = Schema.Struct({
  commons: Schema.Boolean,
  /** Executions that a new commons job has yet to ask for. */
  announced: Schema.Int,
  tasks: versionedMap(Schema.String, TaskRecord),
});
export type JobRecord = typeof JobRecord.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withJob(old: JobRecord, change: Partial<JobRecord>): JobRecord {
  return {
    commons: change.commons ?? old.commons,
    announced: change.announced ?? old.announced,
    tasks: change.tasks ?? old.tasks,
  };
}

/** Work for which no sampled node was eligible, first in first out: places head to tail - 1. */
const Aside = Schema.Struct({
  works: versionedMap(Schema.Int, Work),
  head: Schema.Int,
  tail: Schema.Int,
});

export interface EdgeContext {
  readonly input: EdgeInput;
  /** State of the scheduling policy: all work that waits in its order. */
  readonly schedule: unknown;
  readonly aside: typeof Aside.Type;
  readonly nodes: VersionedMap<Address, NodeEntry>;
  /** Nodes that can take work now. */
  readonly ready: Pool<Address>;
  /** The same nodes by their place. */
  readonly near: Near;
  /** Places that are being measured. */
  readonly surveys: VersionedMap<Address, Survey>;
  /** Those of them whose owners are in probation; kept only where commons work is for them. */
  readonly newcomers: Pool<Address>;
  /** Speed of each owner's nodes that are here, MFLOP per second; owners without any are absent. */
  readonly owners: VersionedMap<Address, number>;
  readonly attempts: VersionedMap<string, OpenAttempt>;
  /** Attempts that give way when other work waits. */
  readonly preemptible: Pool<string>;
  /** When a node was last asked to give one back and has yet to answer; 0: none. */
  readonly revokedUs: number;
  /** When the timer for work that is held back rings; 0: it is not set. */
  readonly againUs: number;
  readonly jobs: VersionedMap<Address, JobRecord>;
  /** Jobs opened so far: makes their addresses unique. */
  readonly opened: number;
  /** Commons executions that wait, and those that new commons jobs have yet to ask for. */
  readonly commonsWaiting: number;
  readonly commonsAnnounced: number;
  /** A commons job was refused: no other for a while. */
  readonly commonsRests: boolean;
  /** The operator closes the edge. */
  readonly closed: boolean;
}

/** Persisted form; the policy's own state is encoded by the policy. */
export function edgeContextSchema(rules: EdgeRules) {
  return Schema.Struct({
    input: EdgeInput,
    schedule: rules.scheduling.State,
    aside: Aside,
    nodes: versionedMap(Address, NodeEntry),
    ready: poolSchema(Address),
    near: nearSchema,
    surveys: versionedMap(Address, Survey),
    newcomers: poolSchema(Address),
    owners: versionedMap(Address, Schema.Int),
    attempts: versionedMap(Schema.String, OpenAttempt),
    preemptible: poolSchema(Schema.String),
    revokedUs: Schema.Int,
    againUs: Schema.Int,
    jobs: versionedMap(Address, JobRecord),
    opened: Schema.Int,
    commonsWaiting: Schema.Int,
    commonsAnnounced: Schema.Int,
    commonsRests: Schema.Boolean,
    closed: Schema.Boolean,
  });
}

export function newEdge(rules: EdgeRules, input: EdgeInput): EdgeContext {
  return {
    input,
    schedule: rules.scheduling.init(rules.schedulingParams),
    aside: { works: VersionedMap.empty(), head: 0, tail: 0 },
    nodes: VersionedMap.empty(),
    ready: emptyPool(),
    near: emptyNear,
    surveys: VersionedMap.empty(),
    newcomers: emptyPool(),
    owners: VersionedMap.empty(),
    attempts: VersionedMap.empty(),
    preemptible: emptyPool(),
    revokedUs: 0,
    againUs: 0,
    jobs: VersionedMap.empty(),
    opened: 0,
    commonsWaiting: 0,
    commonsAnnounced: 0,
    commonsRests: false,
    closed: false,
  };
}

export const noAttempts: ReadonlyArray<string> = Object.freeze([]);

/** What the edge knows of a node that was never here. */
export const noHistory = {
  attempts: noAttempts,
  finished: 0,
  started: 0,
  x: 0,
  y: 0,
  height: 0,
  errorPpm: 1_500_000,
  track: noTrack,
} as const;

/** Attempts that wait at this edge. */
export function queueLength(rules: EdgeRules, context: EdgeContext): number {
  return rules.scheduling.size(context.schedule) + context.aside.works.size;
}
