/** All that a shard needs of NATS, over one connection. */
import type { NatsConnection } from "@nats-io/transport-node";
import type { Blobs } from "../../live/blobs.ts";
import type { Journals } from "../../live/journal.ts";
import type { Leases } from "../../live/leases.ts";
import type { ShardId } from "../../live/shard.ts";
import { NatsBlobs } from "./blobs.ts";
import { NatsBus } from "./bus.ts";
import { connectNats, NatsError, type NatsSettings } from "./connection.ts";
import { issuerOf, refusalOf } from "./credentials.ts";
import { wordsOf } from "./faults.ts";
import { NatsJournals } from "./journal.ts";
import { BucketKeys } from "./key-registry.ts";
import { NatsLeases } from "./leases.ts";
import { linkOf, OWN_JETSTREAM } from "./link.ts";
import { Names, ownerOf, tokensOf } from "./names.ts";
import { accountOf } from "./permissions.ts";
import { type NetworkLimits, Provisioner } from "./provision.ts";
import type { ReceiverTroubles } from "./receiver.ts";
import { SettingsStore } from "./settings.ts";
import { type TwinSettings, Twins } from "./twins.ts";

export interface NatsPortsSettings extends NatsSettings {
  /** The shard that this process owns: in its name it sends and receives. */
  readonly shard: ShardId;
  readonly network?: string;
  /** Servers that keep each message; 3 on a cluster of three. */
  readonly replicas?: 1 | 3;
  readonly limits?: Partial<NetworkLimits>;
  readonly troubles?: ReceiverTroubles;
  readonly nowUs?: () => number;
  /** How far the clocks of two owners of one shard may be apart. */
  readonly graceUs?: number;
}

export interface NatsPorts {
  readonly connection: NatsConnection;
  readonly bus: NatsBus;
  readonly journals: Journals;
  readonly leases: Leases;
  readonly blobs: Blobs;
  /** What the operator published; undefined for the operator's own processes and without keys. */
  readonly published: SettingsStore | undefined;
  /** Whether another process has this shard's key; undefined where a lease tells. */
  readonly twins: ((settings: TwinSettings) => Promise<Twins>) | undefined;
  /** Resolves with why when the connection ends for good and nobody here closed it. */
  readonly lost: Promise<string>;
  /** Takes nothing more, lets out what is under way, and disconnects. */
  readonly close: () => Promise<void>;
}

/**
 * Rejects with {@link NatsError} in a sentence. Without credentials everything is made and
 * believed: for a server of one's own on loopback. With them the operator has enrolled the shard.
 */
export async function openNatsPorts(settings: NatsPortsSettings): Promise<NatsPorts> {
  const { shard, credentials, replicas, limits, nowUs, graceUs } = settings;
  const names = new Names(settings.network);
  const self = ownerOf(shard);
  if (credentials !== undefined && tokensOf(credentials.principal) !== tokensOf(self)) {
    const whose = tokensOf(credentials.principal);
    throw new NatsError(`These credentials are those of ${whose}, not of ${tokensOf(self)}.`);
  }
  const connection = await connectNats(settings);
  const trusted = credentials === undefined || accountOf(self) === "hub";
  try {
    const link = await linkOf(connection, trusted ? OWN_JETSTREAM : names.hubApi);
    const provisioner = Provisioner.on(link, {
      names,
      ...(replicas === undefined ? {} : { replicas }),
      ...(limits === undefined ? {} : { limits }),
    });
    if (trusted) await provisioner.network();
    const keys = credentials === undefined ? undefined : await BucketKeys.on(link, names);
    const bus = new NatsBus(link, {
      ...settings.troubles,
      names,
      self,
      credentials,
      keys,
      provision: trusted ? (each) => provisioner.inbox(each) : undefined,
    });
    let closing = false;
    const lost = connection.closed().then((error) => {
      if (closing) return new Promise<string>(() => {});
      const why = error instanceof Error ? refusalOf(error, credentials) : "closed";
      return `the nats-server ended the connection for good (${wordsOf(why)})`;
    });
    const authority = credentials && !trusted ? { publicKey: issuerOf(credentials) } : undefined;
    const published = authority && (await SettingsStore.on(link, names, authority));
    const journals = new NatsJournals(link, {
      names,
      ...(trusted ? { provision: (each: ShardId) => provisioner.shard(each) } : {}),
    });
    return {
      connection,
      bus,
      journals,
      leases: await NatsLeases.on(link, {
        names,
        ...(nowUs === undefined ? {} : { nowUs }),
        ...(graceUs === undefined ? {} : { graceUs }),
      }),
      blobs: new NatsBlobs(link, { names, writer: self }),
      published,
      twins:
        credentials !== undefined && self.role === "node"
          ? (given) => Twins.on({ nc: connection, credentials, names }, given)
          : undefined,
      lost,
      close: async () => {
        closing = true;
        await bus.close();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    if (error instanceof NatsError) throw error;
    throw new NatsError(`The network cannot be joined: ${wordsOf(error)}.`, { cause: error });
  }
}
