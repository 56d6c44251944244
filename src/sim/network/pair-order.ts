/**
 * Keeps messages of one (sender, receiver) pair in order. The undisturbed delay of a pair is
 * constant, so order can only break behind a message that was held up: only those are remembered,
 * and only until they arrive.
 */
import { ACTOR_MAX } from "./sender-draws.ts";

/** Below this many entries a sweep is not worth its time. */
const SWEEP_LEAST = 256;

/** Last arrival per pair, for the pairs that have a late message under way. */
export class PairOrder {
  private readonly lastUs = new Map<number, number>();
  private sweepAt = SWEEP_LEAST;

  /** Pairs remembered; some of them may already be over. */
  get size(): number {
    return this.lastUs.size;
  }

  /** When the pair's next message may arrive at the earliest, given one due at `arrivalUs`. */
  notBefore(from: number, to: number, nowUs: number, arrivalUs: number): number {
    const key = from * ACTOR_MAX + to;
    const last = this.lastUs.get(key);
    if (last === undefined) return arrivalUs;
    if (last <= nowUs) this.lastUs.delete(key);
    return last > arrivalUs ? last : arrivalUs;
  }

  /** Remembers a message that arrives later than its pair's undisturbed delay would have it. */
  heldUp(from: number, to: number, nowUs: number, arrivalUs: number): void {
    this.lastUs.set(from * ACTOR_MAX + to, arrivalUs);
    if (this.lastUs.size >= this.sweepAt) this.sweep(nowUs);
  }

  /** Forgets what has arrived. Doubling the threshold makes the cost per message constant. */
  private sweep(nowUs: number): void {
    for (const [key, lastUs] of this.lastUs) {
      if (lastUs <= nowUs) this.lastUs.delete(key);
    }
    this.sweepAt = Math.max(SWEEP_LEAST, this.lastUs.size * 2);
  }
}
