/**
 * Nodes that choose: the cherry-picker refuses tasks by size, the epoch buncher refuses everything
 * but when an epoch is about to end. Both give the offer back at once, as a full node would.
 */
import type { AttemptEnded } from "../../actors/edge/messages.ts";
import type { NodeContext } from "../../actors/node/state.ts";
import { reply } from "../../kernel/command.ts";
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import { type Bend, type Instead, offerIn } from "./bend.ts";
import { acted, type Role } from "./role.ts";

export function refusal(attempt: string): Instead {
  const ended: AttemptEnded = { type: "AttemptEnded", attempt, outcome: "refused", fetchUs: 0 };
  return { instead: [reply(ended)] };
}

export function cherryPicker(
  role: Role,
  { refuses, beyondVcu }: AdversaryOf<"cherry-picker">,
): Bend<NodeContext> {
  const limit = beyondVcu * MFLOP_PER_VCU;
  const isUnwanted = (mflop: number) => (refuses === "large" ? mflop > limit : mflop < limit);
  return {
    before: (delivery) => {
      const offer = offerIn(delivery);
      if (offer === undefined || role.stage.isOver || !isUnwanted(offer.mflop)) return delivery;
      acted(role);
      return refusal(offer.attempt);
    },
  };
}

export function epochBuncher(
  role: Role,
  { window }: AdversaryOf<"epoch-buncher">,
): Bend<NodeContext> {
  const { limits, stage } = role;
  const fromUs = limits.epochUs * (1 - window);
  return {
    before: (delivery) => {
      const offer = offerIn(delivery);
      const isTime = (delivery.atUs - stage.startUs) % limits.epochUs >= fromUs;
      if (offer === undefined || stage.isOver || isTime) return delivery;
      acted(role);
      return refusal(offer.attempt);
    },
  };
}
