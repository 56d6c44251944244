/** What a contributor accepts: its requester's wishes and the network's answers. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { NanoVcu } from "../../kernel/credit.ts";
import { variant } from "../../kernel/message.ts";

/** The person behind the contributor wants work done (from `port/requester`). */
export const DemandArrived = variant("DemandArrived", {
  /** The requester's own name of this demand; answers carry it. */
  demand: Schema.Int,
  /** Metered size of each task, MFLOP. */
  tasks: Schema.Array(Schema.Int),
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
  /** Memory that each run needs, MiB. */
  memoryMib: Schema.Int,
  /** What each task computes; null: contents that nobody named, as in a simulation. */
  contents: Schema.NullOr(Schema.Array(Schema.String)),
});
export type DemandArrived = typeof DemandArrived.Type;

/**
 * A training run whose parameters are blobs: rounds of local steps, in which updates become one.
 */
export const TrainingRun = Schema.Struct({
  /** Blob of the run's plan. */
  plan: Schema.String,
  parameters: Schema.Int,
  rounds: Schema.Int,
  workers: Schema.Int,
  /** Other owners that were there when the run was handed in; without it: one for each worker. */
  owners: Schema.optionalWith(Schema.Int, { exact: true }),
  /** Local steps of a worker in a round, and their metered size each. */
  steps: Schema.Int,
  stepMflop: Schema.Int,
  memoryMib: Schema.Int,
  /** Time that a worker has for its steps. */
  boxUs: Schema.Int,
  /** Updates are tried on rows that were kept back. */
  canary: Schema.Boolean,
});

/** The person behind the contributor wants a model trained (from `port/requester`). */
export const TrainingWanted = variant("TrainingWanted", { demand: Schema.Int, run: TrainingRun });
export type TrainingWanted = typeof TrainingWanted.Type;

/**
 * The person wants a job, or a training run, no longer (from `port/requester`); what was verified
 * of
 * it is paid.
 */
export const DemandWithdrawn = variant("DemandWithdrawn", { job: Address });
export type DemandWithdrawn = typeof DemandWithdrawn.Type;

/** The person's machines are now these (from `port/requester`): some came, others are given up. */
export const NodesChanged = variant("NodesChanged", { nodes: Schema.Array(Address) });
export type NodesChanged = typeof NodesChanged.Type;

/** An edge answers a Ping. */
export const Pong = variant("Pong", { probe: Schema.Int });
export type Pong = typeof Pong.Type;

/** The ledger opened this contributor's account; it is in probation now. */
export const AccountOpened = variant("AccountOpened", { sequence: Schema.Int });
export type AccountOpened = typeof AccountOpened.Type;

/** The ledger's judgement of a contributor; the contributor's own chart has the same names. */
export const StandingState = Schema.Literal("probation", "active", "suspended", "revoked");
export type StandingState = typeof StandingState.Type;

/**
 * What the badge of membership shows: it is bound to its account, says what the ledger has decided,
 * and decides nothing. It lapses when its owner has done no verified work for long.
 */
export const Credential = Schema.Literal("none", "valid", "lapsed");
export type Credential = typeof Credential.Type;

/** A read-only copy of the standing; `sequence` is the ledger's, older copies are ignored. */
export const StandingChanged = variant("StandingChanged", {
  sequence: Schema.Int,
  state: StandingState,
  credential: Credential,
  /** The rule by which the standing changed, in words with its numbers. */
  rule: Schema.String,
  /** Wrong results until suspension, at the least: the warning before the penalty. */
  wrongLeft: Schema.Int,
  balance: NanoVcu,
  earned: NanoVcu,
  validResults: Schema.Int,
  wrongResults: Schema.Int,
  /** Tasks whose judgement moved the standing: the evidence. */
  evidence: Schema.Array(Schema.String),
});
export type StandingChanged = typeof StandingChanged.Type;

/** Why a job was refused, with the rule in words and the numbers that it compared. */
export const RefusalReason = Schema.Literal(
  "not-a-contributor",
  "in-probation",
  "suspended",
  "revoked",
  "no-verified-work",
  "no-credential",
  "insufficient-credit",
  "overloaded",
  "draining",
  "unreachable",
);
export type RefusalReason = typeof RefusalReason.Type;

export const JobRefused = variant("JobRefused", {
  demand: Schema.Int,
  reason: RefusalReason,
  rule: Schema.String,
  have: NanoVcu,
  need: NanoVcu,
});
export type JobRefused = typeof JobRefused.Type;

export const JobFailureReason = Schema.Literal("deadline", "no-agreement", "attempts-exhausted");
export type JobFailureReason = typeof JobFailureReason.Type;

/** The job ended: all verified tasks were paid, the rest of the escrow came back. */
export const JobSettled = variant("JobSettled", {
  demand: Schema.Int,
  job: Address,
  spent: NanoVcu,
  refunded: NanoVcu,
});
export type JobSettled = typeof JobSettled.Type;
export const JobFailed = variant("JobFailed", {
  demand: Schema.Int,
  job: Address,
  reason: JobFailureReason,
  spent: NanoVcu,
  refunded: NanoVcu,
});
export type JobFailed = typeof JobFailed.Type;

/** A result that was delivered is in doubt no more: the verifier had it executed again. */
export const ResultCorrected = variant("ResultCorrected", {
  task: Schema.String,
  content: Schema.String,
  /** What is accepted now. */
  digest: Schema.String,
});
export type ResultCorrected = typeof ResultCorrected.Type;

/** Its machines have taken public work for a while, for want of credit (its own timer). */
export const EarningEnded = variant("EarningEnded", {});
export type EarningEnded = typeof EarningEnded.Type;

export const ContributorMessage = Schema.Union(
  DemandArrived,
  TrainingWanted,
  DemandWithdrawn,
  NodesChanged,
  Pong,
  AccountOpened,
  StandingChanged,
  JobRefused,
  JobSettled,
  JobFailed,
  ResultCorrected,
  EarningEnded,
);
export type ContributorMessage = typeof ContributorMessage.Type;

/** What a contributor tells `port/requester`. */
export const DemandAnswered = variant("DemandAnswered", {
  demand: Schema.Int,
  answer: Schema.Literal("settled", "failed", "refused"),
  reason: Schema.String,
  spent: NanoVcu,
});
export type DemandAnswered = typeof DemandAnswered.Type;
