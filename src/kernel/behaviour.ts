/** The contract of an actor: a pure function from (state, delivery) to (state, commands). */
import type { Schema } from "effect";
import type { Command } from "./command.ts";
import type { Delivery } from "./delivery.ts";
import type { Message } from "./message.ts";

/** What one pure call gives back. `handled: false` is counted by the shell, never silent. */
export interface Step<S> {
  readonly state: S;
  readonly commands: ReadonlyArray<Command>;
  readonly handled: boolean;
}

export interface Behaviour<S, M extends Message, I> {
  /** First part of the addresses of its actors, such as `node`. */
  readonly kind: string;
  /** Raised when the persisted form changes. */
  readonly version: number;
  /** Encodes the state to JSON and back without loss. */
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per actor
  readonly State: Schema.Schema<S, any>;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per actor
  readonly Message: Schema.Schema<M, any>;
  /** First state and first commands; total, draws no entropy. */
  readonly init: (input: I) => Step<S>;
  /** Total, synchronous, throws only an InvariantViolation; the previous state stays valid. */
  readonly step: (state: S, delivery: Delivery<M>) => Step<S>;
}

/** A behaviour whose own types are hidden: what a shell's registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by the shell
export type AnyBehaviour = Behaviour<any, any, any>;
