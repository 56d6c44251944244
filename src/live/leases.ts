/**
 * The port that says who owns a shard. A lease ends by its deadline, never by a server's
 * time-to-live, and each change of owner raises the token, which fences out the one before.
 */
import type { ShardId } from "./shard.ts";

export type FencingToken = number & { readonly FencingToken: unique symbol };

export interface Lease {
  readonly shard: ShardId;
  readonly holder: string;
  readonly token: FencingToken;
  /** Microseconds since the epoch, by the taker's clock; others wait a grace longer. */
  readonly deadlineUs: number;
}

export interface Leases {
  /**
   * Rejects with {@link LeaseHeld} while another holder's deadline (and the grace) has not passed.
   */
  readonly take: (shard: ShardId, holder: string, forUs: number) => Promise<Lease>;
  /** The same lease with a later deadline; rejects with {@link LeaseLost} when it is another's. */
  readonly renew: (lease: Lease, forUs: number) => Promise<Lease>;
  readonly release: (lease: Lease) => Promise<void>;
}

export class LeaseHeld extends Error {
  override readonly name = "LeaseHeld";
  readonly by: Lease;
  constructor(by: Lease) {
    super(`${by.shard} is owned by ${by.holder} until its lease ends`);
    this.by = by;
  }
}

export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}
