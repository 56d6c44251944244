/**
 * Receives for one shard, in the order of the stream. A consumer repeats what was not acknowledged,
 * and until then hands out newer messages: after a crash, a lost connection or a change of owner
 * these would overtake, and the receiver's mailbox would drop the older ones as seen. So the inbox
 * counts deliveries; where one is missing it hands over nothing until it holds everything that the
 * server counts as under way, and then in the stream's order. After a break it asks for that at
 * once: whoever was given it is gone, and nothing is gained by waiting until the server thinks so.
 */
import type { ConsumerInfo } from "@nats-io/jetstream";
import { ACK, type Delivery, deliveryOf, NAK, WORKING } from "./delivery.ts";
import type { Link } from "./link.ts";
import { ACK_WAIT_MS, UNDER_WAY } from "./provision.ts";
import { Pull } from "./pull.ts";

export interface InboxParts {
  readonly link: Link;
  readonly inboxPrefix: string | undefined;
  readonly stream: string;
  readonly consumer: string;
  /** Resolves when the messages are taken or buried; rejects only when the inbox was stopped. */
  readonly hand: (deliveries: ReadonlyArray<Delivery>) => Promise<void>;
  readonly info: () => Promise<ConsumerInfo>;
  readonly troubled: (why: string) => void;
}

const PAUSE_MS = 100;
/** Messages asked for again at most; beyond that their own time has to run out. */
const AGAIN_MAX = 4_096;

export class Inbox {
  private readonly parts: InboxParts;
  private readonly pull: Pull;
  private readonly held = new Map<number, Delivery>();
  private lastConsumerSeq = 0;
  private lastTaken = 0;
  private created = "";
  private recovering = false;
  /** What was under way before a break is to be asked for again. */
  private broken = false;
  private running: Promise<void> | undefined;
  private stopped = false;
  private touch: NodeJS.Timeout | undefined;

  constructor(parts: InboxParts) {
    this.parts = parts;
    this.pull = new Pull({
      link: parts.link,
      inboxPrefix: parts.inboxPrefix,
      stream: parts.stream,
      consumer: parts.consumer,
      room: () => UNDER_WAY - this.held.size,
      arrived: (msg) => {
        const delivery = deliveryOf(msg);
        if (delivery !== undefined) this.arrived(delivery);
      },
      failed: (why) => parts.troubled(why),
      unanswered: () => this.mend(),
    });
  }

  /** Rejects when there is no such consumer or it may not be read. */
  async start(): Promise<void> {
    const info = await this.parts.info();
    this.created = info.created;
    this.lastConsumerSeq = info.delivered.consumer_seq;
    this.touch = setInterval(() => this.stillAtIt(), ACK_WAIT_MS / 3);
    this.pull.start();
    // an owner before may have left something under way
    if (info.num_ack_pending > 0) this.mend();
  }

  /** Waits for what is being taken and gives the rest back. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.touch);
    this.pull.stop();
    await this.running;
    for (const delivery of this.held.values()) delivery.msg.respond(NAK);
    this.held.clear();
  }

  /** After a reconnect: requests are asked again, and what was lost on the way is given again. */
  reconnected(): void {
    this.pull.renew();
    this.mend();
  }

  private mend(): void {
    this.broken = true;
    this.recover();
  }

  private arrived(delivery: Delivery): void {
    if (this.stopped) {
      delivery.msg.respond(NAK);
      return;
    }
    const gap = delivery.consumerSeq !== this.lastConsumerSeq + 1;
    this.lastConsumerSeq = delivery.consumerSeq;
    if (gap) this.recover();
    if (delivery.streamSeq <= this.lastTaken && !this.recovering) {
      // its acknowledgement was lost
      delivery.msg.respond(ACK);
    } else {
      // how often it was delivered before it came to this owner is what tells of deadly ones
      const times = this.held.get(delivery.streamSeq)?.times ?? delivery.times;
      this.held.set(delivery.streamSeq, { ...delivery, times });
    }
    this.run();
  }

  private run(): void {
    if (this.running !== undefined || this.recovering || this.stopped) return;
    if (this.held.size === 0) return;
    this.running = this.handOver().finally(() => {
      this.running = undefined;
      this.run();
      this.pull.ask();
    });
  }

  private async handOver(): Promise<void> {
    // what arrives in the same turn of the loop goes along
    await new Promise((resolve) => setImmediate(resolve));
    if (this.recovering || this.stopped) return;
    const batch = [...this.held.values()].sort((a, b) => a.streamSeq - b.streamSeq);
    try {
      await this.parts.hand(batch);
    } catch (error) {
      if (!this.stopped) throw error;
      return;
    }
    for (const { streamSeq } of batch) {
      // by its newest delivery, which a repeated one replaced
      this.held.get(streamSeq)?.msg.respond(ACK);
      this.held.delete(streamSeq);
      this.lastTaken = Math.max(this.lastTaken, streamSeq);
    }
  }

  private recover(): void {
    if (this.recovering || this.stopped) return;
    this.recovering = true;
    const recovered = this.collect().catch((error: unknown) => {
      this.parts.troubled(error instanceof Error ? error.message : String(error));
    });
    void recovered.finally(() => {
      this.recovering = false;
      this.run();
    });
  }

  /** Until everything that the server counts as under way is here. */
  private async collect(): Promise<void> {
    while (!this.stopped) {
      await this.running;
      const info = await this.parts.info().catch(() => undefined);
      if (info !== undefined && this.isWhole(info)) {
        this.broken = false;
        return;
      }
      if (info !== undefined && this.broken) this.askAgain(info);
      this.pull.ask();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private isWhole(info: ConsumerInfo): boolean {
    if (info.created !== this.created) {
      // somebody made the stream anew: its numbers begin again
      this.created = info.created;
      this.lastTaken = 0;
      return false;
    }
    let here = 0;
    for (const [streamSeq, delivery] of this.held) {
      if (streamSeq <= this.lastTaken) {
        delivery.msg.respond(ACK);
        this.held.delete(streamSeq);
      } else if (streamSeq <= info.delivered.stream_seq) here++;
    }
    return info.num_ack_pending <= here;
  }

  /** Gives back in the name of whoever had it before: the server ignores what is not under way. */
  private askAgain({ ack_floor: floor, delivered }: ConsumerInfo): void {
    this.broken = false;
    const { link, stream, consumer } = this.parts;
    if (delivered.stream_seq - floor.stream_seq > AGAIN_MAX) return;
    for (let seq = floor.stream_seq + 1; seq <= delivered.stream_seq; seq++) {
      if (this.held.has(seq)) continue;
      const place = [stream, consumer, 1, seq, delivered.consumer_seq, 0, 0].join(".");
      link.nc.publish(`$JS.ACK.${place}`, NAK);
    }
  }

  /** What waits here is not lost: the server need not repeat it yet. */
  private stillAtIt(): void {
    for (const delivery of this.held.values()) delivery.msg.respond(WORKING);
  }
}
