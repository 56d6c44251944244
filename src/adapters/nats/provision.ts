/**
 * Makes the streams, buckets and consumers of a network on the server. Only the operator and the
 * core may: a consumer's maker says what it reads and where that is delivered, so whoever could
 * make one could read all and write anywhere.
 */
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { CORE, type ShardId } from "../../live/shard.ts";
import { NatsError, NoLeader } from "./connection.ts";
import type { Link } from "./link.ts";
import { type Names, ownerOf } from "./names.ts";

export interface NetworkLimits {
  /** Messages that may wait from one sender to one shard, with up to 512 parcels each. */
  readonly waitingPerPair: number;
  /** Of one message of parcels, bytes. */
  readonly parcelBytes: number;
  /**
   * Of one inbox, and of all blobs. The server sets the room aside, so that what volunteers send
   * can never take the journals' room, which is the rest.
   */
  readonly inboxBytes: number;
  readonly blobBytes: number;
  readonly deadLetters: number;
}

const MIB = 1_048_576;

const defaultLimits: NetworkLimits = {
  waitingPerPair: 256,
  parcelBytes: MIB / 2,
  inboxBytes: 512 * MIB,
  blobBytes: 4_096 * MIB,
  deadLetters: 10_000,
};

export interface ProvisionOptions {
  readonly names: Names;
  /** Servers that keep each message; 3 on a cluster of three. */
  readonly replicas?: 1 | 3;
  readonly limits?: Partial<NetworkLimits>;
}

/** How long an unacknowledged delivery is another's: the pause after an owner is killed. */
export const ACK_WAIT_MS = 3_000;
/** Messages under way to one owner. */
export const UNDER_WAY = 256;
/** The window in which the server drops a message that it was sent twice. */
const DUPLICATES_MS = 120_000;
/** A cluster that has just begun has no leader yet. */
const PATIENCE_MS = 20_000;

type StreamWish = Partial<StreamConfig> & { readonly name: string };

export class Provisioner {
  private readonly manager: JetStreamManager;
  private readonly names: Names;
  private readonly replicas: number;
  private readonly limits: NetworkLimits;

  private constructor(manager: JetStreamManager, options: ProvisionOptions) {
    this.manager = manager;
    this.names = options.names;
    this.replicas = options.replicas ?? 1;
    this.limits = { ...defaultLimits, ...options.limits };
  }

  static on({ manager }: Link, options: ProvisionOptions): Provisioner {
    return new Provisioner(manager, options);
  }

  /** What all shards share, and the core's own. */
  async network(): Promise<void> {
    const { names, limits } = this;
    await this.stream({
      name: names.deadStream,
      subjects: [`${names.network}.dead.*.*`],
      discard: DiscardPolicy.Old,
      max_msgs: limits.deadLetters,
      max_bytes: limits.inboxBytes,
    });
    await this.stream({
      name: names.blobStream,
      subjects: [`${names.network}.blob.>`],
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
      max_bytes: limits.blobBytes,
      allow_direct: true,
    });
    for (const bucket of [names.leaseBucket, names.keyBucket]) await this.bucket(bucket);
    await this.shard(CORE);
  }

  /** A shard's inbox and its consumer; idempotent. */
  async inbox(shard: ShardId): Promise<void> {
    const { names, limits } = this;
    const nodes = ownerOf(shard).role === "node";
    const inbox = nodes ? `${names.network}.inbox.node.*` : names.inboxOf(shard);
    await this.stream({
      name: names.inboxStream(shard),
      subjects: [`${inbox}.*.*`],
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.New,
      discard_new_per_subject: true,
      max_msgs_per_subject: limits.waitingPerPair,
      max_msg_size: limits.parcelBytes,
      max_bytes: limits.inboxBytes,
    });
    const wish: Partial<ConsumerConfig> & { readonly durable_name: string } = {
      durable_name: names.consumer(shard),
      filter_subject: `${names.inboxOf(shard)}.>`,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      deliver_policy: DeliverPolicy.All,
      max_ack_pending: UNDER_WAY,
      // the receiver counts and buries; a server that gives up would leave a hole in the order
      max_deliver: -1,
      max_waiting: 16,
    };
    await patiently(() => this.manager.consumers.add(names.inboxStream(shard), wish));
  }

  /** All that a shard needs whose journal is on the server. */
  async shard(shard: ShardId): Promise<void> {
    const { names } = this;
    await this.inbox(shard);
    await this.stream({
      name: names.journalStream(shard),
      subjects: [names.journal(shard)],
      discard: DiscardPolicy.New,
      allow_direct: false,
    });
    await this.stream({
      name: names.snapshotStream(shard),
      subjects: [`${names.snapshot(shard)}.>`],
      discard: DiscardPolicy.New,
      allow_direct: false,
    });
  }

  /** A key-value bucket of one version a key, read from its leader only. */
  private async bucket(bucket: string): Promise<void> {
    await this.stream({
      name: `KV_${bucket}`,
      subjects: [`$KV.${bucket}.>`],
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
      allow_rollup_hdrs: true,
      deny_delete: true,
      allow_direct: false,
      duplicate_window: nanos(DUPLICATES_MS),
    });
  }

  private async stream(wish: StreamWish): Promise<void> {
    const config: StreamWish = {
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      num_replicas: this.replicas,
      duplicate_window: nanos(DUPLICATES_MS),
      ...wish,
    };
    const given = await patiently(async () => {
      try {
        return await this.manager.streams.add({ ...config });
      } catch (error) {
        if (!(error instanceof JetStreamApiError) || error.code !== NAME_IN_USE) throw error;
        return this.manager.streams.update(config.name, { ...config });
      }
    });
    verify(config, given.config);
  }
}

/** The server's codes: https://docs.nats.io calls them err_code. */
const NAME_IN_USE = 10_058;
/** No leader yet, or too few servers have met. */
const notYet: ReadonlySet<number> = new Set([10_008, 10_004, 10_005, 10_009]);

/** What a server does not know it leaves out without a word. */
function verify(wish: StreamWish, given: StreamConfig): void {
  const had = given as unknown as Readonly<Record<string, unknown>>;
  for (const [key, wanted] of Object.entries(wish)) {
    if (JSON.stringify(had[key] ?? false) === JSON.stringify(wanted)) continue;
    throw new NatsError(
      `The nats-server did not take "${key}: ${JSON.stringify(wanted)}" for ${wish.name} ` +
        `(it has ${JSON.stringify(had[key])}): use a newer server, or a network name of its own.`,
    );
  }
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const known = error instanceof JetStreamApiError;
      const wait = known ? notYet.has(error.code) : Date.now() < until;
      if (!wait || Date.now() > until) throw provisionError(error);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function provisionError(error: unknown): Error {
  const words = error instanceof Error ? error.message : String(error);
  if (/permissions violation/i.test(words)) {
    return new NatsError(
      "These credentials may not set a network up: use those of the operator or of the core.",
      { cause: error },
    );
  }
  if (/insufficient storage/i.test(words)) {
    return new NatsError(
      "The nats-server has too little room for the network: raise max_file_store in its " +
        "configuration, or ask for smaller limits.",
      { cause: error },
    );
  }
  if (/temporarily unavailable/i.test(words)) {
    return new NoLeader(
      "The nats-servers of the cluster have no leader yet: most of them have to run; see whether " +
        "each was started, and whether their routes and cluster ports are right.",
      { cause: error },
    );
  }
  return new NatsError(`The nats-server refuses to set the network up: ${words}.`, {
    cause: error,
  });
}
