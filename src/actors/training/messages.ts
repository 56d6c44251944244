/** What a training run accepts: what a job accepts of ledger, nodes and edge, and the trainer. */
import { Schema } from "effect";
import { variant } from "../../kernel/message.ts";
import { TrainerOutcome } from "../../kernel/ports/trainer.ts";
import {
  AttemptLost,
  JobClosed,
  Reserved,
  ReserveRefused,
  ResultReported,
} from "../job/messages.ts";

/** The operator ends the run after the round that is open. */
const EndTraining = variant("EndTraining", {});

export const TrainingMessage = Schema.Union(
  Reserved,
  ReserveRefused,
  ResultReported,
  AttemptLost,
  JobClosed,
  EndTraining,
  TrainerOutcome,
);
export type TrainingMessage = typeof TrainingMessage.Type;
