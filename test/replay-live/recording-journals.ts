/** Journals that keep a copy of all that is appended, and of the newest snapshot. */
import type { Journal, Journals } from "../../src/live/journal.ts";
import type { ShardId } from "../../src/live/shard.ts";

export interface Recording {
  readonly records: string[];
  /** What the live shell itself came to. */
  snapshot: string | undefined;
}

export class RecordingJournals implements Journals {
  private readonly recordings: Map<ShardId, Recording>;
  private readonly journals: Journals;

  constructor(journals: Journals, recordings: Map<ShardId, Recording>) {
    this.journals = journals;
    this.recordings = recordings;
  }

  async open(...[shard, token]: Parameters<Journals["open"]>): Promise<Journal> {
    const journal = await this.journals.open(shard, token);
    const recording = this.recordings.get(shard) ?? { records: [], snapshot: undefined };
    this.recordings.set(shard, recording);
    return {
      append: async (expected, records) => {
        const length = await journal.append(expected, records);
        recording.records.push(...records);
        return length;
      },
      read: (from) => journal.read(from),
      latest: () => journal.latest(),
      compact: async (snapshot) => {
        await journal.compact(snapshot);
        recording.snapshot = snapshot.text;
      },
      close: () => journal.close(),
    };
  }
}
