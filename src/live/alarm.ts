/** One timer of the system, or of another source of time, for the earliest of a shard's timers. */
import type { TimeSource } from "./clock.ts";

/** Longest time that a timer of the system can wait. */
const LONGEST_MS = 2 ** 31 - 1;

export class Alarm {
  private readonly ring: () => void;
  private readonly ringAt: TimeSource["ringAt"];
  private takeBack: () => void = () => {};
  private atUs: number | undefined;

  constructor(ring: () => void, time?: TimeSource) {
    this.ring = ring;
    this.ringAt = time?.ringAt;
  }

  /** Rings at `atUs`, not before; an alarm that was set for another time is set anew. */
  set(atUs: number | undefined, nowUs: number): void {
    if (atUs === this.atUs) return;
    this.clear();
    if (atUs === undefined) return;
    this.atUs = atUs;
    const ring = () => {
      this.atUs = undefined;
      this.ring();
    };
    if (this.ringAt !== undefined) {
      this.takeBack = this.ringAt(atUs, ring);
      return;
    }
    const waitMs = Math.max(0, Math.ceil((atUs - nowUs) / 1_000));
    const timer = setTimeout(ring, Math.min(LONGEST_MS, waitMs));
    this.takeBack = () => clearTimeout(timer);
  }

  clear(): void {
    this.takeBack();
    this.atUs = undefined;
  }
}
