/**
 * The port between shards: how a message of an actor in one process reaches an actor in another.
 * In process it is a list of open shards; live it is NATS. The conformance suite holds both to
 * this.
 */
import type { Address } from "../kernel/address.ts";
import type { ShardId } from "./shard.ts";

/** A message on its way: what `Send` and `Reply` become. */
export interface Parcel {
  readonly from: Address;
  readonly to: Address;
  /**
   * The sender's own counter: (from, n) is the message id, and receivers drop what they have seen.
   */
  readonly n: number;
  /** JSON form of the message, as its Schema encodes it. */
  readonly message: unknown;
}

export interface Subscription {
  readonly stop: () => Promise<void>;
}

/** `from` is who said it, such as `edge.e0`, where the transport vouches for that. */
export type Heard = (message: unknown, from?: string) => void;

export interface Bus {
  /**
   * Resolves once the parcel cannot be lost any more: it is in the receiver's journal or in the
   * bus's own. At least once, in order per (sender, receiver). Rejects with {@link BusError}.
   */
  readonly send: (to: ShardId, parcel: Parcel) => Promise<void>;
  /**
   * The same for several parcels in their order, in one go; when it rejects, the first ones of them
   * may have arrived. Without it the host sends one parcel of a pair after the other.
   */
  readonly sendAll?: (to: ShardId, parcels: ReadonlyArray<Parcel>) => Promise<void>;
  /** True: parcels never leave the process and carry messages as they are, not as JSON. */
  readonly inProcess?: boolean;
  /**
   * Hands over what is addressed to the shard, in order per (sender, receiver). A batch counts as
   * received when `take` resolves; when it rejects the batch comes again, up to a limit, and then
   * goes to the dead letters.
   */
  readonly receive: (
    shard: ShardId,
    take: (parcels: ReadonlyArray<Parcel>) => Promise<void>,
  ) => Promise<Subscription>;
  /** At most once, to whoever listens now: metrics, gossip, progress. */
  readonly publish: (topic: string, message: unknown) => void;
  readonly listen: (topic: string, heard: Heard) => Promise<Subscription>;
  /** Hands out what is under way, takes nothing more. */
  readonly close: () => Promise<void>;
}

export class BusError extends Error {
  override readonly name = "BusError";
  /** "refused": this parcel can never be sent (too large, not permitted); else try again. */
  readonly reason: "down" | "full" | "refused";
  constructor(reason: BusError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
