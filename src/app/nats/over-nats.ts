/** Puts the shards of one process together over NATS: the same actors, journals on the server. */
import { join } from "node:path";
import { Effect, type Scope } from "effect";
import type { Credentials } from "../../adapters/nats/credentials.ts";
import type { NetworkLimits } from "../../adapters/nats/provision.ts";
import { type NatsShards, openNatsShards } from "../../adapters/nats/shards.ts";
import { DeadLetterFile } from "../../adapters/store/dead-letter-file.ts";
import { FileJournals } from "../../adapters/store/file-journal.ts";
import { FileLeases } from "../../adapters/store/file-leases.ts";
import { SECOND } from "../../kernel/duration.ts";
import type { ShardId } from "../../live/shard.ts";
import { makeFolder } from "../files.ts";
import type { NetworkParts } from "../live/network.ts";
import { holderName } from "../live/state-folder.ts";
import { replicasOf } from "./operator-keys.ts";
import { patientLeases } from "./patient-leases.ts";

/**
 * Shorter than in one process: whoever takes over a shard whose owner was killed waits for the
 * lease's end and the grace, and work should go on within five seconds.
 */
const LEASE_US = 2 * SECOND;
/** How far the clocks of two owners of one shard may be apart. */
const GRACE_US = SECOND;

export interface OverNats {
  readonly folder: string;
  readonly url: string;
  readonly shards: ReadonlyArray<ShardId>;
  /** Of the shards; none where the server lets in anybody. */
  readonly credentials: ReadonlyMap<ShardId, Credentials> | undefined;
  readonly limits?: Partial<NetworkLimits> | undefined;
  /** What an operator should know of the transport, one sentence. */
  readonly troubled: (words: string) => void;
  readonly waitMs?: number;
  /** Waits for a shard that another process owns; without it that is an error. */
  readonly isAsked?: (() => boolean) | undefined;
  /** Connections that outlive a lost shard; without them each opening has its own. */
  readonly kept?: KeptConnections | undefined;
}

/**
 * The connections of a process. When a cluster chooses a new leader leases run out; to open a shard
 * again over connections that are there takes a fraction of making everything anew.
 */
export class KeptConnections {
  private opening: Promise<NatsShards> | undefined;

  open(over: OverNats): Promise<NatsShards> {
    if (this.opening !== undefined) return this.opening;
    const opening = opened(over);
    const forget = () => {
      if (this.opening === opening) this.opening = undefined;
    };
    opening.then(({ lost }) => lost.then(forget), forget);
    this.opening = opening;
    return opening;
  }

  async close(): Promise<void> {
    await (await this.opening?.catch(() => undefined))?.close();
    this.opening = undefined;
  }
}

export type Parts = Pick<
  NetworkParts,
  "holder" | "bus" | "journals" | "leases" | "blobs" | "deadLetters" | "settings"
> &
  Pick<NatsShards, "lost" | "published" | "twins">;

export function natsParts(over: OverNats): Effect.Effect<Parts, unknown, Scope.Scope> {
  const { kept } = over;
  const open = Effect.tryPromise({
    try: () => (kept === undefined ? opened(over) : kept.open(over)),
    catch: (error) => error,
  });
  const released = Effect.acquireRelease(open, ({ close }) =>
    Effect.promise(async () => {
      if (kept === undefined) await close();
    }),
  );
  return Effect.map(released, ({ bus, journals, leases, blobs, lost, published, twins }) => ({
    holder: holderName(),
    bus,
    journals,
    leases:
      over.isAsked === undefined
        ? leases
        : patientLeases(leases, { isAsked: over.isAsked, say: over.troubled }),
    blobs,
    lost,
    published,
    twins,
    deadLetters: new DeadLetterFile(join(over.folder, "dead-letters.jsonl")),
    // a node's lease is a file of its own machine: there is nobody to take over
    settings: over.shards.every((shard) => shard.startsWith("node-")) ? {} : { leaseUs: LEASE_US },
  }));
}

async function opened(over: OverNats): Promise<NatsShards> {
  const { folder, url, credentials, limits, troubled, waitMs } = over;
  makeFolder(folder);
  const [first, ...others] = over.shards.map((shard) => ({
    shard,
    credentials: credentials?.get(shard),
  }));
  if (first === undefined) throw new TypeError("a process owns shards");
  return await openNatsShards({
    url,
    shards: [first, ...others],
    replicas: replicasOf(url),
    graceUs: GRACE_US,
    ofNodes: {
      journals: new FileJournals({ folder: join(folder, "journals") }),
      leases: new FileLeases({ folder: join(folder, "leases") }),
    },
    troubles: {
      troubled,
      disbelieved: (why, from) => {
        // what came twice is dropped as it should be
        if (why !== "replayed") troubled(`a message from ${from} is not believed: ${why}`);
      },
    },
    ...(limits === undefined ? {} : { limits }),
    ...(waitMs === undefined ? {} : { waitMs }),
  });
}
