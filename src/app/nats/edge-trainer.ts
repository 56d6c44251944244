/** What an edge in a process of its own needs of its machine: slots in which updates are tried. */
import { join } from "node:path";
import { Effect, type Scope } from "effect";
import type { TrainingRules } from "../../actors/training/state.ts";
import { OnnxRunner } from "../../adapters/onnx/runner.ts";
import { ProcessSlots } from "../../adapters/system/slots.ts";
import type { Blobs } from "../../live/blobs.ts";
import type { LivePort } from "../../live/live-port.ts";
import { openTrainer } from "../live/open-trainer.ts";

const SLOT_MEMORY_MIB = 2_048;
const CACHE_BYTES = 500_000_000;

export interface EdgeTrainer {
  readonly rules: TrainingRules;
  readonly folder: string;
  readonly blobs: Blobs;
  readonly say: (line: string) => void;
}

export function openEdgeTrainer(of: EdgeTrainer): Effect.Effect<LivePort, never, Scope.Scope> {
  const { rules, folder, blobs, say } = of;
  return Effect.gen(function* () {
    const runner = yield* Effect.acquireRelease(
      Effect.sync(() => runnerFor(folder, blobs)),
      ({ close }) => Effect.promise(close),
    );
    return yield* openTrainer({ ...rules, blobs, runner: runner.port, say });
  });
}

/** Children are started for the first update that is tried, not before. */
function runnerFor(folder: string, blobs: Blobs) {
  // an edge is a server, and all workers of a round wait for this
  const slots = new ProcessSlots({ priority: "normal" });
  const port = new OnnxRunner({
    blobs,
    slots,
    folder: join(folder, "runner"),
    cacheBytes: CACHE_BYTES,
    limits: () => ({ cpuShare: 1, memoryMib: SLOT_MEMORY_MIB }),
  });
  const close = async () => {
    await port.close();
    await slots.close();
  };
  return { port, close };
}
