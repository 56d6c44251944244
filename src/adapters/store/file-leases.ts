/**
 * Leases of one machine as files, one a shard. A lease whose process is gone may be taken at once:
 * on one machine that can be known. Else its deadline and a grace decide, as everywhere.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type FencingToken,
  type Lease,
  LeaseHeld,
  LeaseLost,
  type Leases,
} from "../../live/leases.ts";
import type { ShardId } from "../../live/shard.ts";
import { FileLocked, lockFile } from "./file-lock.ts";
import { orUndefined, replaceFile } from "./files.ts";
import { isGone, ownMark, type ProcessMark } from "./process-mark.ts";

/** Clocks of one machine agree; this covers a process that was halted just before its deadline. */
const GRACE_US = 500_000;
const WAIT_MS = 5;
const WAITS = 400;

interface KeptLease {
  readonly holder: string;
  readonly token: number;
  /** 0 when it was released. */
  readonly deadlineUs: number;
  readonly process: ProcessMark;
}

export interface FileLeasesParts {
  readonly folder: string;
  readonly nowUs?: () => number;
  readonly graceUs?: number;
}

export class FileLeases implements Leases {
  private readonly folder: string;
  private readonly nowUs: () => number;
  private readonly graceUs: number;
  private last: Promise<unknown> = Promise.resolve();

  constructor({ folder, nowUs, graceUs }: FileLeasesParts) {
    this.folder = folder;
    this.nowUs = nowUs ?? (() => Date.now() * 1_000);
    this.graceUs = graceUs ?? GRACE_US;
  }

  take(shard: ShardId, holder: string, forUs: number): Promise<Lease> {
    return this.alone(shard, async (kept) => {
      if (kept !== undefined && this.isHeld(kept, holder)) {
        throw new LeaseHeld(leaseOf(shard, kept));
      }
      return this.keep(shard, { holder, token: (kept?.token ?? 0) + 1, ...this.until(forUs) });
    });
  }

  renew(lease: Lease, forUs: number): Promise<Lease> {
    return this.alone(lease.shard, async (kept) => {
      this.demandOwn(lease, kept);
      const { holder, token } = lease;
      return this.keep(lease.shard, { holder, token, ...this.until(forUs) });
    });
  }

  async release(lease: Lease): Promise<void> {
    await this.alone(lease.shard, async (kept) => {
      if (kept?.token !== lease.token || kept.holder !== lease.holder) return;
      await this.keep(lease.shard, { ...kept, deadlineUs: 0 });
    });
  }

  private isHeld(kept: KeptLease, holder: string): boolean {
    if (kept.holder === holder || kept.deadlineUs === 0) return false;
    return this.nowUs() < kept.deadlineUs + this.graceUs && !isGone(kept.process);
  }

  private demandOwn(lease: Lease, kept: KeptLease | undefined): void {
    if (kept?.token === lease.token && kept.holder === lease.holder) return;
    const by = kept === undefined ? "nobody" : `${kept.holder} with token ${kept.token}`;
    throw new LeaseLost(`${lease.shard} is owned by ${by}`);
  }

  private until(forUs: number): Pick<KeptLease, "deadlineUs" | "process"> {
    return { deadlineUs: this.nowUs() + forUs, process: ownMark() };
  }

  private async keep(shard: ShardId, kept: KeptLease): Promise<Lease> {
    await replaceFile(this.pathOf(shard), Buffer.from(`${JSON.stringify(kept)}\n`));
    return leaseOf(shard, kept);
  }

  private pathOf(shard: ShardId): string {
    return join(this.folder, `${shard}.json`);
  }

  /** Reads, decides and writes while nobody else does, in this process or another. */
  private alone<T>(
    shard: ShardId,
    decide: (kept: KeptLease | undefined) => Promise<T>,
  ): Promise<T> {
    const result = this.last.then(async () => {
      await mkdir(this.folder, { recursive: true });
      const lock = await this.lock(shard);
      try {
        return await decide(await this.kept(shard));
      } finally {
        await lock.release();
      }
    });
    this.last = result.catch(() => {});
    return result;
  }

  private async lock(shard: ShardId) {
    for (let waits = 0; ; waits++) {
      try {
        return await lockFile(`${this.pathOf(shard)}.lock`);
      } catch (error) {
        if (!(error instanceof FileLocked) || waits === WAITS) throw error;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      }
    }
  }

  private async kept(shard: ShardId): Promise<KeptLease | undefined> {
    const text = await orUndefined(readFile(this.pathOf(shard), "utf8"));
    return text === undefined ? undefined : (JSON.parse(text) as KeptLease);
  }
}

function leaseOf(shard: ShardId, { holder, token, deadlineUs }: KeptLease): Lease {
  return { shard, holder, token: token as FencingToken, deadlineUs };
}
