/** One timer of the system for the earliest of a shard's timers. */

/** Longest time that a timer of the system can wait. */
const LONGEST_MS = 2 ** 31 - 1;

export class Alarm {
  private readonly ring: () => void;
  private timer: NodeJS.Timeout | undefined;
  private atUs: number | undefined;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  /** Rings at `atUs`, not before; an alarm that was set for another time is set anew. */
  set(atUs: number | undefined, nowUs: number): void {
    if (atUs === this.atUs) return;
    this.clear();
    if (atUs === undefined) return;
    this.atUs = atUs;
    const waitMs = Math.max(0, Math.ceil((atUs - nowUs) / 1_000));
    this.timer = setTimeout(
      () => {
        this.atUs = undefined;
        this.ring();
      },
      Math.min(LONGEST_MS, waitMs),
    );
  }

  clear(): void {
    clearTimeout(this.timer);
    this.atUs = undefined;
  }
}
