/**
 * The port of a training run whose parameters are too large for messages: live, everything that a
 * round takes and gives is a blob, and messages name them. A process beside the edge opens rounds
 * and makes their outer steps, by the same rules by which the run itself would.
 */
import { Schema } from "effect";
import { variant } from "../message.ts";
import { portOutcome } from "./port.ts";

export const ROUNDS = "rounds";

/**
 * Writes down what each worker of a round computes, from the parameters that `state` names;
 * empty: those with which the plan begins. The outcome names the workers' contents.
 */
export const OpenRound = variant("OpenRound", {
  run: Schema.String,
  round: Schema.Int,
  /** Blob of the run's plan. */
  plan: Schema.String,
  state: Schema.String,
  workers: Schema.Int,
});
export type OpenRound = typeof OpenRound.Type;

/**
 * Makes one outer step of the updates and names the state after it. Parameters never travel in
 * messages, so the trainer aggregates by the same rule that the run has in a simulation.
 */
export const CloseRound = variant("CloseRound", {
  run: Schema.String,
  round: Schema.Int,
  plan: Schema.String,
  state: Schema.String,
  canary: Schema.Boolean,
  updates: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      /** Workers of one owner have one say. */
      cluster: Schema.String,
      weight: Schema.Number,
      /** Blob of the update. */
      blob: Schema.String,
    }),
  ),
});
export type CloseRound = typeof CloseRound.Type;

export const RoundsRequest = Schema.Union(OpenRound, CloseRound);
export type RoundsRequest = typeof RoundsRequest.Type;

export const RoundsOutcome = portOutcome(
  ROUNDS,
  Schema.Union(
    /** What each worker of the round that was opened computes. */
    Schema.Struct({ contents: Schema.Array(Schema.String) }),
    /** Blob of the state after the round that was closed; how many updates had a part in it. */
    Schema.Struct({ state: Schema.String, used: Schema.Int }),
  ),
  ["unreachable"],
);
export type RoundsOutcome = typeof RoundsOutcome.Type;
