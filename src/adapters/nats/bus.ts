import { headers, nuid } from "@nats-io/transport-node";
import { type Bus, BusError, type Heard, type Parcel, type Subscription } from "../../live/bus.ts";
import type { ShardId } from "../../live/shard.ts";
import { inboxPrefixOf } from "./connection.ts";
import type { Credentials } from "./credentials.ts";
import { rowOf, seal } from "./envelope.ts";
import { faultOf, wordsOf } from "./faults.ts";
import { Inbox } from "./inbox.ts";
import type { KeyRegistry } from "./key-registry.ts";
import { type Sign, signerOf } from "./keys.ts";
import type { Link } from "./link.ts";
import type { Names, Principal } from "./names.ts";
import { accountOf } from "./permissions.ts";
import { Receiver, type ReceiverTroubles } from "./receiver.ts";

export interface NatsBusOptions extends ReceiverTroubles {
  readonly names: Names;
  /** In whose name this process sends: the owner of its shard. */
  readonly self: Principal;
  /** Signs what is sent; without them the network must be one that checks nobody. */
  readonly credentials?: Credentials | undefined;
  /** Checks what arrives; without it everything is believed. */
  readonly keys?: KeyRegistry | undefined;
  /** Makes a shard's inbox; where another does, it is there already. */
  readonly provision?: ((shard: ShardId) => Promise<void>) | undefined;
  /** How long a message is tried again while no server answers. */
  readonly patienceMs?: number;
}

/** Bytes of one message that carries several parcels; a single larger one goes by itself. */
const MESSAGE_BYTES = 131_072;
const MESSAGE_PARCELS = 512;
/** Parcels that wait for one shard at most, in this process. */
const WAITING_MAX = 20_000;
const PATIENCE_MS = 5_000;
const PAUSE_MS = 50;
export const SIGNATURE = "Pingo-Signature";

interface Waiting {
  readonly row: string;
  readonly sent: () => void;
  readonly failed: (error: BusError) => void;
}

interface Lane {
  readonly subject: string;
  readonly waiting: Waiting[];
  running: boolean;
}

export class NatsBus implements Bus {
  private readonly link: Link;
  private readonly options: NatsBusOptions;
  private readonly sign: Sign | undefined;
  private readonly lanes = new Map<ShardId, Lane>();
  private readonly receivers = new Map<ShardId, { stop: () => Promise<void>; inbox: Inbox }>();
  private readonly refusals = new Map<string, number>();
  private closed = false;

  constructor(link: Link, options: NatsBusOptions) {
    this.link = link;
    this.options = options;
    this.sign = options.credentials === undefined ? undefined : signerOf(options.credentials.seed);
    void this.followConnection();
  }

  /** How many messages were not believed, by reason. */
  get refused(): ReadonlyMap<string, number> {
    return this.refusals;
  }

  send(to: ShardId, parcel: Parcel): Promise<void> {
    return this.sendAll(to, [parcel]);
  }

  sendAll(to: ShardId, parcels: ReadonlyArray<Parcel>): Promise<void> {
    if (this.closed) return Promise.reject(new BusError("down", "the bus is closed"));
    if (parcels.length === 0) return Promise.resolve();
    let lane = this.lanes.get(to);
    if (lane === undefined) {
      const subject = this.options.names.inbox(to, this.options.self);
      lane = { subject, waiting: [], running: false };
      this.lanes.set(to, lane);
    }
    if (lane.waiting.length + parcels.length > WAITING_MAX) {
      const words = `${lane.waiting.length} parcels wait for ${to} already`;
      return Promise.reject(new BusError("full", words));
    }
    const rows = parcels.map(rowOf);
    return new Promise((resolve, reject) => {
      let left = rows.length;
      const sent = () => {
        left--;
        if (left === 0) resolve();
      };
      for (const row of rows) lane.waiting.push({ row, sent, failed: reject });
      if (!lane.running) void this.run(lane);
    });
  }

  private async run(lane: Lane): Promise<void> {
    lane.running = true;
    // whoever sends in this turn of the loop goes with the first message
    await Promise.resolve();
    while (lane.waiting.length > 0) {
      const batch = lane.waiting.splice(0, batchLength(lane.waiting));
      try {
        const rows = batch.map(({ row }) => row);
        await this.post(lane.subject, rows);
        for (const { sent } of batch) sent();
      } catch (error) {
        const failure = busError(error);
        for (const { failed } of batch) failed(failure);
        // what is refused is refused alone; else nothing behind it may overtake it
        if (failure.reason === "refused") continue;
        for (const { failed } of lane.waiting.splice(0)) failed(failure);
      }
    }
    lane.running = false;
  }

  /** Until the server has it; the signature is its id, so trying again keeps it once. */
  private async post(subject: string, rows: ReadonlyArray<string>): Promise<void> {
    const { payload, signature } = seal(subject, rows, this.sign);
    const max = this.link.nc.info?.max_payload ?? 0;
    if (payload.length + 1_024 > max) {
      throw new BusError("refused", `a parcel of ${payload.length} bytes; ${max} are the most`);
    }
    const made = headers();
    if (signature !== undefined) made.set(SIGNATURE, signature);
    const options = { headers: made, msgID: signature ?? nuid.next() };
    const until = Date.now() + (this.options.patienceMs ?? PATIENCE_MS);
    for (;;) {
      try {
        await this.link.client.publish(subject, payload, options);
        return;
      } catch (error) {
        if (faultOf(error) !== "down" || this.closed || Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  async receive(
    shard: ShardId,
    take: (parcels: ReadonlyArray<Parcel>) => Promise<void>,
  ): Promise<Subscription> {
    const { names, provision } = this.options;
    if (this.closed) throw new BusError("down", "the bus is closed");
    if (this.receivers.has(shard)) {
      throw new BusError("refused", `${shard} has a receiver already`);
    }
    const [stream, consumer] = [names.inboxStream(shard), names.consumer(shard)];
    const receiver = new Receiver({
      shard,
      take,
      names,
      client: this.link.client,
      keys: this.options.keys,
      troubles: this.options,
      count: (why) => this.refusals.set(why, (this.refusals.get(why) ?? 0) + 1),
    });
    const inbox = new Inbox({
      link: this.link,
      inboxPrefix: this.inboxPrefix,
      stream,
      consumer,
      hand: (deliveries) => receiver.hand(deliveries),
      info: () => this.link.manager.consumers.info(stream, consumer),
      troubled: (why) => this.options.troubled?.(why),
    });
    const stop = async () => {
      receiver.stop();
      await inbox.stop();
      this.receivers.delete(shard);
    };
    this.receivers.set(shard, { stop, inbox });
    try {
      await provision?.(shard);
      await inbox.start();
    } catch (error) {
      this.receivers.delete(shard);
      throw busError(error);
    }
    return { stop };
  }

  publish(topic: string, message: unknown): void {
    if (this.closed) return;
    const { names, self, credentials } = this.options;
    // a volunteer's account is not the one in which the network listens
    const field = credentials !== undefined && accountOf(self) === "field";
    const subject = field ? names.tell(self, topic) : names.topic(self, topic);
    this.link.nc.publish(subject, JSON.stringify(message ?? null));
  }

  listen(topic: string, heard: Heard): Promise<Subscription> {
    const subscription = this.link.nc.subscribe(this.options.names.anyTopic(topic), {
      callback: (error, msg) => {
        if (error !== null) {
          this.options.troubled?.(wordsOf(error));
          return;
        }
        const message = parse(msg.string());
        // who may speak on a subject is the server's to say
        const [role, id] = msg.subject.split(".").slice(2);
        if (message !== undefined) heard(message, `${role}.${id}`);
      },
    });
    const stop = () => {
      subscription.unsubscribe();
      return Promise.resolve();
    };
    return Promise.resolve({ stop });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    const handed = [...this.receivers.values()].map(({ stop }) => stop());
    while ([...this.lanes.values()].some(({ running }) => running)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.closed = true;
    await Promise.all(handed);
    // acknowledgements must be out before the connection goes
    if (!this.link.nc.isClosed()) await this.link.nc.flush().catch(() => undefined);
  }

  private get inboxPrefix(): string | undefined {
    const { credentials } = this.options;
    return credentials === undefined ? undefined : inboxPrefixOf(credentials);
  }

  private async followConnection(): Promise<void> {
    for await (const status of this.link.nc.status()) {
      if (status.type === "disconnect")
        this.options.troubled?.("the connection is lost; it is tried again until it is back");
      if (status.type !== "reconnect") continue;
      this.options.troubled?.("the connection is back");
      for (const { inbox } of this.receivers.values()) inbox.reconnected();
    }
  }
}

function batchLength(waiting: ReadonlyArray<Waiting>): number {
  let bytes = 0;
  const most = Math.min(waiting.length, MESSAGE_PARCELS);
  for (let i = 0; i < most; i++) {
    bytes += waiting[i]?.row.length ?? 0;
    if (bytes > MESSAGE_BYTES) return Math.max(1, i);
  }
  return most;
}

function busError(error: unknown): BusError {
  if (error instanceof BusError) return error;
  const fault = faultOf(error);
  const reason = fault === "conflict" ? "down" : fault;
  return new BusError(reason, `NATS: ${wordsOf(error)}`, { cause: error });
}

/** Undefined for what is no JSON: whoever publishes it is not heard. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
