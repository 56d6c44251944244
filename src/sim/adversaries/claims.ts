/** Lies in the offer to the edge: more capacity than there is, another place than the true one. */
import type { Measured, Ping, Pong } from "../../actors/edge/messages.ts";
import type { NodeContext } from "../../actors/node/state.ts";
import type { Address } from "../../kernel/address.ts";
import { send } from "../../kernel/command.ts";
import type { Message } from "../../kernel/message.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import { altered, type Bend, changed, later, offerIn } from "./bend.ts";
import { acted, type Role } from "./role.ts";

/** Greatest whole number that a claim may hold. */
const CLAIM_MAX = 2_000_000_000;

const scaled = (value: number, factor: number) =>
  Math.max(1, Math.min(CLAIM_MAX, Math.round(value * factor)));

/** An edge takes no round trip for one that took longer. */
const LATE_US_MAX = 1_000_000;

type Offer = Message & { readonly slots: number; readonly slotMflops: number };

export function capacityFaker(
  role: Role,
  { factor, claims }: AdversaryOf<"capacity-faker">,
): Bend<NodeContext> {
  return {
    after: (commands) =>
      changed(commands, "Join", (message) => {
        if (role.stage.isOver) return message;
        const offer = message as Offer;
        acted(role);
        return {
          ...offer,
          slots: claims === "speed" ? offer.slots : Math.min(10_000, scaled(offer.slots, factor)),
          slotMflops: claims === "slots" ? offer.slotMflops : scaled(offer.slotMflops, factor),
        };
      }),
  };
}

/** Its own timer: a Ping that it has not answered yet. */
const HELD = "HeldPing";
interface HeldPing extends Message {
  readonly to: Address;
  readonly probe: number;
}

/**
 * What it says of itself counts for nothing once it is measured; it can seem further away than it
 * is by answering late, never nearer. Of others it says what it likes.
 */
export function coordinateLiar(
  role: Role,
  { factor, delay }: AdversaryOf<"coordinate-liar">,
): Bend<NodeContext> {
  const { stage } = role;
  return {
    before: (delivery, { context }) => {
      const { edge, rttUs } = context;
      if (delivery.type === HELD) {
        const { to, probe } = delivery.message as HeldPing;
        const pong: Pong = { type: "Pong", probe };
        return { instead: [send(to, pong)] };
      }
      const offer = offerIn(delivery);
      if (offer !== undefined && delivery.from === role.self && edge !== null) {
        return altered(delivery, offer, edge);
      }
      if (stage.isOver) return delivery;
      const lateUs = Math.floor(Math.min(LATE_US_MAX, (factor - 1) * rttUs));
      if (delivery.type === "Ping" && lateUs > 0) {
        acted(role);
        const { probe } = delivery.message as Ping;
        const held: HeldPing = { type: HELD, to: delivery.from, probe };
        return later(`${held.to}/${probe}`, altered(delivery, held), lateUs);
      }
      return offer === undefined || delay === 0
        ? delivery
        : later(`offer/${offer.attempt}`, delivery, delay);
    },
    after: (commands) => {
      if (stage.isOver) return commands;
      const stretch = (message: Message) => {
        acted(role);
        return { ...message, rttUs: scaled((message as Measured).rttUs, factor) };
      };
      return changed(changed(commands, "Join", stretch), "Measured", stretch);
    },
  };
}
