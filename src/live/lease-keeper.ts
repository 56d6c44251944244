/** Holds a shard's lease while its host runs: renews it at a third of its term. */
import { type FencingToken, type Lease, LeaseLost, type Leases } from "./leases.ts";
import type { ShardId } from "./shard.ts";

export interface LeaseKeeperParts {
  readonly leases: Leases;
  readonly shard: ShardId;
  readonly holder: string;
  readonly forUs: number;
  readonly nowUs: () => number;
  /** The lease is another's, or its deadline passed without a word from the store. */
  readonly lost: (words: string) => void;
}

export class LeaseKeeper {
  private readonly parts: LeaseKeeperParts;
  private lease: Lease;
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | undefined;
  private ended = false;

  private constructor(parts: LeaseKeeperParts, lease: Lease) {
    this.parts = parts;
    this.lease = lease;
    this.schedule();
  }

  /** Rejects with LeaseHeld while another holds the shard. */
  static async take(parts: LeaseKeeperParts): Promise<LeaseKeeper> {
    const { leases, shard, holder, forUs } = parts;
    return new LeaseKeeper(parts, await leases.take(shard, holder, forUs));
  }

  get token(): FencingToken {
    return this.lease.token;
  }

  /** False once the deadline has passed by this machine's clock. */
  get isHeld(): boolean {
    return !this.ended && this.parts.nowUs() < this.lease.deadlineUs;
  }

  /** Lets go of the lease, so that the next owner need not wait for its end. */
  async release(): Promise<void> {
    this.end();
    await this.renewing;
    await this.parts.leases.release(this.lease);
  }

  /** Lets it run out: what the host did last may still be under way. */
  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.renewing = this.renew();
    }, this.parts.forUs / 3_000);
    this.timer.unref();
  }

  private async renew(): Promise<void> {
    const { leases, forUs, lost, shard } = this.parts;
    try {
      this.lease = await leases.renew(this.lease, forUs);
    } catch (error) {
      if (this.ended) return;
      const words = error instanceof Error ? error.message : String(error);
      if (error instanceof LeaseLost || !this.isHeld) {
        this.end();
        lost(`the lease on ${shard} is lost: ${words}`);
        return;
      }
    }
    if (!this.ended) this.schedule();
  }
}
