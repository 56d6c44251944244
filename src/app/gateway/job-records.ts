/**
 * The gateway's own memory of jobs: what it has accepted, under which idempotency key, and how each
 * ended. A job is accepted once its line is on the disk; what the network has not heard of by then
 * is handed over again after a crash.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Schema } from "effect";
import { JobState } from "../../adapters/http/shapes.ts";
import { Address } from "../../kernel/address.ts";
import { NanoVcu } from "../../kernel/credit.ts";
import { Wallet } from "../../kernel/ports/chain.ts";
import { readText, writeWhole } from "../files.ts";
import { CommandError } from "../outcome.ts";
import { AppendFile, cutTornTail } from "./append-file.ts";

const JobEscrow = Schema.Struct({
  at: Wallet,
  /** As people write it. */
  text: Schema.String,
});
export type JobEscrow = typeof JobEscrow.Type;

const Accepted = Schema.Struct({
  line: Schema.Literal("accepted"),
  /** Id of the contributor; the job's own id is `<contributor>.<demand>`. */
  contributor: Schema.String,
  demand: Schema.Int,
  name: Schema.String,
  kind: Schema.String,
  /** Blob with the plan: tasks, contents and what it takes to assemble the result. */
  plan: Schema.String,
  tasks: Schema.Int,
  price: NanoVcu,
  atUs: Schema.Int,
  /** Token that handed it in. */
  token: Schema.String,
  key: Schema.NullOr(Schema.String),
  /** Hash of the body that came with the key. */
  body: Schema.String,
  /** The escrow that pays its worker, whose job this is; lines of old have none. */
  escrow: Schema.optionalWith(Schema.NullOr(JobEscrow), { default: () => null }),
});

const Handed = Schema.Struct({ line: Schema.Literal("handed"), id: Schema.String });

const CancelAsked = Schema.Struct({ line: Schema.Literal("cancel"), id: Schema.String });

const Ended = Schema.Struct({
  line: Schema.Literal("ended"),
  id: Schema.String,
  /** Address of the job; null: it never came to be. */
  job: Schema.NullOr(Address),
  state: JobState,
  reason: Schema.String,
  done: Schema.Int,
  spent: NanoVcu,
  atUs: Schema.Int,
  /** Hash of the whole verified result; null where there is none. */
  result: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
});

/** The treasurer has heard which result was verified for the job's escrow. */
const Judged = Schema.Struct({ line: Schema.Literal("judged"), id: Schema.String });

const Line = Schema.parseJson(Schema.Union(Accepted, Handed, CancelAsked, Ended, Judged));
const decode = Schema.decodeUnknownSync(Line);
const encode = Schema.encodeSync(Line);

export interface JobRecord {
  readonly id: string;
  readonly accepted: Omit<typeof Accepted.Type, "line">;
  handed: boolean;
  cancelAsked: boolean;
  judged: boolean;
  ended: Omit<typeof Ended.Type, "line" | "id"> | undefined;
}

export type Acceptance = JobRecord["accepted"];
export type Ending = NonNullable<JobRecord["ended"]>;

/** Records of jobs that are over are let go of above this, the oldest first. */
const RECORDS_MAX = 100_000;

export class JobRecords {
  private readonly file: AppendFile;
  /** Oldest first. */
  private readonly records: Map<string, JobRecord>;
  private readonly byKey = new Map<string, JobRecord>();
  private readonly byEscrow = new Map<Wallet, JobRecord>();
  private readonly highest = new Map<string, number>();

  private constructor(file: AppendFile, records: Map<string, JobRecord>) {
    this.file = file;
    this.records = records;
    for (const record of records.values()) this.enter(record);
  }

  static open(path: string, recordsMax = RECORDS_MAX): JobRecords {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (existsSync(path)) cutTornTail(path);
    const records = existsSync(path) ? readRecords(path) : new Map<string, JobRecord>();
    if (records.size > recordsMax) {
      trim(records, recordsMax);
      writeWhole(path, [...records.values()].flatMap(linesOf).join(""));
    }
    return new JobRecords(new AppendFile(path), records);
  }

  get(id: string): JobRecord | undefined {
    return this.records.get(id);
  }

  /** Oldest first. */
  all(): Iterable<JobRecord> {
    return this.records.values();
  }

  newestFirst(): ReadonlyArray<JobRecord> {
    return [...this.records.values()].reverse();
  }

  /** What was accepted under a contributor's key. */
  underKey(contributor: string, key: string): JobRecord | undefined {
    return this.byKey.get(`${contributor} ${key}`);
  }

  nextDemand(contributor: string): number {
    return (this.highest.get(contributor) ?? 0) + 1;
  }

  /** Resolves once it is on the disk; the number is taken at once, so none is given twice. */
  async accept(accepted: Acceptance): Promise<JobRecord> {
    const id = `${accepted.contributor}.${accepted.demand}`;
    const record: JobRecord = {
      id,
      accepted,
      handed: false,
      cancelAsked: false,
      judged: false,
      ended: undefined,
    };
    this.records.set(id, record);
    this.enter(record);
    try {
      await this.file.append(`${encode({ line: "accepted", ...accepted })}\n`);
    } catch (error) {
      this.records.delete(id);
      if (accepted.key !== null) this.byKey.delete(keyOf(accepted, accepted.key));
      if (accepted.escrow !== null) this.byEscrow.delete(accepted.escrow.at);
      throw error;
    }
    return record;
  }

  async noteHanded(record: JobRecord): Promise<void> {
    record.handed = true;
    await this.file.append(`${encode({ line: "handed", id: record.id })}\n`);
  }

  async noteCancel(record: JobRecord): Promise<void> {
    record.cancelAsked = true;
    await this.file.append(`${encode({ line: "cancel", id: record.id })}\n`);
  }

  async noteEnd(record: JobRecord, ended: Ending): Promise<void> {
    if (record.ended !== undefined) return;
    record.ended = ended;
    await this.file.append(`${encode({ line: "ended", id: record.id, ...ended })}\n`);
  }

  async noteJudged(record: JobRecord): Promise<void> {
    if (record.judged) return;
    record.judged = true;
    await this.file.append(`${encode({ line: "judged", id: record.id })}\n`);
  }

  /** The job that has the escrow: one that goes on or is settled; others have let it go. */
  ofEscrow(at: Wallet): JobRecord | undefined {
    const record = this.byEscrow.get(at);
    return record?.ended === undefined || record.ended.state === "settled" ? record : undefined;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private enter(record: JobRecord): void {
    const { contributor, demand, key, escrow } = record.accepted;
    this.highest.set(contributor, Math.max(this.highest.get(contributor) ?? 0, demand));
    if (key !== null) this.byKey.set(keyOf(record.accepted, key), record);
    if (escrow !== null) this.byEscrow.set(escrow.at, record);
  }
}

function keyOf({ contributor }: Acceptance, key: string): string {
  return `${contributor} ${key}`;
}

function readRecords(path: string): Map<string, JobRecord> {
  const records = new Map<string, JobRecord>();
  const lines = readText(path, "the gateway's jobs").split("\n");
  for (const [at, text] of lines.entries()) {
    if (text === "") continue;
    try {
      fold(records, decode(text));
    } catch {
      throw new CommandError(
        `line ${at + 1} of ${path} cannot be read; ` +
          "put back a copy of the file or take the line out",
        { code: "corrupt", field: path },
      );
    }
  }
  return records;
}

function fold(records: Map<string, JobRecord>, line: typeof Line.Type): void {
  if (line.line === "accepted") {
    const { line: _, ...accepted } = line;
    const id = `${accepted.contributor}.${accepted.demand}`;
    const nothing = { handed: false, cancelAsked: false, judged: false, ended: undefined };
    records.set(id, { id, accepted, ...nothing });
    return;
  }
  const record = records.get(line.id);
  if (record === undefined) return;
  if (line.line === "handed") record.handed = true;
  else if (line.line === "cancel") record.cancelAsked = true;
  else if (line.line === "judged") record.judged = true;
  else {
    const { line: _, id: __, ...ended } = line;
    record.ended = ended;
  }
}

/** The newest record of each contributor stays: its number must not be given again. */
function trim(records: Map<string, JobRecord>, recordsMax: number): void {
  const newest = new Map<string, string>();
  for (const { id, accepted } of records.values()) newest.set(accepted.contributor, id);
  const kept = new Set(newest.values());
  for (const { id, ended } of records.values()) {
    if (records.size <= recordsMax) return;
    if (ended !== undefined && !kept.has(id)) records.delete(id);
  }
}

function linesOf(record: JobRecord): ReadonlyArray<string> {
  const { id, accepted, handed, cancelAsked, judged, ended } = record;
  return [
    `${encode({ line: "accepted", ...accepted })}\n`,
    ...(handed ? [`${encode({ line: "handed", id })}\n`] : []),
    ...(cancelAsked ? [`${encode({ line: "cancel", id })}\n`] : []),
    ...(ended === undefined ? [] : [`${encode({ line: "ended", id, ...ended })}\n`]),
    ...(judged ? [`${encode({ line: "judged", id })}\n`] : []),
  ];
}
