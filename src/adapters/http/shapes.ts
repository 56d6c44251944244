/**
 * What goes over the wire between the gateway and its clients. Credit is decimal text in nano-VCU
 * (1e-9 VCU) outside and `bigint` inside; times are microseconds since the Unix epoch.
 */
import { Schema } from "effect";
import { NanoVcu } from "../../kernel/credit.ts";
import { EscrowFate } from "./escrow-shapes.ts";

const Name = Schema.String.pipe(
  Schema.maxLength(100),
  // A name is shown on terminals and in logs: no control characters, nothing invisible.
  Schema.pattern(/^[\p{L}\p{N}\p{P}\p{S} ]*$/u, {
    message: () => "expected up to 100 letters, digits, signs and blanks",
  }),
);

export const BlobName = Schema.String.pipe(
  Schema.pattern(/^[0-9a-f]{64}$/, {
    message: () => "expected a blob's id: its SHA-256 as 64 hexadecimal digits",
  }),
);

export const JobId = Schema.String.pipe(
  Schema.pattern(/^[a-z0-9-]{1,64}\.[0-9]{1,15}$/, {
    message: () => "expected a job's id such as you.12; see pingo job list",
  }),
);

const EscrowNamed = Schema.Struct({
  address: Schema.String.pipe(Schema.maxLength(80)),
  salt: Schema.optionalWith(Schema.String.pipe(Schema.maxLength(200)), { default: () => "" }),
});
export type EscrowNamed = typeof EscrowNamed.Type;

/**
 * A job as handed in: the content of a job file, untouched, and which blob each file is that it
 * names. The gateway opens no file by such a name; it only looks it up here.
 */
export const JobOrder = Schema.Struct({
  job: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  files: Schema.optionalWith(Schema.Record({ key: Schema.String, value: BlobName }), {
    default: () => ({}),
  }),
  name: Schema.optional(Name),
  /** The escrow that pays who hands it in, and the salt of its terms. */
  escrow: Schema.optional(EscrowNamed),
  /** On whose account; only a bot and an operator may name another than their token's. */
  contributor: Schema.optional(Schema.String.pipe(Schema.pattern(/^[a-z0-9.-]{1,64}$/))),
});
export type JobOrder = typeof JobOrder.Type;

export const JobState = Schema.Literal(
  "accepted",
  "waiting",
  "running",
  "settled",
  "failed",
  "refused",
  "cancelled",
);
export type JobState = typeof JobState.Type;

export const over: ReadonlySet<JobState> = new Set(["settled", "failed", "refused", "cancelled"]);

export const JobStatus = Schema.Struct({
  id: JobId,
  name: Schema.String,
  kind: Schema.String,
  contributor: Schema.String,
  state: JobState,
  /** Why it was refused or failed, with the rule and its numbers; else empty. */
  reason: Schema.String,
  tasks: Schema.Struct({
    total: Schema.Int,
    running: Schema.Int,
    /** Results that are believed. */
    done: Schema.Int,
  }),
  /** The whole price, held in escrow while it runs. */
  price: NanoVcu,
  spent: NanoVcu,
  acceptedUs: Schema.Int,
  endedUs: Schema.NullOr(Schema.Int),
  /** The id under which traces follow it through every actor; empty until there is a job. */
  trace: Schema.String,
  /** Hash of the whole verified result, which an escrow's worker submits; null before. */
  result: Schema.NullOr(Schema.String),
  /** The escrow that pays who handed it in; null for most jobs. */
  escrow: Schema.NullOr(EscrowFate),
});
export type JobStatus = typeof JobStatus.Type;

export const JobPage = Schema.Struct({
  jobs: Schema.Array(JobStatus),
  /** Hand it in as `cursor` for the next page; null: this is the last. */
  next: Schema.NullOr(Schema.String),
});
export type JobPage = typeof JobPage.Type;

const TaskStatus = Schema.Struct({
  index: Schema.Int,
  state: Schema.Literal("waiting", "running", "done", "given-up"),
  mflop: Schema.Int,
  /** The blob with its result, once believed. */
  digest: Schema.NullOr(Schema.String),
  /** Executions that the judgement was about. */
  executions: Schema.Int,
  /** Nodes that had a part in it, as far as they are known. */
  nodes: Schema.Array(Schema.String),
});

export const TaskPage = Schema.Struct({
  tasks: Schema.Array(TaskStatus),
  next: Schema.NullOr(Schema.String),
});
export type TaskPage = typeof TaskPage.Type;

/** One sentence of an explanation with the numbers that it rests on. */
export const Fact = Schema.Struct({
  what: Schema.String,
  numbers: Schema.Record({ key: Schema.String, value: Schema.String }),
});
export type Fact = typeof Fact.Type;

export const Explanation = Schema.Struct({
  job: JobStatus,
  /** Why it is where it is, who ran it, what was paid. */
  facts: Schema.Array(Fact),
});
export type Explanation = typeof Explanation.Type;

/** What happened to a job, oldest first. */
const LogLine = Schema.Struct({
  atUs: Schema.Int,
  actor: Schema.String,
  what: Schema.String,
});

export const JobLog = Schema.Struct({
  lines: Schema.Array(LogLine),
  /** Older lines that are not shown; the journal has them. */
  dropped: Schema.Int,
});
export type JobLog = typeof JobLog.Type;

/** A part of a machine for a time: as small as a tenth of a core and 128 MB. */
export const Slice = Schema.Struct({
  cores: Schema.Number.pipe(
    Schema.between(0.1, 10_000, { message: () => "expected cores from 0.1 to 10000" }),
  ),
  memoryMib: Schema.Int.pipe(
    Schema.between(128, 16_777_216, {
      message: () => "expected MiB of memory from 128 to 16777216",
    }),
  ),
  /** How long, such as "1h". */
  for: Schema.String,
});
export type Slice = typeof Slice.Type;

export const QuoteRequest = Schema.Struct({
  /** Either a job as it would be handed in or a slice. */
  order: Schema.optional(JobOrder),
  slice: Schema.optional(Slice),
});
export type QuoteRequest = typeof QuoteRequest.Type;

export const Quote = Schema.Struct({
  tasks: Schema.Int,
  mflop: Schema.Int,
  memoryMib: Schema.Int,
  price: NanoVcu,
  /** The price at the posted rate, in PINGO as decimal text; credit is what is charged. */
  pingo: Schema.String,
  pingoPerVcu: Schema.Int,
  /** Of the asking contributor, as far as the ledger has told; null: not known here. */
  balance: Schema.NullOr(NanoVcu),
  /** The rule in words with its numbers. */
  rule: Schema.String,
});
export type Quote = typeof Quote.Type;

export const BlobReceipt = Schema.Struct({ id: BlobName, bytes: Schema.Int });
export type BlobReceipt = typeof BlobReceipt.Type;

export const NodeStatus = Schema.Struct({
  id: Schema.String,
  owner: Schema.String,
  state: Schema.String,
  edge: Schema.NullOr(Schema.String),
  slots: Schema.NullOr(Schema.Int),
  slotMflops: Schema.NullOr(Schema.Int),
  running: Schema.Int,
  done: Schema.Int,
});
export type NodeStatus = typeof NodeStatus.Type;

export const NodeList = Schema.Struct({ nodes: Schema.Array(NodeStatus) });
export type NodeList = typeof NodeList.Type;

export const ContributorStatus = Schema.Struct({
  id: Schema.String,
  state: Schema.String,
  credential: Schema.String,
  balance: NanoVcu,
  earned: NanoVcu,
  /** How far below zero a job's price may take the balance. */
  mayOwe: NanoVcu,
  /** Its machines take public work to earn credit. */
  earning: Schema.Boolean,
  validResults: Schema.Int,
  wrongResults: Schema.Int,
  /** The rule behind the state, in words. */
  rule: Schema.String,
});
export type ContributorStatus = typeof ContributorStatus.Type;

export const ContributorList = Schema.Struct({ contributors: Schema.Array(ContributorStatus) });
export type ContributorList = typeof ContributorList.Type;

const CreditLine = Schema.Struct({
  atUs: Schema.Int,
  amount: NanoVcu,
  /** What moved it, such as "paid for you.3.0" or "held for job/e0.4". */
  what: Schema.String,
});

export const CreditPage = Schema.Struct({
  lines: Schema.Array(CreditLine),
  next: Schema.NullOr(Schema.String),
});
export type CreditPage = typeof CreditPage.Type;

export const Role = Schema.Literal("requester", "node", "edge", "auditor", "operator", "bot");
export type Role = typeof Role.Type;
export const roles = Role.literals;

/** What the gateway knows of the token that asks. */
export const Me = Schema.Struct({
  token: Schema.String,
  role: Role,
  contributor: Schema.NullOr(Schema.String),
  expiresUs: Schema.Int,
  permissions: Schema.Array(Schema.String),
});
export type Me = typeof Me.Type;

export const AuditHead = Schema.Struct({ lines: Schema.Int, head: Schema.String });
export type AuditHead = typeof AuditHead.Type;

export const Health = Schema.Struct({
  status: Schema.Literal("ok", "draining"),
  version: Schema.String,
  upS: Schema.Int,
});
export type Health = typeof Health.Type;

export const Paging = Schema.Struct({
  cursor: Schema.optional(Schema.String.pipe(Schema.pattern(/^[a-z0-9.-]{1,80}$/))),
  limit: Schema.optionalWith(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 1_000)), {
    default: () => 50,
  }),
});
export type Paging = typeof Paging.Type;

export const ResultFormat = Schema.Literal("json", "npy", "bin");
export type ResultFormat = typeof ResultFormat.Type;
