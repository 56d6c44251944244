/** All that a step may know of the outside world. Time and entropy arrive, never fetched. */
import type { Address } from "./address.ts";
import type { Micros } from "./duration.ts";
import type { Seed } from "./entropy.ts";
import type { Message, MessageId } from "./message.ts";

interface DeliveryOf<M extends Message> {
  /** The message's own type: a delivery is the event that a chart sees. */
  readonly type: M["type"];
  readonly id: MessageId;
  readonly atUs: Micros;
  readonly entropy: Seed;
  readonly from: Address;
  readonly message: M;
}

/** One delivery, distributed over the variants of M so that `type` narrows `message`. */
export type Delivery<M extends Message = Message> = M extends Message ? DeliveryOf<M> : never;
