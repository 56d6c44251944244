/** Lies in the offer to the edge: more capacity than there is, another place than the true one. */
import type { NodeContext } from "../../actors/node/state.ts";
import type { Message } from "../../kernel/message.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import { altered, type Bend, changed, later, offerIn } from "./bend.ts";
import { acted, type Role } from "./role.ts";

/** Greatest whole number that a claim may hold. */
const CLAIM_MAX = 2_000_000_000;

const scaled = (value: number, factor: number) =>
  Math.max(1, Math.min(CLAIM_MAX, Math.round(value * factor)));

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

export function coordinateLiar(
  role: Role,
  { factor, delay }: AdversaryOf<"coordinate-liar">,
): Bend<NodeContext> {
  const { stage } = role;
  return {
    before: (delivery, { context }) => {
      const offer = offerIn(delivery);
      if (offer === undefined || delay === 0 || stage.isOver) return delivery;
      const { edge } = context;
      if (edge === null || delivery.from === edge) {
        return later(`offer/${offer.attempt}`, delivery, delay);
      }
      return altered(delivery, offer, edge);
    },
    after: (commands) =>
      changed(commands, "Join", (message) => {
        if (stage.isOver) return message;
        acted(role);
        return moved(message, factor);
      }),
  };
}

/** Round trip and position as if it stood `factor` times as far off. */
function moved(message: Message, factor: number): Message {
  const { rttUs, coordinate } = message as Message & {
    readonly rttUs?: number;
    readonly coordinate?: Readonly<Record<string, unknown>> | null;
  };
  return {
    ...message,
    ...(rttUs === undefined ? {} : { rttUs: scaled(rttUs, factor) }),
    ...(coordinate === undefined || coordinate === null
      ? {}
      : { coordinate: stretched(coordinate, factor) }),
  } as Message;
}

/** All lengths of a coordinate but its error, in the units that it has. */
function stretched(
  coordinate: Readonly<Record<string, unknown>>,
  factor: number,
): Readonly<Record<string, unknown>> {
  const length = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(length);
    if (typeof value !== "number") return value;
    return Number.isInteger(value) ? Math.round(value * factor) : value * factor;
  };
  return Object.fromEntries(
    Object.entries(coordinate).map(([key, value]) => [
      key,
      key.startsWith("error") ? value : length(value),
    ]),
  );
}
