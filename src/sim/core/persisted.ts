/**
 * The persisted form of an actor: what survives a crash. State goes through the behaviour's Schema,
 * the whole through JSON text, so that a restart in the simulator exercises what a restart live
 * depends on. Amounts in messages of the mailbox are tagged, since JSON has no bigint.
 */
import { Schema } from "effect";
import type { Address } from "../../kernel/address.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import type { Mailbox, MailboxImage } from "../../kernel/mailbox.ts";
import type { Hosted } from "./hosted.ts";

interface Codec {
  readonly encode: (state: unknown) => unknown;
  readonly decode: (state: unknown) => unknown;
}

const codecs = new WeakMap<AnyBehaviour, Codec>();

function codecOf(behaviour: AnyBehaviour): Codec {
  let codec = codecs.get(behaviour);
  if (codec === undefined) {
    codec = {
      encode: Schema.encodeSync(behaviour.State),
      decode: Schema.decodeUnknownSync(behaviour.State),
    };
    codecs.set(behaviour, codec);
  }
  return codec;
}

/** The simulator's numbering of addresses, both ways. */
export interface Numbering {
  readonly addressOf: (index: number) => Address | undefined;
  readonly numberOf: (at: Address) => number;
}

/** JSON text of state and mailbox. */
export function persist(actor: Hosted, { addressOf }: Numbering): string {
  return JSON.stringify(
    {
      state: codecOf(actor.behaviour).encode(actor.state),
      mailbox: actor.mailbox.image(addressOf),
    },
    (_key, value) => (typeof value === "bigint" ? { $bigint: value.toString() } : value),
  );
}

/** Replaces state and mailbox by what the text says; `mailbox` is new. */
export function revive(
  actor: Hosted,
  text: string,
  mailbox: Mailbox,
  { numberOf }: Numbering,
): void {
  const image = JSON.parse(text, (_key, value) =>
    typeof value === "object" && value !== null && typeof value.$bigint === "string"
      ? BigInt(value.$bigint)
      : value,
  ) as { state: unknown; mailbox: MailboxImage };
  actor.state = codecOf(actor.behaviour).decode(image.state);
  mailbox.restore(image.mailbox, numberOf);
  actor.mailbox = mailbox;
}
