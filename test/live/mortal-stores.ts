/**
 * Journals and leases in memory that outlive the processes of a test. A process has a life of its
 * own: when it ends, whatever it was about to do is never done, as if it had been killed.
 */
import {
  type Journal,
  JournalError,
  type Journals,
  type Snapshot,
} from "../../src/live/journal.ts";
import type { FencingToken, Lease, Leases } from "../../src/live/leases.ts";
import type { ShardId } from "../../src/live/shard.ts";

interface Kept {
  token: number;
  /** Number of the first record that is kept. */
  first: number;
  records: string[];
  snapshot: Snapshot | undefined;
}

const never = <T>(): Promise<T> => new Promise(() => {});

/** What happens to the append that a process dies in. */
export interface Death {
  /** Appends of the process until it dies. */
  readonly afterAppends: number;
  /** Share of the records of the last append that reach the disk. */
  readonly written: number;
}

/** One process: what it uses stops working when it dies. */
export class Life {
  dead = false;
  appends = 0;
  private readonly death: Death | undefined;
  private readonly died: () => void;

  constructor(death: Death | undefined, died: () => void) {
    this.death = death;
    this.died = died;
  }

  /** Share of an append that is written; 1 while it lives. */
  next(): number {
    this.appends++;
    if (this.death === undefined || this.appends <= this.death.afterAppends) return 1;
    this.dead = true;
    this.died();
    return this.death.written;
  }
}

/** The disk. */
export class MortalStores {
  readonly shards = new Map<ShardId, Kept>();
  private token = 0;

  journals(life: Life): Journals {
    return {
      open: (shard, token) => {
        const kept = this.kept(shard);
        kept.token = token;
        return Promise.resolve(journalOf(kept, token, life));
      },
    };
  }

  leases(): Leases {
    const lease = (shard: ShardId, holder: string, forUs: number): Lease => {
      const token = ++this.token as FencingToken;
      return { shard, holder, token, deadlineUs: Date.now() * 1_000 + forUs };
    };
    return {
      take: (shard, holder, forUs) => Promise.resolve(lease(shard, holder, forUs)),
      renew: (old, forUs) => Promise.resolve({ ...old, deadlineUs: Date.now() * 1_000 + forUs }),
      release: () => Promise.resolve(),
    };
  }

  private kept(shard: ShardId): Kept {
    let kept = this.shards.get(shard);
    if (kept === undefined) {
      kept = { token: 0, first: 0, records: [], snapshot: undefined };
      this.shards.set(shard, kept);
    }
    return kept;
  }
}

function journalOf(kept: Kept, token: FencingToken, life: Life): Journal {
  const length = () => kept.first + kept.records.length;
  return {
    append: async (expected, records) => {
      // a disk takes its time, and others go on meanwhile
      await new Promise((resolve) => setImmediate(resolve));
      if (life.dead) return never();
      if (kept.token !== token || expected !== length()) {
        throw new JournalError("fenced", "another owner appended");
      }
      const share = life.next();
      kept.records.push(...records.slice(0, Math.floor(records.length * share)));
      return life.dead ? never() : length();
    },
    async *read(from) {
      yield* kept.records.slice(from - kept.first);
    },
    latest: () => Promise.resolve(kept.snapshot),
    compact: (snapshot) => {
      if (life.dead) return never();
      kept.snapshot = snapshot;
      kept.records = kept.records.slice(snapshot.at - kept.first);
      kept.first = snapshot.at;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
