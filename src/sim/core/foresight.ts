/**
 * Reads what the next events are about to need. In a large network each of them concerns another
 * actor, whose memory is in no cache of the processor: waiting for one after the other would take
 * longer than all the rest. Nothing is decided here; a run is the same without it.
 */
import type { Occurrence } from "./occurrence.ts";

interface WithContext {
  readonly context?: unknown;
}

export class Foresight {
  /** Written, never read: else the engine would leave out the reading before it. */
  seen = 0;

  /** Step by step for all of them: what one read leads to is only known when it has arrived. */
  lookAt(next: ReadonlyArray<Occurrence>): void {
    let seen = 0;
    for (const occurrence of next) seen += occurrence.kind;
    for (const { target } of next) if (target !== undefined) seen += target.down;
    for (const occurrence of next) {
      const { target } = occurrence;
      if (target === undefined) continue;
      const { state, mailbox } = target;
      if (mailbox.isStopped) seen++;
      if (typeof state === "object") seen++;
      if (occurrence.kind === 0 && typeof occurrence.message === "object") seen++;
    }
    for (const occurrence of next) {
      const { target } = occurrence;
      if (target === undefined) continue;
      const { state, mailbox } = target;
      if (typeof (state as WithContext | undefined)?.context === "object") seen++;
      if (occurrence.kind === 0 && occurrence.senderIndex >= 0) {
        seen += mailbox.seen(occurrence.senderIndex);
      }
    }
    this.seen = seen;
  }
}
