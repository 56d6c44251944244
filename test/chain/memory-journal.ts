/** A journal that outlives its owner, as one on disk does; `again` is what the next owner opens. */
import { type Journal, JournalError, type Snapshot } from "../../src/live/journal.ts";

interface Disk {
  records: ReadonlyArray<string>;
  /** Records that the snapshot stands for. */
  forgotten: number;
  snapshot: Snapshot | undefined;
  owner: MemoryJournal | undefined;
}

export class MemoryJournal implements Journal {
  private readonly disk: Disk;

  constructor(disk?: Disk) {
    this.disk = disk ?? { records: [], forgotten: 0, snapshot: undefined, owner: undefined };
    this.disk.owner = this;
  }

  again(): MemoryJournal {
    return new MemoryJournal(this.disk);
  }

  append(expected: number, records: ReadonlyArray<string>): Promise<number> {
    const { disk } = this;
    const length = disk.forgotten + disk.records.length;
    if (disk.owner !== this || expected !== length) {
      return Promise.reject(new JournalError("fenced", "another owner has the journal"));
    }
    disk.records = [...disk.records, ...records];
    return Promise.resolve(length + records.length);
  }

  async *read(from: number): AsyncIterable<string> {
    await Promise.resolve();
    yield* this.disk.records.slice(from - this.disk.forgotten);
  }

  latest(): Promise<Snapshot | undefined> {
    return Promise.resolve(this.disk.snapshot);
  }

  compact(snapshot: Snapshot): Promise<void> {
    const { disk } = this;
    disk.snapshot = snapshot;
    disk.records = disk.records.slice(snapshot.at - disk.forgotten);
    disk.forgotten = snapshot.at;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
