/**
 * The bus of shards that live in one process: no server, no encoding. A parcel is handed to the
 * receiving shard and counts as sent when that shard has journalled it, so what the bus holds may
 * be lost with the process: the sender's outbox still has it.
 */
import { type Bus, BusError, type Parcel, type Subscription } from "./bus.ts";
import { turnsOfLoop } from "./loop.ts";
import type { ShardId } from "./shard.ts";

/** Parcels that wait for one shard at most; beyond that senders wait. */
const WAITING_MAX = 20_000;
/** Parcels that a shard is handed at once. */
const BATCH = 512;
/** A batch that was rejected so often goes to the dead letters. */
const TRIES = 5;
const RETRY_MS = 20;

interface Post {
  readonly parcels: ReadonlyArray<Parcel>;
  readonly sent: () => void;
  readonly failed: (error: BusError) => void;
}

type Take = (parcels: ReadonlyArray<Parcel>) => Promise<void>;

class Inbox {
  readonly posts: Post[] = [];
  waiting = 0;
  take: Take | undefined = undefined;
  running: Promise<void> | undefined = undefined;
}

export interface InProcessBusParts {
  /** Told of parcels that their shard rejected too often. */
  readonly buried?: (parcels: ReadonlyArray<Parcel>, why: string) => void;
}

export class InProcessBus implements Bus {
  readonly inProcess = true;
  private readonly inboxes = new Map<ShardId, Inbox>();
  private readonly topics = new Map<string, Set<(message: unknown) => void>>();
  private readonly parts: InProcessBusParts;
  private closed = false;

  constructor(parts: InProcessBusParts = {}) {
    this.parts = parts;
  }

  send(to: ShardId, parcel: Parcel): Promise<void> {
    return this.sendAll(to, [parcel]);
  }

  sendAll(to: ShardId, parcels: ReadonlyArray<Parcel>): Promise<void> {
    if (this.closed) return Promise.reject(new BusError("down", "the bus is closed"));
    const inbox = this.inboxOf(to);
    if (inbox.waiting + parcels.length > WAITING_MAX) {
      const words = `${inbox.waiting} parcels wait for ${to} already`;
      return Promise.reject(new BusError("full", words));
    }
    return new Promise((sent, failed) => {
      inbox.posts.push({ parcels, sent, failed });
      inbox.waiting += parcels.length;
      this.start(inbox);
    });
  }

  receive(shard: ShardId, take: Take): Promise<Subscription> {
    const inbox = this.inboxOf(shard);
    if (inbox.take !== undefined) {
      return Promise.reject(new BusError("refused", `${shard} has a receiver already`));
    }
    inbox.take = take;
    this.start(inbox);
    return Promise.resolve({
      stop: async () => {
        if (inbox.take === take) inbox.take = undefined;
        await inbox.running;
      },
    });
  }

  publish(topic: string, message: unknown): void {
    // not at once: whoever listens must not run within a step of whoever publishes
    for (const heard of this.topics.get(topic) ?? []) setImmediate(() => heard(message));
  }

  listen(topic: string, heard: (message: unknown) => void): Promise<Subscription> {
    let listeners = this.topics.get(topic);
    if (listeners === undefined) {
      listeners = new Set();
      this.topics.set(topic, listeners);
    }
    listeners.add(heard);
    const stop = () => {
      listeners.delete(heard);
      return Promise.resolve();
    };
    return Promise.resolve({ stop });
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.inboxes.values()].flatMap(({ running }) => running ?? []));
    for (const inbox of this.inboxes.values()) {
      for (const { failed } of inbox.posts.splice(0)) {
        failed(new BusError("down", "the bus was closed"));
      }
    }
  }

  private inboxOf(shard: ShardId): Inbox {
    let inbox = this.inboxes.get(shard);
    if (inbox === undefined) {
      inbox = new Inbox();
      this.inboxes.set(shard, inbox);
    }
    return inbox;
  }

  private start(inbox: Inbox): void {
    if (inbox.take === undefined || inbox.running !== undefined || inbox.posts.length === 0) return;
    inbox.running = this.run(inbox).finally(() => {
      inbox.running = undefined;
      if (!this.closed) this.start(inbox);
    });
  }

  private async run(inbox: Inbox): Promise<void> {
    // whoever sends in this turn of the loop is in the first batch
    await Promise.resolve();
    while (inbox.take !== undefined && inbox.posts.length > 0) {
      const posts = batchOf(inbox.posts);
      const parcels = posts.flatMap((post) => post.parcels);
      const rejection = await this.hand(inbox, parcels);
      // the receiver went away in the middle: the posts wait for the next one
      if (rejection !== undefined && inbox.take === undefined) return;
      inbox.posts.splice(0, posts.length);
      inbox.waiting -= parcels.length;
      if (rejection !== undefined) this.parts.buried?.(parcels, rejection);
      for (const { sent } of posts) sent();
      // those senders' next parcels go with the next batch instead of waiting for it to be written
      await turnsOfLoop(1);
    }
  }

  /** Why the shard rejected the parcels at last; undefined when it took them. */
  private async hand(inbox: Inbox, parcels: ReadonlyArray<Parcel>): Promise<string | undefined> {
    let why = "the receiver is gone";
    for (let tries = 0; tries < TRIES && inbox.take !== undefined; tries++) {
      try {
        await inbox.take(parcels);
        return undefined;
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    return why;
  }
}

/** The first posts, together no more than a batch; at least one. */
function batchOf(posts: ReadonlyArray<Post>): ReadonlyArray<Post> {
  let parcels = 0;
  const end = posts.findIndex((post, i) => {
    parcels += post.parcels.length;
    return i > 0 && parcels > BATCH;
  });
  return end < 0 ? posts.slice() : posts.slice(0, end);
}
