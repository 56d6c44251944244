/** A message that a consumer delivered, and what its acknowledgement subject says about it. */
import type { Msg } from "@nats-io/transport-node";

export interface Delivery {
  readonly msg: Msg;
  /** Place in the stream: the order of what a sender sent. */
  readonly streamSeq: number;
  /** Counts the consumer's deliveries, repeated ones too: a gap is a delivery that was lost. */
  readonly consumerSeq: number;
  readonly times: number;
}

/**
 * `$JS.ACK.<stream>.<consumer>.<times>.<stream seq>.<consumer seq>.<time>.<pending>`, and with
 * domain and account before the stream on servers that have them. Undefined for anything else.
 */
export function deliveryOf(msg: Msg): Delivery | undefined {
  const tokens = msg.reply?.split(".") ?? [];
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const first = tokens.length === 9 ? 4 : 6;
  const [times, streamSeq, consumerSeq] = tokens.slice(first, first + 3).map(Number);
  if (times === undefined || streamSeq === undefined || consumerSeq === undefined) return undefined;
  return { msg, times, streamSeq, consumerSeq };
}

/** Stands for "taken": it never comes again. */
export const ACK = new Uint8Array();
/** "Give it to whoever asks next", at once. */
export const NAK = Buffer.from("-NAK");
/** "Still at it": begins the waiting time anew. */
export const WORKING = Buffer.from("+WPI");
