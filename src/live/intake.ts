/** What arrives at a shard from outside, checked and waiting for its turn. */
import { Either, Schema } from "effect";
import { Address, isPort, kindOf } from "../kernel/address.ts";
import type { AnyBehaviour } from "../kernel/behaviour.ts";
import type { Message } from "../kernel/message.ts";
import type { Parcel } from "./bus.ts";
import { codecOf } from "./codec.ts";
import { type ShardId, shardOf } from "./shard.ts";

/** A delivery that has no time and no entropy yet. */
export type Draft =
  | {
      readonly what: "message";
      readonly to: Address;
      readonly from: Address;
      readonly n: number;
      readonly message: Message;
    }
  | {
      readonly what: "outcome";
      readonly to: Address;
      readonly from: Address;
      readonly key: string;
      readonly message: Message;
    };

/** Told when what arrived is journalled, or never will be. */
export interface Receipt {
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

export interface Arrival {
  readonly draft: Draft;
  /** Of the last arrival of a batch. */
  readonly receipt: Receipt | undefined;
}

const isAddress = Schema.is(Address);

/** Left: why the parcel is refused, in words. What an own process hands over is taken as it is. */
export function draftOfParcel(
  { from, to, n, message }: Parcel,
  { shard, behaviours, trusted }: IntakeParts,
): Either.Either<Draft, string> {
  if (!isAddress(from)) return Either.left("the sender is no address");
  if (isPort(from)) return Either.left("nobody speaks for a port over the bus");
  if (!isAddress(to) || isPort(to)) return Either.left("the receiver is no actor's address");
  if (shardOf(to) !== shard) return Either.left(`the receiver is not in ${shard}`);
  if (!Number.isSafeInteger(n) || n < 1) return Either.left("n is no message number");
  const behaviour = behaviours.get(kindOf(to));
  if (behaviour === undefined) return Either.left(`actors of kind ${kindOf(to)} are not known`);
  if (trusted) {
    return Either.right({ what: "message", to, from, n, message: message as Message });
  }
  return Either.map(
    codecOf(behaviour).decodeMessage(message),
    (decoded): Draft => ({ what: "message", to, from, n, message: decoded }),
  );
}

export interface IntakeParts {
  readonly shard: ShardId;
  readonly behaviours: ReadonlyMap<string, AnyBehaviour>;
  /** Messages come from this process as values and need no decoding. */
  readonly trusted: boolean;
}
