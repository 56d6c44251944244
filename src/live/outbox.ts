/**
 * What leaves the shard, until the bus has it: one queue for each receiving shard, and one batch of
 * it on its way at a time, so nothing overtakes. While the bus is down the queue waits and grows;
 * {@link Outbox.size} is what the host's pressure is measured by.
 */
import { kindOf } from "../kernel/address.ts";
import type { AnyBehaviour } from "../kernel/behaviour.ts";
import { type Bus, BusError, type Parcel } from "./bus.ts";
import { codecOf } from "./codec.ts";
import { Fifo } from "./fifo.ts";
import { type ShardId, shardOf } from "./shard.ts";
import type { Letter } from "./snapshot.ts";

/** Letters of one batch at most. */
const BATCH = 256;
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1_000;

export interface OutboxParts {
  readonly bus: Bus;
  readonly behaviours: ReadonlyMap<string, AnyBehaviour>;
  /** A letter that can never be sent: too large, or not permitted. */
  readonly refused: (letter: Letter, why: string) => void;
  /** The bus does not take anything now; said once for each time that it goes down. */
  readonly troubled: (to: ShardId, why: string) => void;
}

interface Lane {
  readonly letters: Fifo<Letter>;
  /** Taken out of the queue and not known to have arrived. */
  sending: ReadonlyArray<Letter>;
  running: Promise<void> | undefined;
}

export class Outbox {
  private readonly parts: OutboxParts;
  private readonly lanes = new Map<ShardId, Lane>();
  private readonly waits = new Set<() => void>();
  private held = true;
  private stopped = false;
  size = 0;

  constructor(parts: OutboxParts) {
    this.parts = parts;
  }

  add(letter: Letter): void {
    const to = shardOf(letter.to);
    let lane = this.lanes.get(to);
    if (lane === undefined) {
      lane = { letters: new Fifo(), sending: [], running: undefined };
      this.lanes.set(to, lane);
    }
    lane.letters.push(letter);
    this.size++;
    this.start(to, lane);
  }

  /** Nothing is sent before this: what is replayed is not all there yet. */
  release(): void {
    this.held = false;
    for (const [to, lane] of this.lanes) this.start(to, lane);
  }

  /** Not known to have arrived, in the order of each lane. */
  unsettled(): ReadonlyArray<Letter> {
    return [...this.lanes.values()].flatMap(({ sending, letters }) => [
      ...sending,
      ...letters.toArray(),
    ]);
  }

  /** Resolves when all is sent, or after so long; true when nothing is left. */
  async drain(forMs: number): Promise<boolean> {
    const untilMs = performance.now() + forMs;
    while (this.size > 0 && !this.stopped && performance.now() < untilMs) {
      const running = [...this.lanes.values()].flatMap((lane) => lane.running ?? []);
      const wait = this.pause(Math.min(50, Math.max(1, untilMs - performance.now())));
      await Promise.race([Promise.all(running), wait]);
    }
    return this.size === 0;
  }

  stop(): void {
    this.stopped = true;
    for (const wake of this.waits) wake();
  }

  private start(to: ShardId, lane: Lane): void {
    if (this.held || this.stopped || lane.running !== undefined) return;
    lane.running = this.run(to, lane).finally(() => {
      lane.running = undefined;
      if (lane.letters.size > 0) this.start(to, lane);
    });
  }

  private async run(to: ShardId, lane: Lane): Promise<void> {
    // letters of this turn of the loop are still to come: they go with the first batch
    await Promise.resolve();
    while (!this.stopped && lane.letters.size > 0) {
      const batch: Letter[] = [];
      while (batch.length < BATCH) {
        const letter = lane.letters.shift();
        if (letter === undefined) break;
        batch.push(letter);
      }
      lane.sending = batch;
      await this.deliver(to, lane);
    }
  }

  /**
   * Until all of the batch is settled; a part that the bus took is sent again, and dropped there.
   */
  private async deliver(to: ShardId, lane: Lane): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (lane.sending.length > 0 && !this.stopped) {
      try {
        await this.sendBatch(to, lane.sending);
        this.settle(lane, lane.sending);
      } catch (error) {
        if (error instanceof BusError && error.reason === "refused") {
          await this.findRefused(to, lane);
          continue;
        }
        if (waitMs === FIRST_WAIT_MS) this.parts.troubled(to, messageOf(error));
        await this.pause(waitMs);
        waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
      }
    }
  }

  private settle(lane: Lane, letters: ReadonlyArray<Letter>): void {
    const isAll = letters === lane.sending;
    lane.sending = isAll ? [] : lane.sending.filter((letter) => !letters.includes(letter));
    this.size -= letters.length;
  }

  private async sendBatch(to: ShardId, letters: ReadonlyArray<Letter>): Promise<void> {
    const { bus } = this.parts;
    const parcels = letters.map((letter) => this.parcelOf(letter));
    if (bus.sendAll !== undefined) {
      await bus.sendAll(to, parcels);
      return;
    }
    const pairs = new Map<string, Parcel[]>();
    for (const parcel of parcels) {
      const pair = `${parcel.from} ${parcel.to}`;
      const known = pairs.get(pair);
      if (known === undefined) pairs.set(pair, [parcel]);
      else known.push(parcel);
    }
    const sent = [...pairs.values()].map(async (pair) => {
      for (const parcel of pair) await bus.send(to, parcel);
    });
    // all have ended before any of them is tried again
    for (const result of await Promise.allSettled(sent)) {
      if (result.status === "rejected") throw result.reason;
    }
  }

  /** One of a batch can never be sent: each goes by itself, and only that one is dropped. */
  private async findRefused(to: ShardId, lane: Lane): Promise<void> {
    for (const letter of lane.sending) {
      try {
        await this.parts.bus.send(to, this.parcelOf(letter));
      } catch (error) {
        if (!(error instanceof BusError) || error.reason !== "refused") return;
        this.parts.refused(letter, error.message);
      }
      this.settle(lane, [letter]);
    }
  }

  private parcelOf({ from, to, n, message }: Letter): Parcel {
    if (this.parts.bus.inProcess === true) return { from, to, n, message };
    const behaviour = this.parts.behaviours.get(kindOf(to));
    // a kind that this program does not know can only be refused where it is known
    const data = behaviour === undefined ? message : codecOf(behaviour).encodeMessage(message);
    return { from, to, n, message: data };
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.waits.add(end);
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
