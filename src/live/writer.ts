/** A shard's hand on its journal: appends for as long as it is the owner, and knows its length. */
import type { Counters } from "./counters.ts";
import type { HostSettings } from "./host-parts.ts";
import { type Journal, JournalError } from "./journal.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { ShardId } from "./shard.ts";
import { toTextInSlices } from "./slices.ts";
import type { ShardImage } from "./snapshot.ts";

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

export interface WriterParts {
  readonly shard: ShardId;
  readonly journal: Journal;
  readonly lease: LeaseKeeper;
  readonly counters: Counters;
  readonly settings: Pick<HostSettings, "snapshotRecords" | "snapshotChars">;
  /** The journal takes nothing now; said once each time. */
  readonly troubled: (words: string) => void;
  /** True when nothing is to be written any more. */
  readonly isOver: () => boolean;
}

export class Writer {
  private readonly parts: WriterParts;
  /** Records of the journal. */
  private length: number;
  private recordsSince: number;
  private charsSince = 0;
  /** The snapshot that is being written; never rejects. */
  keeping: Promise<void> | undefined;

  constructor(parts: WriterParts, length: number, replayed: number) {
    this.parts = parts;
    this.length = length;
    this.recordsSince = replayed;
  }

  get isSnapshotDue(): boolean {
    const { snapshotRecords, snapshotChars } = this.parts.settings;
    if (this.keeping !== undefined) return false;
    return this.recordsSince >= snapshotRecords || this.charsSince >= snapshotChars;
  }

  /**
   * Resolves when the records are durable. A full disk and a store that is away are waited for;
   * rejects with a JournalError when the shard is not ours any more.
   */
  async append(texts: ReadonlyArray<string>): Promise<void> {
    const { shard, journal, lease, counters, troubled, isOver } = this.parts;
    let waitMs = FIRST_WAIT_MS;
    for (;;) {
      if (!lease.isHeld && !(await lease.held())) {
        throw new JournalError("fenced", `the lease on ${shard} is another's`);
      }
      const sinceMs = performance.now();
      try {
        this.length = await journal.append(this.length, texts);
        counters.noteAppend(texts.length, performance.now() - sinceMs);
        this.recordsSince += texts.length;
        for (const { length } of texts) this.charsSince += length;
        return;
      } catch (error) {
        if (!isPassing(error) || isOver()) throw error;
        if (waitMs === FIRST_WAIT_MS) troubled(`waiting: ${error.message}`);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
      }
    }
  }

  /**
   * Keeps the image of all records so far while further ones are appended. What goes wrong, in
   * words: the journal has everything, so a failure only makes the next replay longer. Rejects when
   * the shard is not ours any more.
   */
  keep(image: ShardImage): Promise<string | undefined> {
    const kept = this.write(image);
    this.keeping = this.settled(kept);
    return kept;
  }

  private async settled(kept: Promise<unknown>): Promise<void> {
    await Promise.allSettled([kept]);
    this.keeping = undefined;
  }

  private async write(image: ShardImage): Promise<string | undefined> {
    const at = this.length;
    this.recordsSince = 0;
    this.charsSince = 0;
    const text = await toTextInSlices(image);
    if (this.parts.isOver()) return undefined;
    try {
      await this.parts.journal.compact({ at, text });
      this.parts.counters.snapshots++;
      return undefined;
    } catch (error) {
      if (error instanceof JournalError && error.reason === "fenced") throw error;
      return `no snapshot was kept: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** For a last word after an end. */
  close(): Promise<void> {
    return this.parts.journal.close();
  }
}

function isPassing(error: unknown): error is JournalError {
  return error instanceof JournalError && (error.reason === "full" || error.reason === "down");
}
