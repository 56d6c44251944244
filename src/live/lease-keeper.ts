/**
 * Holds a shard's lease while its host runs: renews it at a third of its term. When the store says
 * nothing for longer than a term, such as while a cluster chooses a leader, the lease is not held
 * and nothing may be written; but as long as nobody else took it, it is taken up again.
 */
import { type FencingToken, type Lease, LeaseLost, type Leases } from "./leases.ts";
import type { ShardId } from "./shard.ts";

export interface LeaseKeeperParts {
  readonly leases: Leases;
  readonly shard: ShardId;
  readonly holder: string;
  readonly forUs: number;
  readonly nowUs: () => number;
  /** The lease is another's. */
  readonly lost: (words: string) => void;
  /** Its deadline passed without a word from the store; said once each time. */
  readonly troubled?: (words: string) => void;
}

/** Between two tries when the store did not answer. */
const RETRY_MS = 100;

export class LeaseKeeper {
  private readonly parts: LeaseKeeperParts;
  private lease: Lease;
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | undefined;
  private ended = false;
  private isSaid = false;
  private readonly waits: Array<(held: boolean) => void> = [];

  private constructor(parts: LeaseKeeperParts, lease: Lease) {
    this.parts = parts;
    this.lease = lease;
    this.schedule(parts.forUs / 3_000);
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

  /** True at once or when it is held again; false when it is another's or was let go. */
  async held(): Promise<boolean> {
    while (!this.isHeld) {
      if (this.ended) return false;
      await new Promise<boolean>((resolve) => this.waits.push(resolve));
    }
    return true;
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
    this.wake(false);
  }

  private wake(held: boolean): void {
    for (const wake of this.waits.splice(0)) wake(held);
  }

  private schedule(inMs: number): void {
    this.timer = setTimeout(() => {
      this.renewing = this.renew();
    }, inMs);
    this.timer.unref();
  }

  private async renew(): Promise<void> {
    const { leases, forUs, lost, shard } = this.parts;
    try {
      this.lease = await leases.renew(this.lease, forUs);
      if (this.ended) return;
      this.isSaid = false;
      this.wake(true);
      this.schedule(forUs / 3_000);
    } catch (error) {
      if (this.ended) return;
      const words = error instanceof Error ? error.message : String(error);
      if (error instanceof LeaseLost) {
        this.end();
        lost(`the lease on ${shard} is lost: ${words}`);
        return;
      }
      if (!this.isHeld && !this.isSaid) {
        this.isSaid = true;
        this.parts.troubled?.(`the lease on ${shard} cannot be renewed, waiting: ${words}`);
      }
      this.schedule(RETRY_MS);
    }
  }
}
