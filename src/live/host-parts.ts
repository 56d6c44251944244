/** What a shard's host is given, and what it tells about itself. */
import type { Address } from "../kernel/address.ts";
import type { AnyBehaviour } from "../kernel/behaviour.ts";
import { DAY, SECOND } from "../kernel/duration.ts";
import type { Seed } from "../kernel/entropy.ts";
import type { Message } from "../kernel/message.ts";
import type { Bus } from "./bus.ts";
import type { TimeSource } from "./clock.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Journals } from "./journal.ts";
import type { Leases } from "./leases.ts";
import type { LivePort } from "./live-port.ts";
import type { ShardId } from "./shard.ts";
import type { AnyView, Seen } from "./view.ts";

/** An actor that is there from the shard's first start on. */
export interface Founder {
  readonly address: Address;
  readonly input: unknown;
}

/** What the environment says to an actor: as from `port/<port>`. */
export interface Told {
  readonly to: Address;
  readonly port: string;
  readonly message: Message;
}

export interface HostSettings {
  readonly leaseUs: number;
  /** Deliveries of one append at most. */
  readonly batch: number;
  /** A snapshot is taken after so many records, or so many characters of them. */
  readonly snapshotRecords: number;
  readonly snapshotChars: number;
  /** Deliveries that wait at most; beyond that the bus and people have to. */
  readonly arrivals: number;
  /** Marks of jobs that were silent for so long are forgotten. */
  readonly forgetUs: number;
  /** How long a close waits for the bus to take what is on its way. */
  readonly drainMs: number;
}

export const hostSettings: HostSettings = {
  leaseUs: 10 * SECOND,
  batch: 512,
  snapshotRecords: 50_000,
  snapshotChars: 32_000_000,
  arrivals: 20_000,
  forgetUs: 3 * DAY,
  drainMs: 2_000,
};

/** What an operator should know; `words` is one sentence. */
export interface HostEvent {
  readonly shard: ShardId;
  readonly kind:
    | "recovered"
    | "quarantine"
    | "bus"
    | "journal"
    | "lease"
    | "refused"
    | "port"
    | "snapshot"
    | "stopped";
  readonly words: string;
}

export interface HostParts {
  readonly shard: ShardId;
  /** Name of this process among those that may own the shard. */
  readonly holder: string;
  readonly bus: Bus;
  readonly journals: Journals;
  readonly leases: Leases;
  /** Of all kinds, so that messages to any actor can be encoded. */
  readonly behaviours: ReadonlyMap<string, AnyBehaviour>;
  readonly ports: ReadonlyMap<string, LivePort>;
  readonly founders: ReadonlyArray<Founder>;
  /** Said at each start, before calls that a crash cut off are issued again. */
  readonly greetings?: ReadonlyArray<Told>;
  /** Actors that are to leave their quarantine: what broke them is mended. */
  readonly revive?: ReadonlyArray<Address>;
  readonly views: ReadonlyArray<AnyView>;
  readonly deadLetters: DeadLetters;
  readonly log: (event: HostEvent) => void;
  /** Sees each delivery once it is durable: traces, records. */
  readonly onDelivery?: (seen: Seen) => void;
  readonly time?: TimeSource;
  /**
   * Entropy of a delivery, by receiver, sender and the sender's number: a timer's epoch, 0 for
   * ports. Left out: the system's. Only who compares two runs wants another.
   */
  readonly entropy?: (to: Address, from: Address, n: number) => Seed;
  readonly settings?: Partial<HostSettings>;
}

/** Why a host ended. "closed": it was asked to; all others lost the shard or must not go on. */
export interface HostEnd {
  readonly why: "closed" | "fenced" | "lease" | "corrupt" | "crash";
  readonly words: string;
}

/** More waits than may wait: ask again later. */
export class HostBusy extends Error {
  override readonly name = "HostBusy";
}

/** The host has ended. */
export class HostEnded extends Error {
  override readonly name = "HostEnded";
}
