/**
 * Leases of a process that stands by: it waits, connected and ready, until the owner's has ended.
 */
import { LeaseHeld, type Leases } from "../../live/leases.ts";

export interface StandBy {
  readonly isAsked: () => boolean;
  readonly say: (line: string) => void;
}

const LOOK_MS = 100;
/** A cluster that has lost its leader answers nothing until it has chosen another. */
const AWAY_MS = 30_000;

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function patientLeases(leases: Leases, { isAsked, say }: StandBy): Leases {
  return {
    take: async (shard, holder, forUs) => {
      const untilMs = Date.now() + AWAY_MS;
      for (let looks = 0; ; looks++) {
        try {
          return await leases.take(shard, holder, forUs);
        } catch (error) {
          if (isAsked() || (!(error instanceof LeaseHeld) && Date.now() > untilMs)) throw error;
          if (looks === 0) say(`standing by: ${wordsOf(error)}`);
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        }
      }
    },
    renew: (lease, forUs) => leases.renew(lease, forUs),
    release: (lease) => leases.release(lease),
  };
}
