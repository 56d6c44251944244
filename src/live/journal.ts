/**
 * The port that keeps what a shard has accepted. Because a step is pure the journal is the truth:
 * state, mailboxes, timers and outboxes follow from it by replay. In process it is files; over NATS
 * a stream with compare-and-set and an object store for snapshots.
 */
import type { FencingToken } from "./leases.ts";
import type { ShardId } from "./shard.ts";

export interface Snapshot {
  /** Number of journal records that the snapshot stands for. */
  readonly at: number;
  readonly text: string;
}

/** The journal of one shard, opened by its owner. Records are lines of JSON text. */
export interface Journal {
  /**
   * Appends all or nothing behind `expected` records and resolves with their new number once they
   * are durable. Rejects with {@link JournalError} "fenced" when another owner appended meanwhile.
   */
  readonly append: (expected: number, records: ReadonlyArray<string>) => Promise<number>;
  /** The records behind the first `from`, oldest first. */
  readonly read: (from: number) => AsyncIterable<string>;
  readonly latest: () => Promise<Snapshot | undefined>;
  /** Keeps the snapshot, then forgets the records that it stands for. */
  readonly compact: (snapshot: Snapshot) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Journals {
  /** Rejects with "corrupt" when what is there cannot be read; nothing is then changed. */
  readonly open: (shard: ShardId, token: FencingToken) => Promise<Journal>;
}

export class JournalError extends Error {
  override readonly name = "JournalError";
  /** "newer": written by a later version of PinGo. "full": the disk or the stream's limit. */
  readonly reason: "fenced" | "corrupt" | "newer" | "full" | "down";
  constructor(reason: JournalError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
