/**
 * The port of a training run: where the parameters of a round are put for workers to fetch, and
 * where updates are tried on held-out data. Live it is the storage and a process beside the edge;
 * in the simulator it is the small model that is trained there.
 */
import { Schema } from "effect";
import { variant } from "../message.ts";
import { portOutcome } from "./port.ts";

export const TRAINER = "trainer";

/** Puts the parameters of a round where the contents `train:<run>:<round>:<worker>` find them. */
export const PublishRound = variant("PublishRound", {
  run: Schema.String,
  round: Schema.Int,
  theta: Schema.Array(Schema.Number),
});
export type PublishRound = typeof PublishRound.Type;

/** Asks for the held-out loss of the round's parameters after each of these updates alone. */
export const TryUpdates = variant("TryUpdates", {
  run: Schema.String,
  round: Schema.Int,
  /** Hexadecimal text, as workers sent them. */
  updates: Schema.Array(Schema.String),
});
export type TryUpdates = typeof TryUpdates.Type;

export const TrainerRequest = Schema.Union(PublishRound, TryUpdates);
export type TrainerRequest = typeof TrainerRequest.Type;

export const TrainerOutcome = portOutcome(
  TRAINER,
  /** One loss an update, millionths of a nat; none for a publication. */
  Schema.Struct({ losses: Schema.Array(Schema.Int) }),
  ["unreachable"],
);
export type TrainerOutcome = typeof TrainerOutcome.Type;
