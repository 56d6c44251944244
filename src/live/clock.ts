/**
 * The time of a shard: the wall's, in whole microseconds, which never steps back. While the wall's
 * clock is set back the shard's goes on at its own pace until the wall has caught up; a machine
 * that slept finds the wall's time ahead and takes it.
 */
import { type Micros, micros } from "../kernel/duration.ts";

/** Where the time comes from: the wall's, and one that never jumps. Both in milliseconds. */
export interface TimeSource {
  readonly wallMs: () => number;
  readonly steadyMs: () => number;
  /**
   * Rings once when the wall shows `atUs`; what it gives back takes that back. Left out: a timer of
   * the system. A time that does not pass by itself has to ring itself.
   */
  readonly ringAt?: (atUs: number, ring: () => void) => () => void;
}

const systemTime: TimeSource = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
};

export class ShardClock {
  private readonly source: TimeSource;
  private lastUs = 0;
  private lastSteadyMs: number;

  constructor(source: TimeSource = systemTime) {
    this.source = source;
    this.lastSteadyMs = source.steadyMs();
  }

  now(): Micros {
    const steadyMs = this.source.steadyMs();
    const passedUs = Math.max(0, Math.floor((steadyMs - this.lastSteadyMs) * 1_000));
    const wallUs = Math.floor(this.source.wallMs() * 1_000);
    this.lastUs = Math.max(wallUs, this.lastUs === 0 ? 0 : this.lastUs + passedUs);
    this.lastSteadyMs = steadyMs;
    return micros(this.lastUs);
  }

  /** What was journalled before stays in the past. */
  notBefore(atUs: number): void {
    this.lastUs = Math.max(this.lastUs, atUs);
  }
}
