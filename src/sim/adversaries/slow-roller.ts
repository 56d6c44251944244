/** The slow-roller computes at once and reports when most of the lease is over. */

import type { AttemptStarted } from "../../actors/edge/messages.ts";
import type { NodeContext } from "../../actors/node/state.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import { type Bend, fromRunner, isOwnOutcome, later, outcomeIn, runOf } from "./bend.ts";
import { acted, type Role } from "./role.ts";

export function slowRoller(role: Role, { holds }: AdversaryOf<"slow-roller">): Bend<NodeContext> {
  const sinceUs = new Map<string, number>();
  return {
    before: (delivery, { context }) => {
      const outcome = outcomeIn(delivery);
      if (outcome === undefined) return delivery;
      if (isOwnOutcome(delivery)) return fromRunner(delivery, outcome);
      const run = runOf(context, outcome.key);
      if (run === undefined || !outcome.outcome.ok || role.stage.isOver) return delivery;
      const startUs = sinceUs.get(run.attempt) ?? delivery.atUs;
      sinceUs.delete(run.attempt);
      const waitUs = Math.floor(startUs + holds * run.leaseUs - delivery.atUs);
      if (waitUs <= 0) return delivery;
      acted(role);
      return later(outcome.key, delivery, waitUs);
    },
    after: (commands, delivery) => {
      for (const each of commands) {
        if (each.command !== "Send" && each.command !== "Reply") continue;
        if (each.message.type !== "AttemptStarted") continue;
        sinceUs.set((each.message as AttemptStarted).attempt, delivery.atUs);
      }
      return commands;
    },
  };
}
