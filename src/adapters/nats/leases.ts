/**
 * Leases in a key-value bucket: the value has the deadline and the token, the bucket's revision is
 * the compare-and-set. Entries have no time-to-live of the server's, which older servers ignore,
 * and are read from the bucket's leader, because a replica's answer may be old.
 */
import { type KV, Kvm } from "@nats-io/kv";
import {
  type FencingToken,
  type Lease,
  LeaseHeld,
  LeaseLost,
  type Leases,
} from "../../live/leases.ts";
import type { ShardId } from "../../live/shard.ts";
import { faultOf } from "./faults.ts";
import type { Link } from "./link.ts";
import { type Names, ownerOf, tokensOf } from "./names.ts";

export interface NatsLeasesOptions {
  readonly names: Names;
  /** How far two clocks may be apart, microseconds: others wait so much beyond the deadline. */
  readonly graceUs?: number;
  readonly nowUs?: () => number;
}

const GRACE_US = 2_000_000;

interface Entry {
  readonly lease: Lease;
  readonly revision: number;
}

export class NatsLeases implements Leases {
  private readonly bucket: KV;
  private readonly graceUs: number;
  private readonly nowUs: () => number;
  /** What this process wrote last: mostly nobody else wrote since. */
  private readonly written = new Map<
    ShardId,
    { readonly lease: Lease; readonly revision: number }
  >();

  private constructor(bucket: KV, options: NatsLeasesOptions) {
    this.bucket = bucket;
    this.graceUs = options.graceUs ?? GRACE_US;
    this.nowUs = options.nowUs ?? (() => Date.now() * 1_000);
  }

  static async on(link: Link, options: NatsLeasesOptions): Promise<NatsLeases> {
    const { leaseBucket } = options.names;
    const bucket = await new Kvm(link.client).open(leaseBucket, { allow_direct: false });
    return new NatsLeases(bucket, options);
  }

  async take(shard: ShardId, holder: string, forUs: number): Promise<Lease> {
    for (;;) {
      const entry = await this.read(shard);
      const nowUs = this.nowUs();
      if (entry !== undefined && entry.lease.holder !== holder) {
        const { deadlineUs } = entry.lease;
        if (deadlineUs !== 0 && nowUs < deadlineUs + this.graceUs) throw new LeaseHeld(entry.lease);
      }
      const token = ((entry?.lease.token ?? 0) + 1) as FencingToken;
      const lease: Lease = { shard, holder, token, deadlineUs: nowUs + forUs };
      // whoever lost the race looks again: the winner holds it now
      if (await this.write(lease, entry?.revision ?? 0)) return lease;
    }
  }

  /**
   * One question where nobody else wrote. An answer that was lost is no other owner: whoever finds
   * another revision looks whose it is.
   */
  async renew(lease: Lease, forUs: number): Promise<Lease> {
    const renewed: Lease = { ...lease, deadlineUs: this.nowUs() + forUs };
    const known = this.written.get(lease.shard);
    if (known?.lease.token === lease.token && known.lease.deadlineUs !== 0) {
      if (await this.write(renewed, known.revision)) return renewed;
    }
    for (;;) {
      const entry = await this.own(lease);
      if (await this.write(renewed, entry.revision)) return renewed;
    }
  }

  async release(lease: Lease): Promise<void> {
    let entry: Entry;
    try {
      entry = await this.own(lease);
    } catch (error) {
      // another's by now: there is nothing to give back
      if (error instanceof LeaseLost) return;
      throw error;
    }
    // the token stays, so that the next owner's is higher
    await this.write({ ...lease, deadlineUs: 0 }, entry.revision);
  }

  private async own(lease: Lease): Promise<Entry> {
    const entry = await this.read(lease.shard);
    const mine = entry?.lease.token === lease.token && entry.lease.holder === lease.holder;
    if (entry === undefined || !mine || entry.lease.deadlineUs === 0) throw lost(lease);
    return entry;
  }

  private async read(shard: ShardId): Promise<Entry | undefined> {
    const found = await this.bucket.get(tokensOf(ownerOf(shard)));
    if (found === null || found.length === 0) return undefined;
    return { lease: decodeLease(shard, found.string()), revision: found.revision };
  }

  /** False when another wrote since `revision`. */
  private async write(lease: Lease, revision: number): Promise<boolean> {
    const { holder, token, deadlineUs } = lease;
    const value = JSON.stringify({ holder, token, deadlineUs });
    try {
      const key = tokensOf(ownerOf(lease.shard));
      const next = await this.bucket.put(key, value, { previousSeq: revision });
      this.written.set(lease.shard, { lease, revision: next });
      return true;
    } catch (error) {
      if (faultOf(error) === "conflict") return false;
      throw error;
    }
  }
}

function lost(lease: Lease): LeaseLost {
  return new LeaseLost(`${lease.shard} has another owner than ${lease.holder} by now`);
}

function decodeLease(shard: ShardId, text: string): Lease {
  const value = JSON.parse(text) as Partial<Record<"holder" | "token" | "deadlineUs", unknown>>;
  const { holder, token, deadlineUs } = value;
  if (
    typeof holder !== "string" ||
    !Number.isSafeInteger(token) ||
    !Number.isSafeInteger(deadlineUs)
  ) {
    throw new Error(`The lease of ${shard} on the server is damaged: delete its entry.`);
  }
  return { shard, holder, token: token as FencingToken, deadlineUs: deadlineUs as number };
}
