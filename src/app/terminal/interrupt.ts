/** Ctrl-C: the work stops at its next step and keeps what it has; a second one ends at once. */
import { Exit } from "../outcome.ts";

/** A terminal sends the signal to the whole group and a parent passes it on: that is one Ctrl-C. */
const SAME_MS = 700;

export class Interrupt {
  asked = false;
  private sinceMs = 0;
  private readonly listeners: Array<() => void> = [];

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => this.ask());
    }
  }

  /** Calls `listener` once, when the user asks to stop. */
  onAsk(listener: () => void): void {
    this.listeners.push(listener);
  }

  private ask(): void {
    const now = performance.now();
    if (this.asked) {
      if (now - this.sinceMs > SAME_MS) process.exit(Exit.interrupted);
      return;
    }
    this.asked = true;
    this.sinceMs = now;
    for (const listener of this.listeners) listener();
  }
}
