/** What a training run accepts: what a job accepts of ledger, nodes and edge, and the trainer. */
import { Schema } from "effect";
import { variant } from "../../kernel/message.ts";
import { RoundsOutcome } from "../../kernel/ports/rounds.ts";
import { TrainerOutcome } from "../../kernel/ports/trainer.ts";
import {
  AttemptLost,
  JobClosed,
  Reserved,
  ReserveRefused,
  ResultReported,
} from "../job/messages.ts";

/** The operator, or whoever pays, ends the run after the round that is open. */
const EndTraining = variant("EndTraining", {});

export const TrainingMessage = Schema.Union(
  Reserved,
  ReserveRefused,
  ResultReported,
  AttemptLost,
  JobClosed,
  EndTraining,
  // before the trainer's: traces of simulations are folded by the last of a type
  RoundsOutcome,
  TrainerOutcome,
);
export type TrainingMessage = typeof TrainingMessage.Type;

/** A word of the port that the run has: by value in simulations, by reference live. */
export type PortWord = TrainerOutcome | RoundsOutcome;
