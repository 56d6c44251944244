/** What a job accepts: the ledger's word, nodes' results, the edge's losses, verdicts. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { NanoVcu } from "../../kernel/credit.ts";
import { variant } from "../../kernel/message.ts";
import { Standing } from "../../kernel/policies/scheduling.ts";
import { RefusalReason } from "../contributor/messages.ts";

/** The escrow holds the whole price; on debt: a part of it goes beyond the requester's balance. */
export const Reserved = variant("Reserved", { standing: Standing, onDebt: Schema.Boolean });
export type Reserved = typeof Reserved.Type;
export const ReserveRefused = variant("ReserveRefused", {
  reason: RefusalReason,
  rule: Schema.String,
  have: NanoVcu,
  need: NanoVcu,
});
export type ReserveRefused = typeof ReserveRefused.Type;

/**
 * A node ran an attempt to its end. It does not show the result yet: `commit` binds it
 * (src/kernel/commitment.ts). Without the attempt's token it is not believed.
 */
export const ResultCommitted = variant("ResultCommitted", {
  task: Schema.String,
  attempt: Schema.String,
  token: Schema.Int,
  owner: Address,
  commit: Schema.String,
});
export type ResultCommitted = typeof ResultCommitted.Type;

/** The result of an attempt: to a job what was committed to before, to others at once. */
export const ResultReported = variant("ResultReported", {
  task: Schema.String,
  attempt: Schema.String,
  token: Schema.Int,
  owner: Address,
  digest: Schema.String,
  /** The result itself where it is small and wanted, such as a training update; else empty. */
  payload: Schema.String,
});
export type ResultReported = typeof ResultReported.Type;

/** The edge tells who took an attempt, so that no second copy goes to the same owner. */
export const AttemptLost = variant("AttemptLost", {
  task: Schema.String,
  attempt: Schema.String,
  reason: Schema.Literal("not-taken", "expired", "abandoned", "killed"),
});
export type AttemptLost = typeof AttemptLost.Type;

/** The edge tells that an attempt takes far longer than expected: another copy may be first. */
export const AttemptSlow = variant("AttemptSlow", { task: Schema.String, attempt: Schema.String });
export type AttemptSlow = typeof AttemptSlow.Type;

/** A reveal was awaited for as long as it may (the own timer). */
export const RevealDue = variant("RevealDue", { task: Schema.String, attempt: Schema.String });
export type RevealDue = typeof RevealDue.Type;

/** So many copies more shall be sealed before any result of the task is shown. */
export const Weighed = variant("Weighed", {
  task: Schema.String,
  more: Schema.Int.pipe(Schema.nonNegative()),
});
export type Weighed = typeof Weighed.Type;

/** The verifier's judgement on all results of a task. */
export const Verdict = variant("Verdict", {
  task: Schema.String,
  verdict: Schema.Literal("accepted", "more", "rejected"),
  digest: Schema.String,
  executions: Schema.Int,
  /** Attempts whose results are believed. */
  agreed: Schema.Array(Schema.String),
  /** Attempts whose owners are told off in the settlement. */
  wrong: Schema.Array(Schema.String),
});
export type Verdict = typeof Verdict.Type;

/** The ledger paid what was verified and returned the rest. */
export const JobClosed = variant("JobClosed", { spent: NanoVcu, refunded: NanoVcu });
export type JobClosed = typeof JobClosed.Type;

/** The requester no longer wants the job. */
const CancelJob = variant("CancelJob", {});
export type CancelJob = typeof CancelJob.Type;

export const JobMessage = Schema.Union(
  Reserved,
  ReserveRefused,
  ResultCommitted,
  ResultReported,
  RevealDue,
  AttemptLost,
  AttemptSlow,
  Weighed,
  Verdict,
  JobClosed,
  CancelJob,
);
export type JobMessage = typeof JobMessage.Type;
