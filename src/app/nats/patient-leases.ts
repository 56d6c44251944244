/** Leases of a process that stands by: it waits, connected and ready, until the owner's has ended. */
import { LeaseHeld, type Leases } from "../../live/leases.ts";

export interface StandBy {
  readonly isAsked: () => boolean;
  readonly say: (line: string) => void;
}

const LOOK_MS = 100;

export function patientLeases(leases: Leases, { isAsked, say }: StandBy): Leases {
  return {
    take: async (shard, holder, forUs) => {
      for (let looks = 0; ; looks++) {
        try {
          return await leases.take(shard, holder, forUs);
        } catch (error) {
          if (!(error instanceof LeaseHeld) || isAsked()) throw error;
          if (looks === 0) say(`standing by: ${error.message}`);
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        }
      }
    },
    renew: (lease, forUs) => leases.renew(lease, forUs),
    release: (lease) => leases.release(lease),
  };
}
