/** So many requests a second for each asker, with a burst; a bounded number of askers is known. */

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  level: number;
  atMs: number;
}

/** Above this the asker who was quiet the longest is forgotten, and starts with a full bucket. */
const ASKERS_MAX = 50_000;

export class RateLimit {
  private readonly rate: Rate;
  /** Oldest use first. */
  private readonly buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.rate = rate;
  }

  /** 0, or the whole seconds to wait until the next request would be taken. */
  take(asker: string, nowMs: number): number {
    const { perSecond, burst } = this.rate;
    const known = this.buckets.get(asker);
    const bucket = known ?? { level: burst, atMs: nowMs };
    const earned = (Math.max(0, nowMs - bucket.atMs) / 1_000) * perSecond;
    bucket.level = Math.min(burst, bucket.level + earned);
    bucket.atMs = nowMs;
    this.buckets.delete(asker);
    this.buckets.set(asker, bucket);
    if (known === undefined) this.forget();
    if (bucket.level >= 1) {
      bucket.level -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - bucket.level) / perSecond));
  }

  private forget(): void {
    for (const asker of this.buckets.keys()) {
      if (this.buckets.size <= ASKERS_MAX) return;
      this.buckets.delete(asker);
    }
  }
}
