/**
 * The journal of a shard as a stream of its own. The compare-and-set is the stream's last sequence:
 * whoever opens the journal sets a mark, and every append of the owner before it then fails.
 * Everything is read from the stream's leader, because a replica's answer may be old.
 */
import type { JetStreamClient, JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { type Journal, JournalError, type Journals, type Snapshot } from "../../live/journal.ts";
import type { FencingToken } from "../../live/leases.ts";
import type { ShardId } from "../../live/shard.ts";
import { faultOf, wordsOf } from "./faults.ts";
import { endOf, Groups, headersOf, type Part, partsOf, placeOf } from "./journal-entry.ts";
import type { Link } from "./link.ts";
import type { Names } from "./names.ts";
import { SnapshotStore } from "./snapshot-store.ts";

export interface NatsJournalsOptions {
  readonly names: Names;
  /** Makes the shard's streams; where another does, the shard is there already. */
  readonly provision?: (shard: ShardId) => Promise<void>;
  /** How long an append is tried again while no server answers: longer than a new leader takes. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 15_000;
const PAUSE_MS = 100;
/** Looks at a stream that may only be slow to tell what another owner wrote. */
const LOOKS = 4;
const LOOK_PAUSE_MS = 300;
/** Messages asked for at once when a journal is read. */
const AT_ONCE = 64;

export class NatsJournals implements Journals {
  private readonly link: Link;
  private readonly options: NatsJournalsOptions;

  constructor(link: Link, options: NatsJournalsOptions) {
    this.link = link;
    this.options = options;
  }

  async open(shard: ShardId, token: FencingToken): Promise<Journal> {
    await this.options.provision?.(shard);
    const parts: JournalParts = {
      shard,
      token,
      stream: this.options.names.journalStream(shard),
      subject: this.options.names.journal(shard),
      client: this.link.client,
      manager: this.link.manager,
      patienceMs: this.options.patienceMs ?? PATIENCE_MS,
    };
    const snapshots = new SnapshotStore(parts, this.options.names);
    const journal = new NatsJournal(parts, snapshots);
    await guarded(() => journal.begin());
    return journal;
  }
}

export interface JournalParts {
  readonly shard: ShardId;
  readonly token: FencingToken;
  readonly stream: string;
  readonly subject: string;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly patienceMs: number;
}

/** What the port knows of errors. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof JournalError) throw error;
    const fault = faultOf(error);
    const reason = fault === "full" || fault === "down" ? fault : "fenced";
    throw new JournalError(reason, wordsOf(error), { cause: error });
  }
}

class NatsJournal implements Journal {
  private readonly parts: JournalParts;
  private readonly snapshots: SnapshotStore;
  private records = 0;
  private lastSeq = 0;
  private tail: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(parts: JournalParts, snapshots: SnapshotStore) {
    this.parts = parts;
    this.snapshots = snapshots;
  }

  /** Finds where the journal stands and fences out every owner before. */
  async begin(): Promise<void> {
    const { shard, stream, manager, token } = this.parts;
    const { state } = await manager.streams.info(stream);
    this.lastSeq = state.last_seq;
    this.records = (await this.snapshots.head())?.at ?? 0;
    if (state.messages > 0) {
      const last = await this.message(state.last_seq);
      const place = placeOf(last.header, `message ${last.seq} of ${stream}`);
      if (place.token > token) {
        throw new JournalError("fenced", `${shard} was opened by a later owner already`);
      }
      this.records = endOf(place);
    }
    const [mark] = partsOf(token, this.records, []);
    if (mark === undefined) return;
    try {
      await this.publish(mark);
    } catch (error) {
      if (error instanceof JournalError && error.reason === "fenced") await this.demandSense();
      throw error;
    }
  }

  /** A conflict although nobody has written: the server has lost messages that it has counted. */
  private async demandSense(): Promise<void> {
    const { shard, stream, manager } = this.parts;
    for (let look = 0; look < LOOKS; look++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
      const { state } = await manager.streams.info(stream);
      if (state.last_seq !== this.lastSeq) return;
    }
    throw new JournalError(
      "corrupt",
      `the server has lost records of ${shard}: its store is damaged; put back a copy of it`,
    );
  }

  append(expected: number, records: ReadonlyArray<string>): Promise<number> {
    if (records.some((record) => record === "" || record.includes("\n"))) {
      return Promise.reject(new TypeError("a journal record is one line of JSON text"));
    }
    const appended = this.tail.then(() => guarded(() => this.appendNow(expected, records)));
    this.tail = appended.catch(() => undefined);
    return appended;
  }

  private async appendNow(expected: number, records: ReadonlyArray<string>): Promise<number> {
    if (this.closed) throw new JournalError("down", `the journal of ${this.parts.shard} is closed`);
    if (expected !== this.records) {
      const words = `${this.parts.shard} has ${this.records} records, not ${expected}`;
      throw new JournalError("fenced", words);
    }
    if (records.length === 0) return this.records;
    for (const part of partsOf(this.parts.token, expected, records)) await this.publish(part);
    this.records = expected + records.length;
    return this.records;
  }

  /** Until the server has it; the id makes trying again safe. */
  private async publish(part: Part): Promise<void> {
    const { client, subject, patienceMs } = this.parts;
    const until = Date.now() + patienceMs;
    for (;;) {
      try {
        const ack = await client.publish(subject, part.bytes, {
          msgID: part.id,
          headers: headersOf(part.place),
          expect: { lastSequence: this.lastSeq },
        });
        this.lastSeq = ack.seq;
        return;
      } catch (error) {
        const fault = faultOf(error);
        if (fault === "conflict") {
          if (await this.arrived(part)) return;
          throw this.fenced(error);
        }
        if (fault !== "down" || Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** True when the conflict is with ourselves: the first try arrived, its answer did not. */
  private async arrived(part: Part): Promise<boolean> {
    const query = { last_by_subj: this.parts.subject };
    const last = await this.parts.manager.streams.getMessage(this.parts.stream, query);
    if (last === null || last.header.get("Nats-Msg-Id") !== part.id) return false;
    this.lastSeq = last.seq;
    return true;
  }

  private fenced(cause: unknown): JournalError {
    return new JournalError("fenced", `${this.parts.shard} has another owner by now`, { cause });
  }

  async *read(from: number): AsyncGenerator<string, void, undefined> {
    const { stream, manager, shard } = this.parts;
    await this.tail;
    const { state } = await guarded(() => manager.streams.info(stream));
    const end = this.lastSeq;
    const groups = new Groups(`The journal of ${shard}`);
    let first: number | undefined;
    for (let seq = state.first_seq; seq <= end; seq += AT_ONCE) {
      const size = Math.min(AT_ONCE, end - seq + 1);
      const asked = Array.from({ length: size }, (_, i) => this.message(seq + i));
      for (const message of await guarded(() => Promise.all(asked))) {
        const place = placeOf(message.header, `message ${message.seq} of ${stream}`);
        first ??= place.at;
        if (first > from) {
          const words = `records ${from} to ${first} of ${shard} are gone; put back a copy of `;
          throw new JournalError("corrupt", `${words}the server's store`);
        }
        const records = groups.add(place, message.data);
        yield* records.slice(Math.max(0, from - place.at));
      }
    }
  }

  latest(): Promise<Snapshot | undefined> {
    return guarded(() => this.snapshots.latest());
  }

  compact(snapshot: Snapshot): Promise<void> {
    if (snapshot.at > this.records) {
      return Promise.reject(new RangeError("a snapshot stands for records that are there"));
    }
    // between two appends: the last message must not go
    const compacted = this.tail.then(() => guarded(() => this.compactNow(snapshot)));
    this.tail = compacted.catch(() => undefined);
    return compacted;
  }

  private async compactNow(snapshot: Snapshot): Promise<void> {
    await this.snapshots.keep(snapshot);
    const seq = await this.firstBehind(snapshot.at);
    await this.parts.manager.streams.purge(this.parts.stream, { seq });
  }

  /** The first message that holds a record behind the first `at`; at most the last message. */
  private async firstBehind(at: number): Promise<number> {
    const { state } = await this.parts.manager.streams.info(this.parts.stream);
    let [low, high] = [state.first_seq, this.lastSeq];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { header, seq } = await this.message(middle);
      const place = placeOf(header, `message ${seq} of ${this.parts.stream}`);
      if (place.at + place.count <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.tail;
  }

  private async message(seq: number): Promise<StoredMsg> {
    const { manager, stream } = this.parts;
    const found = await manager.streams.getMessage(stream, { seq });
    if (found === null)
      throw new JournalError(
        "corrupt",
        `message ${seq} of ${stream} is gone; put back a copy of the server's store`,
      );
    return found;
  }
}
