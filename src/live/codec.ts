/** How a behaviour's state and messages become data and come back; made once for each behaviour. */
import { Either, ParseResult, Schema } from "effect";
import type { AnyBehaviour } from "../kernel/behaviour.ts";
import type { Message } from "../kernel/message.ts";
import { encoderOf } from "./encoder.ts";

export interface Codec {
  readonly encodeState: (state: unknown) => unknown;
  /** Throws a ParseError. */
  readonly decodeState: (data: unknown) => unknown;
  readonly encodeMessage: (message: Message) => unknown;
  /** Left: why the data is no message of this actor, in one line. */
  readonly decodeMessage: (data: unknown) => Either.Either<Message, string>;
  readonly isMessage: (value: unknown) => value is Message;
}

const codecs = new WeakMap<AnyBehaviour, Codec>();

export function codecOf(behaviour: AnyBehaviour): Codec {
  let codec = codecs.get(behaviour);
  if (codec === undefined) {
    codec = makeCodec(behaviour);
    codecs.set(behaviour, codec);
  }
  return codec;
}

function makeCodec({ State, Message: schema }: AnyBehaviour): Codec {
  const decode = Schema.decodeUnknownEither(schema);
  const isMessage = Schema.is(schema);
  return {
    encodeState: encoderOf(State),
    decodeState: Schema.decodeUnknownSync(State),
    encodeMessage: Schema.encodeSync(schema),
    decodeMessage: (data) => Either.mapLeft(decode(data), inOneLine),
    isMessage: (value): value is Message => isMessage(value),
  };
}

function inOneLine(error: ParseResult.ParseError): string {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0];
  const path = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return `${path}${issue?.message ?? "not a message of this actor"}`.replace(/\s+/g, " ");
}
