/**
 * The idler takes every task that it is offered and runs none: while it is silent its leases have
 * to run out. The straggler flood is a group of nodes that do so at once, for a while.
 */
import type { NodeContext } from "../../actors/node/state.ts";
import type { Message } from "../../kernel/message.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import { type Bend, isOwnOutcome, nothingAtAll, startsRun, without } from "./bend.ts";
import { acted, type Role } from "./role.ts";

export function idler(role: Role, { ends }: AdversaryOf<"idler">): Bend<NodeContext> {
  return silence(role, () => true, ends === "silent");
}

export function stragglerFlood(
  role: Role,
  { at, for: lasts }: AdversaryOf<"straggler-flood">,
): Bend<NodeContext> {
  const fromUs = role.stage.startUs + at;
  return silence(role, (atUs) => atUs >= fromUs && atUs < fromUs + lasts, true);
}

function silence(
  role: Role,
  isOn: (atUs: number) => boolean,
  isSilent: boolean,
): Bend<NodeContext> {
  const on = (atUs: number) => !role.stage.isOver && isOn(atUs);
  return {
    // What ran already when the silence begins is lost with the rest.
    before: (delivery) =>
      delivery.type === "PortOutcome" && !isOwnOutcome(delivery) && on(delivery.atUs)
        ? nothingAtAll
        : delivery,
    after: (commands, delivery) => {
      if (!on(delivery.atUs)) return commands;
      const kept = commands.filter((each) => !startsRun(each));
      if (kept.length < commands.length) acted(role);
      return isSilent ? without(kept, isExpiry) : kept;
    },
  };
}

function isExpiry(message: Message & { readonly outcome?: unknown }): boolean {
  return message.type === "AttemptEnded" && message.outcome === "expired";
}
