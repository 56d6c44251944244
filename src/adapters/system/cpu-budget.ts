/**
 * A share of a core as a bucket of CPU time: it fills by the clock, the process drinks from it, and
 * an empty one halts the process. Pure: who measures and who halts is the caller's business.
 */

/** What a process may save up: long enough to be measured in ticks of 10 ms, short to feel. */
const FULL_MS = 100;
/** It goes on at half a bucket, so that halting and resuming costs little. */
const ENOUGH_MS = FULL_MS / 2;
/** A runtime's own helper threads come on top of the one thread that works. */
const FASTEST = 1.5;
const SOONEST_MS = 10;
const LATEST_MS = 250;

export interface Verdict {
  readonly halt: boolean;
  /** When to measure again, milliseconds from now. */
  readonly againMs: number;
}

export class CpuBudget {
  private share: number;
  private credit = FULL_MS;
  private atMs: number;
  private usedMs: number;
  private halted = false;

  /** `usedMs` is the CPU time that the process has taken since it began. */
  constructor(share: number, atMs: number, usedMs: number) {
    this.share = share;
    this.atMs = atMs;
    this.usedMs = usedMs;
  }

  /** The next measurement is judged by the new share. */
  setShare(share: number): void {
    this.share = share;
  }

  judge(atMs: number, usedMs: number): Verdict {
    const earned = Math.max(0, atMs - this.atMs) * this.share;
    const spent = Math.max(0, usedMs - this.usedMs);
    this.credit = Math.min(FULL_MS, this.credit + earned - spent);
    this.atMs = atMs;
    this.usedMs = usedMs;
    this.halted = this.credit < (this.halted ? ENOUGH_MS : 0);
    const wait = this.halted
      ? (ENOUGH_MS - this.credit) / this.share
      : this.credit / Math.max(FASTEST - this.share, FASTEST / 3);
    return { halt: this.halted, againMs: Math.min(LATEST_MS, Math.max(SOONEST_MS, wait)) };
  }
}
