/**
 * The ways between processes: a parcel is let onto the bus when it would have arrived after a way
 * as long as the simulator's, so that who is heard first does not depend on this machine's load.
 * Beside that it knows what is under way (parcels that no shard has taken, appends that are not
 * durable), and it kills: what a process has under way when it dies is never done, and it hears of
 * nothing any more.
 */
import type { Address } from "../../src/kernel/address.ts";
import type { Bus, Parcel, Subscription } from "../../src/live/bus.ts";
import type { Journal, Journals } from "../../src/live/journal.ts";
import type { Leases } from "../../src/live/leases.ts";
import type { ShardId } from "../../src/live/shard.ts";
import type { SteppedTime } from "./stepped-time.ts";

const never = <T>(): Promise<T> => new Promise(() => {});

/** What a host needs of the world to be opened. */
export interface ShardPorts {
  readonly bus: Bus;
  readonly journals: Journals;
  readonly leases: Leases;
  /** Lets go of what was opened for this shard alone. */
  readonly close: () => Promise<void>;
}

export class Traffic {
  private readonly parcels = new Map<ShardId, Set<string>>();
  /** Newest number taken of each pair. */
  private readonly taken = new Map<string, number>();
  private readonly dead = new Set<ShardId>();
  private readonly time: SteppedTime;
  private readonly wayUs: (from: Address, to: Address) => number;
  private appends = 0;
  /** Why the bus did not take a parcel. */
  private failure: Error | undefined = undefined;

  constructor(time: SteppedTime, wayUs: (from: Address, to: Address) => number) {
    this.time = time;
    this.wayUs = wayUs;
  }

  /** True when nothing is under way between and within the shards that live. */
  get isStill(): boolean {
    if (this.failure !== undefined) throw this.failure;
    if (this.appends > 0) return false;
    for (const [shard, under] of this.parcels) {
      if (under.size > 0 && !this.dead.has(shard)) return false;
    }
    return true;
  }

  /** What {@link isStill} waits for, for people to read. */
  underWay(): unknown {
    const parcels = [...this.parcels].flatMap(([, under]) => [...under]);
    return { appends: this.appends, parcels };
  }

  /** The ports of one process, watched, and how to kill it. */
  watch(shard: ShardId, ports: ShardPorts): ShardPorts & { readonly kill: () => Promise<void> } {
    this.dead.delete(shard);
    const life: Life = { dead: false, subscriptions: [] };
    return {
      bus: this.watchBus(ports.bus, life),
      journals: this.watchJournals(ports.journals, life),
      leases: mortalLeases(ports.leases, life),
      close: ports.close,
      kill: async () => {
        life.dead = true;
        this.dead.add(shard);
        for (const subscription of life.subscriptions) void subscription.stop();
        await ports.close();
      },
    };
  }

  private takenOf(parcel: Parcel): number {
    return this.taken.get(pairOf(parcel)) ?? 0;
  }

  private isTaken(parcel: Parcel): boolean {
    return parcel.n <= this.takenOf(parcel);
  }

  private under(shard: ShardId): Set<string> {
    let under = this.parcels.get(shard);
    if (under === undefined) {
      under = new Set();
      this.parcels.set(shard, under);
    }
    return under;
  }

  private watchBus(bus: Bus, life: Life): Bus {
    const carry = (to: ShardId, parcel: Parcel) => {
      const { from, to: at } = parcel;
      this.time.ringAt(this.time.nowUs + this.wayUs(from, at), () => {
        // what comes again after a crash, a bus may drop on its own
        if (!this.isTaken(parcel)) this.under(to).add(nameOf(parcel));
        bus.send(to, parcel).catch((error: unknown) => {
          this.failure ??= error instanceof Error ? error : new Error(String(error));
        });
      });
    };
    return {
      ...(bus.inProcess === true ? { inProcess: true } : {}),
      send: (to, parcel) => {
        if (life.dead) return never();
        carry(to, parcel);
        return Promise.resolve();
      },
      receive: async (shard, take) => {
        const subscription = await bus.receive(shard, async (parcels) => {
          if (life.dead) return never();
          await take(parcels);
          for (const parcel of parcels) {
            this.under(shard).delete(nameOf(parcel));
            this.taken.set(pairOf(parcel), Math.max(parcel.n, this.takenOf(parcel)));
          }
        });
        life.subscriptions.push(subscription);
        return subscription;
      },
      publish: (topic, message) => bus.publish(topic, message),
      listen: (topic, heard) => bus.listen(topic, heard),
      close: () => bus.close(),
    };
  }

  private watchJournals(journals: Journals, life: Life): Journals {
    return {
      open: async (shard, token) => this.watchJournal(await journals.open(shard, token), life),
    };
  }

  private watchJournal(journal: Journal, life: Life): Journal {
    return {
      append: async (expected, records) => {
        if (life.dead) return never();
        this.appends++;
        try {
          return await journal.append(expected, records);
        } finally {
          this.appends--;
        }
      },
      read: (from) => journal.read(from),
      latest: () => journal.latest(),
      compact: (snapshot) => (life.dead ? never() : journal.compact(snapshot)),
      close: () => (life.dead ? Promise.resolve() : journal.close()),
    };
  }
}

interface Life {
  dead: boolean;
  readonly subscriptions: Subscription[];
}

function mortalLeases(leases: Leases, life: Life): Leases {
  return {
    take: (shard, holder, forUs) => leases.take(shard, holder, forUs),
    renew: (lease, forUs) => (life.dead ? never() : leases.renew(lease, forUs)),
    release: (lease) => (life.dead ? never() : leases.release(lease)),
  };
}

function pairOf({ from, to }: Parcel): string {
  return `${from} ${to}`;
}

function nameOf({ from, to, n }: Parcel): string {
  return `${from} ${to} ${n}`;
}
