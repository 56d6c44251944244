/**
 * Every bound of the protocol in one place: what outlives a step has a limit here. `production` is
 * what runs; `tiny` reaches rare branches in tests. Lengths of time are microseconds.
 */
import { Schema } from "effect";
import { DAY, Duration, HOUR, MINUTE, SECOND } from "./duration.ts";

const field = <A, I>(schema: Schema.Schema<A, I>, description: string, fallback: A) =>
  Schema.optionalWith(schema.annotations({ description }), {
    default: () => fallback,
    exact: true,
  });

const Count = Schema.Int.pipe(Schema.positive());

export const Limits = Schema.Struct({
  offerUs: field(Duration, "How long a node may take to accept an offered attempt.", 30 * SECOND),
  leaseFactor: field(
    Schema.Number.pipe(Schema.greaterThanOrEqualTo(1)),
    "Lease as a multiple of the expected run time (mechanisms: 3 x median runtime).",
    3,
  ),
  stragglerFactor: field(
    Schema.Number.pipe(Schema.greaterThanOrEqualTo(1)),
    "An attempt that runs for so many times what was expected gets a twin where nodes idle.",
    1.5,
  ),
  leaseFloorUs: field(Duration, "No lease is shorter than this.", 5 * MINUTE),
  graceUs: field(
    Duration,
    "How much longer than the node the edge counts a lease: stopping a run takes time.",
    5 * SECOND,
  ),
  revealUs: field(
    Duration,
    "How long a sealed result waits for the others of its round, and a job for its reveal.",
    5 * MINUTE,
  ),
  probeUs: field(Duration, "How long to wait for the answers of probed edges.", 5 * SECOND),
  joinUs: field(Duration, "How long to wait for a Welcome before asking again.", MINUTE),
  jobUs: field(Duration, "A job that is not settled by then fails and is refunded.", 24 * HOUR),
  attemptsPerTask: field(Count, "A task that lost this many attempts fails its job.", 40),
  tasksPerJob: field(Count, "Largest job, in tasks.", 10_000),
  queuedPerEdge: field(Count, "An edge refuses new jobs while this many attempts wait.", 200_000),
  probationResults: field(Count, "Verified results that end probation.", 20),
  probationMilliVcu: field(
    Count,
    "Verified work that ends probation, thousandths of a VCU.",
    1_000,
  ),
  warnAfterWrong: field(Count, "Wrong results after which the contributor is warned.", 1),
  suspendAfterWrong: field(Count, "Wrong results after which it is suspended.", 3),
  suspendAfterSlashes: field(Count, "Proofs of cheating after which it is suspended.", 2),
  suspensionUs: field(Duration, "How long a suspension lasts that no appeal ends.", 30 * DAY),
  credentialLapseUs: field(
    Duration,
    "A badge lapses when its owner has done no verified work for so long.",
    30 * DAY,
  ),
  escrowTasks: field(
    Count,
    "Newest rewards of an account that are not cleared yet: a proof of cheating burns them.",
    32,
  ),
  paidPerTask: field(Count, "Owners who are paid for one task at most.", 8),
  debtHours: field(
    Schema.Int.pipe(Schema.nonNegative()),
    "Debt limit in hours of the account's own rate (D).",
    24,
  ),
  debtPercent: field(
    Schema.Int.pipe(Schema.between(0, 100)),
    "Debt limit in percent of the account's verified work (delta).",
    25,
  ),
  bankHours: field(Count, "Most credit that is kept, in hours of the account's own rate.", 168),
  epochUs: field(Duration, "Length of a ledger epoch.", HOUR),
  auditSample: field(Count, "Accounts that the auditor recounts per epoch.", 8),
});
export type Limits = typeof Limits.Type;

export const production: Limits = Schema.decodeSync(Limits)({});

export const tiny: Limits = {
  ...production,
  leaseFloorUs: 30 * SECOND,
  revealUs: 30 * SECOND,
  attemptsPerTask: 4,
  tasksPerJob: 8,
  queuedPerEdge: 16,
  probationResults: 2,
  probationMilliVcu: 10,
  escrowTasks: 2,
  paidPerTask: 3,
  epochUs: 10 * MINUTE,
  auditSample: 2,
};
