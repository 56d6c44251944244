/**
 * Checks what a shard was delivered and hands it over. A message that is not believed is counted
 * and forgotten; one that the shard rejects is tried again where it is, because giving it back to
 * the server would let newer ones pass, and at last goes to the dead letters, alone.
 */
import type { JetStreamClient } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { Parcel } from "../../live/bus.ts";
import { HostEnded } from "../../live/host-parts.ts";
import { JournalError } from "../../live/journal.ts";
import type { ShardId } from "../../live/shard.ts";
import type { Delivery } from "./delivery.ts";
import { isSignedBy, NewerEnvelope, openEnvelope, type Refusal, rowOf, seal } from "./envelope.ts";
import { faultOf, wordsOf } from "./faults.ts";
import type { KeyRegistry } from "./key-registry.ts";
import { type Names, tokensOf } from "./names.ts";

export interface ReceiverTroubles {
  /** Told of parcels that their shard rejected too often. */
  readonly buried?: (parcels: ReadonlyArray<Parcel>, why: string) => void;
  /** Told of a message that was not believed. */
  readonly disbelieved?: (why: Refusal, from: string) => void;
  readonly troubled?: (why: string) => void;
}

interface ReceiverParts {
  readonly shard: ShardId;
  readonly take: (parcels: ReadonlyArray<Parcel>) => Promise<void>;
  readonly names: Names;
  readonly client: JetStreamClient;
  readonly keys: KeyRegistry | undefined;
  readonly troubles: ReceiverTroubles;
  readonly count: (why: Refusal) => void;
}

/** Times that a batch is tried; so often each of its parcels is then tried alone. */
const TRIES = 5;
/** Deliveries after which a message counts as what kills its receiver. */
const DELIVERIES = 30;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;
/** Pairs whose newest number is remembered. */
const PAIRS = 100_000;

class Stopped extends Error {
  override readonly name = "Stopped";
}

export class Receiver {
  private readonly parts: ReceiverParts;
  private readonly newest = new Map<string, number>();
  private stopped = false;

  constructor(parts: ReceiverParts) {
    this.parts = parts;
  }

  stop(): void {
    this.stopped = true;
  }

  /** Resolves when all is taken, refused or buried; rejects when stopped before. */
  async hand(deliveries: ReadonlyArray<Delivery>): Promise<void> {
    const believed: Parcel[] = [];
    const opened = await Promise.all(deliveries.map((delivery) => this.open(delivery)));
    for (const [i, parcels] of opened.entries()) {
      if (parcels.length === 0) continue;
      const delivery = deliveries[i] as Delivery;
      if (delivery.times > DELIVERIES) {
        await this.bury(parcels, `delivered ${delivery.times} times and never taken`);
      } else {
        believed.push(...parcels);
      }
    }
    const fresh = this.unseen(believed);
    if (fresh.length === 0) return;
    const why = await this.try(fresh);
    if (why !== undefined) await this.tryEach(fresh, why);
    for (const parcel of fresh) this.remember(parcel);
  }

  /** Undefined when taken, else why not. */
  private async try(parcels: ReadonlyArray<Parcel>): Promise<string | undefined> {
    let why = "";
    let pauseMs = FIRST_PAUSE_MS;
    for (let tries = 0; tries < TRIES; ) {
      if (this.stopped) throw new Stopped();
      try {
        await this.parts.take(parcels);
        return undefined;
      } catch (error) {
        why = wordsOf(error);
        // no fault of the parcels: the journal is away, full, or another's by now
        if (!(error instanceof JournalError || error instanceof HostEnded)) tries++;
        else this.parts.troubles.troubled?.(why);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
    return why;
  }

  private async tryEach(parcels: ReadonlyArray<Parcel>, reason: string): Promise<void> {
    if (parcels.length === 1) return this.bury(parcels, reason);
    for (const parcel of parcels) {
      const why = await this.try([parcel]);
      if (why !== undefined) await this.bury([parcel], why);
    }
  }

  /** Kept with the reason; only when the server has them are they off the inbox. */
  private async bury(parcels: ReadonlyArray<Parcel>, why: string): Promise<void> {
    const { names, shard, troubles } = this.parts;
    const { payload } = seal(names.dead(shard), parcels.map(rowOf));
    await this.keep(payload, why);
    troubles.buried?.(parcels, why);
  }

  private async keep(payload: Uint8Array, why: string): Promise<void> {
    const { client, names, shard, troubles } = this.parts;
    const made = headers();
    made.set("Pingo-Reason", why.replace(/[^\x20-\x7e]+/g, " ").slice(0, 500));
    for (;;) {
      if (this.stopped) throw new Stopped();
      try {
        await client.publish(names.dead(shard), payload, { headers: made });
        return;
      } catch (error) {
        troubles.troubled?.(wordsOf(error));
        if (faultOf(error) === "refused") return;
        await new Promise((resolve) => setTimeout(resolve, LONGEST_PAUSE_MS));
      }
    }
  }

  private async open(delivery: Delivery): Promise<ReadonlyArray<Parcel>> {
    const { msg } = delivery;
    const { keys, names, shard } = this.parts;
    const sender = names.senderIn(msg.subject);
    if (sender === undefined) return this.refuse("unknown", msg.subject);
    const from = tokensOf(sender);
    if (keys !== undefined) {
      const signature = msg.headers?.get("Pingo-Signature") ?? "";
      if (signature === "") return this.refuse("unsigned", from);
      const verify = await this.keyOf(keys, delivery);
      if (verify === undefined) return this.refuse("unknown", from);
      const envelope = { payload: msg.data, signature };
      if (!(await isSignedBy(verify, msg.subject, envelope))) return this.refuse("forged", from);
    }
    try {
      const opened = openEnvelope(msg.data, sender, shard);
      return typeof opened === "string" ? this.refuse(opened, from) : opened;
    } catch (error) {
      if (!(error instanceof NewerEnvelope)) throw error;
      await this.keep(msg.data, "written by a later version of PinGo");
      return [];
    }
  }

  /** Waits while the registry cannot be asked: a sender must not be refused for that. */
  private async keyOf(keys: KeyRegistry, { msg }: Delivery) {
    const sender = this.parts.names.senderIn(msg.subject);
    for (;;) {
      if (this.stopped) throw new Stopped();
      try {
        return sender === undefined ? undefined : await keys.keyOf(sender);
      } catch (error) {
        this.parts.troubles.troubled?.(wordsOf(error));
        await new Promise((resolve) => setTimeout(resolve, LONGEST_PAUSE_MS));
      }
    }
  }

  private refuse(why: Refusal, from: string): ReadonlyArray<Parcel> {
    this.parts.count(why);
    this.parts.troubles.disbelieved?.(why, from);
    return [];
  }

  /** Drops what was taken before. */
  private unseen(parcels: ReadonlyArray<Parcel>): ReadonlyArray<Parcel> {
    const newest = new Map<string, number>();
    return parcels.filter((parcel) => {
      const pair = `${parcel.from} ${parcel.to}`;
      const seen = newest.get(pair) ?? this.newest.get(pair) ?? -1;
      if (parcel.n <= seen) {
        this.refuse("replayed", parcel.from);
        return false;
      }
      newest.set(pair, parcel.n);
      return true;
    });
  }

  private remember(parcel: Parcel): void {
    const pair = `${parcel.from} ${parcel.to}`;
    this.newest.delete(pair);
    this.newest.set(pair, parcel.n);
    if (this.newest.size > PAIRS) this.newest.delete(this.newest.keys().next().value ?? "");
  }
}
