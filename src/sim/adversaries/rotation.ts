/**
 * Leaving and coming back under a new name. The whitewasher leaves when its name is worth less than
 * none: suspended, or poor. The rotator leaves when it has spent all that it can, debt too.
 */
import type { JobRefused, StandingChanged } from "../../actors/contributor/messages.ts";
import type { ContributorContext } from "../../actors/contributor/state.ts";
import { NANO_PER_VCU } from "../../kernel/credit.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import type { Bend } from "./bend.ts";
import { acted, type Role } from "./role.ts";

export function whitewasher(
  role: Role,
  { rotateAfter, belowVcu }: AdversaryOf<"whitewasher">,
): Bend<ContributorContext> {
  const floor = BigInt(Math.round(belowVcu * Number(NANO_PER_VCU)));
  let sinceUs: number | undefined;
  return {
    before: (delivery, { at }) => {
      if (at === "active") sinceUs ??= delivery.atUs;
      const isOld = sinceUs !== undefined && delivery.atUs - sinceUs > rotateAfter;
      if (isOld || (delivery.type === "StandingChanged" && isWorthless(delivery.message))) {
        rotate(role);
      }
      return delivery;
    },
  };

  function isWorthless(message: unknown): boolean {
    const { state, balance } = message as StandingChanged;
    if (state === "suspended" || state === "revoked") return true;
    return state === "active" && balance < floor;
  }
}

export function rotator(
  role: Role,
  { rotateAfter }: AdversaryOf<"rotator">,
): Bend<ContributorContext> {
  let sinceUs: number | undefined;
  return {
    before: (delivery, { at }) => {
      if (at === "active") sinceUs ??= delivery.atUs;
      if (delivery.type !== "JobRefused" || sinceUs === undefined) return delivery;
      const { reason } = delivery.message as JobRefused;
      const isSpent = reason === "insufficient-credit" || reason === "suspended";
      if (isSpent && delivery.atUs - sinceUs >= rotateAfter) rotate(role);
      return delivery;
    },
  };
}

function rotate(role: Role): void {
  if (role.stage.isOver || !role.stage.rotate(role.contributor)) return;
  acted(role);
}
