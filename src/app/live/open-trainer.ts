/** The port that opens and closes the rounds of training runs, beside the edge that has them. */
import { Effect, type Scope } from "effect";
import type { TrainingRules } from "../../actors/training/state.ts";
import { OnnxTrainer } from "../../adapters/onnx/trainer.ts";
import type { Blobs } from "../../live/blobs.ts";
import type { LivePort } from "../../live/live-port.ts";

export interface TrainerOptions extends TrainingRules {
  readonly blobs: Blobs;
  /** Updates are tried in slots of this machine. */
  readonly runner: LivePort;
  readonly say: (line: string) => void;
}

export function openTrainer({
  say,
  ...parts
}: TrainerOptions): Effect.Effect<LivePort, never, Scope.Scope> {
  const make = () => new OnnxTrainer({ ...parts, note: (why) => say(`training: ${why}`) });
  return Effect.acquireRelease(Effect.sync(make), (trainer) =>
    Effect.promise(() => trainer.close()),
  );
}
