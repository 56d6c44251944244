/**
 * The newest snapshot of a shard, in pieces. Its head names the pieces and is written last and by
 * compare-and-set: a process that dies in between leaves the snapshot before it as it was, and an
 * owner that was fenced out cannot replace a later owner's.
 */
import { createHash } from "node:crypto";
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import { JournalError, type Snapshot } from "../../live/journal.ts";
import type { FencingToken } from "../../live/leases.ts";
import type { ShardId } from "../../live/shard.ts";
import { chunkCount, chunkOf, forEachChunk, putChunks } from "./chunks.ts";
import type { Names } from "./names.ts";

interface Head {
  readonly format: number;
  readonly at: number;
  readonly token: number;
  /** Which pieces: no two snapshots share any. */
  readonly generation: string;
  readonly bytes: number;
  readonly sha256: string;
}

interface StoreParts {
  readonly shard: ShardId;
  readonly token: FencingToken;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

const FORMAT = 1;

export class SnapshotStore {
  private readonly parts: StoreParts;
  private readonly stream: string;
  private readonly subject: string;

  constructor(parts: StoreParts, names: Names) {
    this.parts = parts;
    this.stream = names.snapshotStream(parts.shard);
    this.subject = names.snapshot(parts.shard);
  }

  async head(): Promise<Head | undefined> {
    return (await this.headAndSeq()).head;
  }

  async latest(): Promise<Snapshot | undefined> {
    const head = await this.head();
    if (head === undefined) return undefined;
    const bytes = Buffer.alloc(head.bytes);
    await forEachChunk(chunkCount(head.bytes), async (index) => {
      const query = { last_by_subj: `${this.subject}.${head.generation}.${index}` };
      const found = await this.parts.manager.streams.getMessage(this.stream, query);
      if (found === null) throw this.corrupt(`piece ${index} is gone`);
      chunkOf(bytes, index).set(found.data.subarray(0, chunkOf(bytes, index).length));
    });
    if (sha256(bytes) !== head.sha256) throw this.corrupt("its digest is another");
    return { at: head.at, text: bytes.toString("utf8") };
  }

  async keep(snapshot: Snapshot): Promise<void> {
    const { client, token, manager } = this.parts;
    const before = await this.headAndSeq();
    if (before.head !== undefined && before.head.token > token) throw this.fenced();
    const bytes = Buffer.from(snapshot.text, "utf8");
    const digest = sha256(bytes);
    const generation = `${token}-${snapshot.at}-${digest.slice(0, 16)}`;
    const head: Head = {
      format: FORMAT,
      at: snapshot.at,
      token,
      generation,
      bytes: bytes.length,
      sha256: digest,
    };
    const chunks = { count: chunkCount(bytes.length), at: (i: number) => chunkOf(bytes, i) };
    await putChunks(client, `${this.subject}.${generation}`, chunks);
    await client.publish(`${this.subject}.head`, JSON.stringify(head), {
      expect: { lastSubjectSequence: before.seq },
    });
    if (before.seq > 0) await this.forget(manager, before, generation);
  }

  /** Pieces and head of the snapshot before, now that nobody needs them. */
  private async forget(
    manager: JetStreamManager,
    { head, seq }: { readonly head: Head | undefined; readonly seq: number },
    kept: string,
  ): Promise<void> {
    if (head !== undefined && head.generation !== kept) {
      const filter = `${this.subject}.${head.generation}.*`;
      await manager.streams.purge(this.stream, { filter });
    }
    await manager.streams.purge(this.stream, { filter: `${this.subject}.head`, seq: seq + 1 });
  }

  private async headAndSeq(): Promise<{ readonly head: Head | undefined; readonly seq: number }> {
    const query = { last_by_subj: `${this.subject}.head` };
    const found = await this.parts.manager.streams.getMessage(this.stream, query);
    if (found === null) return { head: undefined, seq: 0 };
    return { head: this.decode(found.string()), seq: found.seq };
  }

  private decode(text: string): Head {
    let head: Partial<Head>;
    try {
      head = JSON.parse(text) as Partial<Head>;
    } catch {
      throw this.corrupt("its head is no JSON");
    }
    if (typeof head.format === "number" && head.format > FORMAT) {
      const words = `the snapshot of ${this.parts.shard} is of a later version of PinGo`;
      throw new JournalError("newer", words);
    }
    const numbers = [head.format, head.at, head.token, head.bytes];
    const texts = [head.generation, head.sha256];
    const whole = numbers.every((each) => Number.isSafeInteger(each) && (each ?? -1) >= 0);
    if (!whole || !texts.every((each) => typeof each === "string")) {
      throw this.corrupt("its head lacks a field");
    }
    return head as Head;
  }

  private corrupt(why: string): JournalError {
    const words =
      `the snapshot of ${this.parts.shard} cannot be read: ${why}; put back a copy of the ` +
      "server's store";
    return new JournalError("corrupt", words);
  }

  private fenced(): JournalError {
    return new JournalError("fenced", `${this.parts.shard} has a snapshot of a later owner`);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
