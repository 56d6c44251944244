/**
 * Several shards of one process on NATS, each over a connection of its own with its own key: what
 * one of them says is signed by it, and it can do what its role may and no more.
 */
import { type Bus, BusError, type Heard, type Parcel, type Subscription } from "../../live/bus.ts";
import { type Journal, JournalError, type Journals } from "../../live/journal.ts";
import { type FencingToken, type Lease, LeaseLost, type Leases } from "../../live/leases.ts";
import { type ShardId, shardOf } from "../../live/shard.ts";
import type { Credentials } from "./credentials.ts";
import { ownerOf } from "./names.ts";
import { type NatsPorts, type NatsPortsSettings, openNatsPorts } from "./ports.ts";

export interface NatsShard {
  readonly shard: ShardId;
  readonly credentials?: Credentials | undefined;
}

export interface NatsShardsSettings extends Omit<NatsPortsSettings, "shard" | "credentials"> {
  readonly shards: readonly [NatsShard, ...NatsShard[]];
  /** Nodes keep their journals and leases on their own machine. */
  readonly ofNodes: { readonly journals: Journals; readonly leases: Leases };
}

export type NatsShards = Omit<NatsPorts, "connection" | "bus"> & { readonly bus: Bus };

/** Rejects as {@link openNatsPorts} does; nothing is then left open. */
export async function openNatsShards(settings: NatsShardsSettings): Promise<NatsShards> {
  const { shards, ofNodes, ...rest } = settings;
  const opened = new Map<ShardId, NatsPorts>();
  const close = async () => {
    await Promise.all([...opened.values()].map((ports) => ports.close()));
  };
  try {
    // one after the other: the core makes what the others find
    for (const each of shards) opened.set(each.shard, await openNatsPorts({ ...rest, ...each }));
  } catch (error) {
    await close();
    throw error;
  }
  const first = opened.get(shards[0].shard) as NatsPorts;
  const bus = new ShardBuses(new Map([...opened].map(([shard, ports]) => [shard, ports.bus])));
  const storeOf = (shard: ShardId) =>
    ownerOf(shard).role === "node" ? ofNodes : opened.get(shard);
  return {
    bus,
    blobs: first.blobs,
    published: first.published,
    twins: first.twins,
    journals: new ShardJournals(storeOf),
    leases: new ShardLeases(storeOf),
    lost: Promise.race([...opened.values()].map((ports) => ports.lost)),
    close,
  };
}

/** Each shard speaks through its own bus. */
class ShardBuses implements Bus {
  private readonly buses: ReadonlyMap<ShardId, Bus>;

  constructor(buses: ReadonlyMap<ShardId, Bus>) {
    this.buses = buses;
  }

  send(to: ShardId, parcel: Parcel): Promise<void> {
    return this.sendAll(to, [parcel]);
  }

  async sendAll(to: ShardId, parcels: ReadonlyArray<Parcel>): Promise<void> {
    const [first] = parcels;
    if (first === undefined) return;
    const from = shardOf(first.from);
    if (parcels.some((parcel) => shardOf(parcel.from) !== from)) {
      throw new BusError("refused", "parcels that go together come from one shard");
    }
    const bus = this.busOf(from);
    await (bus.sendAll?.(to, parcels) ?? Promise.all(parcels.map((each) => bus.send(to, each))));
  }

  async receive(
    shard: ShardId,
    take: (parcels: ReadonlyArray<Parcel>) => Promise<void>,
  ): Promise<Subscription> {
    return this.busOf(shard).receive(shard, take);
  }

  publish(topic: string, message: unknown): void {
    this.any().publish(topic, message);
  }

  listen(topic: string, heard: Heard): Promise<Subscription> {
    return this.any().listen(topic, heard);
  }

  async close(): Promise<void> {
    await Promise.all([...this.buses.values()].map((bus) => bus.close()));
  }

  private busOf(shard: ShardId): Bus {
    const bus = this.buses.get(shard);
    if (bus === undefined) throw new BusError("refused", `${shard} is not in this process`);
    return bus;
  }

  private any(): Bus {
    const [bus] = this.buses.values();
    if (bus === undefined) throw new BusError("down", "no shard is open");
    return bus;
  }
}

type StoreOf = (
  shard: ShardId,
) => { readonly journals: Journals; readonly leases: Leases } | undefined;

class ShardJournals implements Journals {
  private readonly storeOf: StoreOf;

  constructor(storeOf: StoreOf) {
    this.storeOf = storeOf;
  }

  open(shard: ShardId, token: FencingToken): Promise<Journal> {
    const store = this.storeOf(shard);
    if (store !== undefined) return store.journals.open(shard, token);
    return Promise.reject(new JournalError("down", `${shard} is not in this process`));
  }
}

class ShardLeases implements Leases {
  private readonly storeOf: StoreOf;

  constructor(storeOf: StoreOf) {
    this.storeOf = storeOf;
  }

  async take(shard: ShardId, holder: string, forUs: number): Promise<Lease> {
    return this.leasesOf(shard).take(shard, holder, forUs);
  }

  async renew(lease: Lease, forUs: number): Promise<Lease> {
    return this.leasesOf(lease.shard).renew(lease, forUs);
  }

  async release(lease: Lease): Promise<void> {
    await this.leasesOf(lease.shard).release(lease);
  }

  private leasesOf(shard: ShardId): Leases {
    const store = this.storeOf(shard);
    if (store !== undefined) return store.leases;
    throw new LeaseLost(`${shard} is not in this process`);
  }
}
