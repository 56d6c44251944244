/** A delivery as text: what traces hold and what comparisons compare. */
import type { DeliveryNote } from "../../sim/run/run.ts";

/** One line of JSON; equal deliveries give equal lines. Amounts are text, with an n behind. */
export function deliveryLine(delivery: DeliveryNote): string {
  const { atUs, from, to, id, message, hash } = delivery;
  return JSON.stringify({ at: atUs, from, to, id, message, hash }, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}

/** The first delivery in which two runs differ. */
export interface Difference {
  /** Number of the delivery, from 1. */
  readonly delivery: number;
  readonly first: string;
  readonly second: string;
}

export const NO_DELIVERY = "(no delivery: the run ended)";
