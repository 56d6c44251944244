/** What an edge accepts: nodes that offer slots, contributors' jobs, jobs' wishes for placement. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { variant } from "../../kernel/message.ts";
import { Standing } from "../../kernel/policies/scheduling.ts";
import { TrainingRun } from "../contributor/messages.ts";

/** Asks for a Pong with the same number, to measure the round trip. */
export const Ping = variant("Ping", { probe: Schema.Int });
export type Ping = typeof Ping.Type;

/** A node offers its slots; sent again after each return. */
export const Join = variant("Join", {
  owner: Address,
  slots: Schema.Int,
  /** Speed of one slot, MFLOP per second. */
  slotMflops: Schema.Int,
  rttUs: Schema.Int,
  probation: Schema.Boolean,
  /** The network that the node's line is seen in (a /24), observed and not told; "" is unknown. */
  network: Schema.String,
});
export type Join = typeof Join.Type;
/** A node answers the edge's Ping: the edge measures for itself how far it is. */
export const Pong = variant("Pong", { probe: Schema.Int });
export type Pong = typeof Pong.Type;
/** A node was asked to measure the way to another, and has. */
export const Measured = variant("Measured", { node: Address, rttUs: Schema.Int });
export type Measured = typeof Measured.Type;
export const NodePaused = variant("NodePaused", {});
export type NodePaused = typeof NodePaused.Type;
export const NodeResumed = variant("NodeResumed", {});
export type NodeResumed = typeof NodeResumed.Type;
/** The node goes; `drained` means it finished its work and will not come back by itself. */
export const NodeLeft = variant("NodeLeft", { reason: Schema.Literal("stopping", "drained") });
export type NodeLeft = typeof NodeLeft.Type;
/** The owner passed (or lost) probation. */
export const NodeStanding = variant("NodeStanding", { probation: Schema.Boolean });
export type NodeStanding = typeof NodeStanding.Type;

/** The node took the offer: the lease starts. */
export const AttemptStarted = variant("AttemptStarted", { attempt: Schema.String });
export type AttemptStarted = typeof AttemptStarted.Type;

/** The slot is free again. `done` means that the result went to the job. */
export const AttemptEnded = variant("AttemptEnded", {
  attempt: Schema.String,
  outcome: Schema.Literal("done", "refused", "abandoned", "given-back", "expired", "killed"),
  /** How long the input of a finished run took; 0 otherwise. */
  fetchUs: Schema.Int,
});
export type AttemptEnded = typeof AttemptEnded.Type;

/** A contributor hands in a job; the edge opens it or answers JobRefused. */
export const SubmitJob = variant("SubmitJob", {
  demand: Schema.Int,
  tasks: Schema.Array(Schema.Int),
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
  memoryMib: Schema.Int,
  /** What each task computes; null: each has a content of its own. */
  contents: Schema.NullOr(Schema.Array(Schema.String)),
});
export type SubmitJob = typeof SubmitJob.Type;

/** A contributor wants a model trained; the edge opens the run or answers JobRefused. */
export const SubmitTraining = variant("SubmitTraining", { demand: Schema.Int, run: TrainingRun });
export type SubmitTraining = typeof SubmitTraining.Type;

/** A job wants one execution of a task. */
export const PlaceTask = variant("PlaceTask", {
  attempt: Schema.String,
  task: Schema.String,
  requester: Address,
  standing: Standing,
  commons: Schema.Boolean,
  /** The ledger admitted the job on debt. */
  onDebt: Schema.Boolean,
  content: Schema.String,
  mflop: Schema.Int,
  memoryMib: Schema.Int,
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
  token: Schema.Int,
  exclude: Schema.Array(Address),
});
export type PlaceTask = typeof PlaceTask.Type;

/** A job no longer wants any execution of a task: it was accepted or given up. */
export const CancelTask = variant("CancelTask", { task: Schema.String });
export type CancelTask = typeof CancelTask.Type;

/**
 * The verifier doubts what was accepted: executes the contents again, at the commons' expense. The
 * job looks like any other.
 */
export const Recheck = variant("Recheck", {
  contents: Schema.Array(Schema.String),
  /** Metered size of each, MFLOP. */
  tasks: Schema.Array(Schema.Int),
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
  memoryMib: Schema.Int,
  /** Owners who may have no part in it. */
  exclude: Schema.Array(Address),
});
export type Recheck = typeof Recheck.Type;

/** A job ended; the edge forgets it. */
export const JobEnded = variant("JobEnded", { job: Address, commons: Schema.Boolean });
export type JobEnded = typeof JobEnded.Type;

/** The operator lets a training run ask this edge for executions, as a commons job does. */
export const AdmitTraining = variant("AdmitTraining", { training: Address });
export type AdmitTraining = typeof AdmitTraining.Type;

/** The operator ends commons work: what was opened is finished, nothing more is opened. */
export const CloseCommons = variant("CloseCommons", {});
export type CloseCommons = typeof CloseCommons.Type;

/** The operator closes the edge: no new jobs, no new nodes. */
export const DrainEdge = variant("DrainEdge", {});
export type DrainEdge = typeof DrainEdge.Type;

/** The edge's own timer: an offer was not taken or a lease ended. */
export const LeaseExpired = variant("LeaseExpired", { attempt: Schema.String });
export type LeaseExpired = typeof LeaseExpired.Type;

/** The edge's own timer: an attempt runs for much longer than expected. */
export const AttemptLate = variant("AttemptLate", { attempt: Schema.String });
export type AttemptLate = typeof AttemptLate.Type;

/** The edge's own timer: work set aside, another commons job, work held back for its quantum. */
export const Retry = variant("Retry", { what: Schema.Literal("aside", "commons", "quantum") });
export type Retry = typeof Retry.Type;

/** The edge's own timer: a node that refused, or failed too often, may be asked again. */
export const NodeRested = variant("NodeRested", { node: Address });
export type NodeRested = typeof NodeRested.Type;

export const EdgeMessage = Schema.Union(
  Ping,
  Join,
  Pong,
  Measured,
  NodeRested,
  NodePaused,
  NodeResumed,
  NodeLeft,
  NodeStanding,
  AttemptStarted,
  AttemptEnded,
  SubmitJob,
  SubmitTraining,
  PlaceTask,
  CancelTask,
  Recheck,
  JobEnded,
  AdmitTraining,
  CloseCommons,
  DrainEdge,
  LeaseExpired,
  AttemptLate,
  Retry,
);
export type EdgeMessage = typeof EdgeMessage.Type;
