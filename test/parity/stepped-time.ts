/**
 * Time that stands still until somebody moves it: to the next thing that is due, as a simulator's
 * clock does. Hosts read it and have their timers rung by it, so that the live shell can be given
 * the very instants of a simulation, however fast or slow the machine is.
 */
import type { TimeSource } from "../../src/live/clock.ts";

interface Due {
  readonly atUs: number;
  readonly seq: number;
  readonly happen: () => void;
}

export class SteppedTime implements TimeSource {
  nowUs: number;
  private seq = 0;
  private readonly dues = new Set<Due>();

  constructor(startUs: number) {
    this.nowUs = startUs;
  }

  // half a microsecond above, so that milliseconds as a float lead back to the same microsecond
  readonly wallMs = (): number => (this.nowUs + 0.5) / 1_000;
  readonly steadyMs = (): number => 0;

  readonly ringAt = (atUs: number, happen: () => void): (() => void) => {
    const due = { atUs: Math.max(atUs, this.nowUs), seq: this.seq++, happen };
    this.dues.add(due);
    return () => {
      this.dues.delete(due);
    };
  };

  /** When the next thing is due; undefined when nothing is. */
  get nextUs(): number | undefined {
    return this.first()?.atUs;
  }

  /** Moves to the next thing that is due, and lets it happen; that thing alone. */
  step(): void {
    const first = this.first();
    if (first === undefined) return;
    this.dues.delete(first);
    this.nowUs = first.atUs;
    first.happen();
  }

  /** A network has a few timers for each shard: there is no need for a heap. */
  private first(): Due | undefined {
    let first: Due | undefined;
    for (const due of this.dues) {
      const isEarlier =
        first === undefined ||
        due.atUs < first.atUs ||
        (due.atUs === first.atUs && due.seq < first.seq);
      if (isEarlier) first = due;
    }
    return first;
  }
}
