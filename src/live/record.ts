/**
 * What a journal holds: one record for each thing that happened to an actor, with the time and the
 * entropy that it was given. State, mailboxes, timers, outboxes and views follow from the records.
 */
import type { Address } from "../kernel/address.ts";
import type { Micros } from "../kernel/duration.ts";
import type { Seed } from "../kernel/entropy.ts";
import type { Message } from "../kernel/message.ts";
import { fromText, toTextOf } from "./tagged-json.ts";

interface Happened {
  readonly to: Address;
  readonly at: Micros;
  readonly entropy: Seed;
  readonly message: Message;
}

/** A message arrived: n is the sender's counter, 0 for ports and the environment. */
export interface Delivered extends Happened {
  readonly what: "message";
  readonly from: Address;
  readonly n: number;
}

/** A timer of the actor rang. */
export interface Fired extends Happened {
  readonly what: "timer";
  readonly key: string;
  readonly epoch: number;
}

/** A port answered the call `key`. */
export interface Answered extends Happened {
  readonly what: "outcome";
  readonly from: Address;
  readonly key: string;
}

export type Delivering = Delivered | Fired | Answered;

/** An actor of the start began. */
export interface Begun {
  readonly what: "begin";
  readonly to: Address;
  readonly at: Micros;
  readonly input: unknown;
}

/** A step threw: the delivery was taken, the actor takes no other. */
export interface Buried {
  readonly what: "buried";
  readonly to: Address;
  readonly at: Micros;
  readonly why: string;
  readonly delivery: Delivering;
}

/** The shard has a new owner; actors of these versions wrote what follows. */
export interface Opened {
  readonly what: "open";
  readonly at: Micros;
  readonly holder: string;
  readonly versions: Readonly<Record<string, number>>;
  /** Actors in quarantine that go on, from the state before the step that threw. */
  readonly revived?: ReadonlyArray<Address>;
}

export type JournalRecord = Delivering | Begun | Buried | Opened;

export function textOfRecord(record: JournalRecord): string {
  return toTextOf(kindOfText(record), record);
}

/** Records of one kind hold amounts, or do not. */
function kindOfText(record: JournalRecord): string {
  return "message" in record ? record.message.type : record.what;
}

const kinds: ReadonlySet<unknown> = new Set([
  "message",
  "timer",
  "outcome",
  "begin",
  "buried",
  "open",
]);

/**
 * Throws for what no shell of ours has written; the journal's checksum was right, so it is a bug.
 */
export function recordOfText(text: string): JournalRecord {
  const record = fromText(text) as Partial<JournalRecord> | null;
  if (typeof record !== "object" || record === null || !kinds.has(record.what)) {
    throw new SyntaxError(`no journal record: ${text.slice(0, 80)}`);
  }
  return record as JournalRecord;
}
