import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Tensor, tensor } from "../../src/adapters/onnx/tensor.ts";
import { readTensors, type Tensors, writeTensors } from "../../src/adapters/onnx/tensor-file.ts";
import type { PlannedJob } from "../../src/app/gateway/planner.ts";
import { readNpy } from "../../src/app/work/npy.ts";
import { planner } from "../../src/app/work/plan.ts";
import type { BlobId } from "../../src/live/blobs.ts";
import { contentOfBlob } from "../../src/live/work.ts";
import { digitNetwork } from "../../tools/examples/digits.ts";
import { judged, trained } from "../../tools/examples/train.ts";
import { MemoryBlobs } from "./memory-blobs.ts";
import { runTraining } from "./training-run.ts";

const blobs = new MemoryBlobs();
const network = digitNetwork();
const read = (name: string): Tensor => {
  const of = readNpy(readFileSync(join("examples", name)));
  return name.includes("labels") ? tensor("int64", of.shape, Array.from(of.data, Number)) : of;
};
const digits = (of: string): Tensors => ({
  pixels: read(`digits-${of}-pixels.npy`),
  label: read(`digits-${of}-labels.npy`),
});

async function plan(change: object = {}): Promise<PlannedJob> {
  const job = { ...parse(readFileSync("examples/digits-train.yaml", "utf8")), ...change };
  const files = new Map<string, BlobId>();
  const entries = readdirSync("examples", { withFileTypes: true });
  for (const { name: file } of entries.filter((entry) => entry.isFile())) {
    files.set(file, await blobs.put(readFileSync(join("examples", file))));
  }
  return planner.plan(job, files, blobs);
}

/** The parameters that a run came to, as its requester gets them. */
async function thetaOf(of: PlannedJob, state: string): Promise<Tensor> {
  const { bytes } = await planner.assemble(of.assembly, [state], { format: "bin", blobs });
  return readTensors(bytes).theta!;
}

describe("Training on the network: the digit classifier", () => {
  test("eight workers come to 95 of 100, and as far as the same steps in one process", async () => {
    // the example goes on for four more rounds, where a network's own accidents may cost some
    const short = await plan({ rounds: 8 });
    const { rounds, workers, steps } = short.training!;
    expect(workers).toBe(8);
    const ended = await runTraining({ blobs, work: short.training!, slotsAtOnce: 2 });
    expect(ended).toMatchObject({ at: "done", moved: rounds });
    const network8 = await judged(network, await thetaOf(short, ended.state), digits("test"));
    const one = await trained({
      network,
      optimiser: { rule: "adam", rate: 0.002 },
      data: digits("train"),
      steps: rounds * steps,
      seed: 1,
    });
    const alone = await judged(network, one, digits("test"));
    expect(network8.accuracy).toBeGreaterThanOrEqual(0.95);
    expect(network8.accuracy).toBeGreaterThan(alone.accuracy - 0.01);
  }, 240_000);

  test("workers that vanish are replaced, and the round goes on", async () => {
    const few = (await plan({ rounds: 2, steps: 10 })).training!;
    const isLost = (n: number) => n % 5 === 1;
    const ended = await runTraining({ blobs, work: few, slotsAtOnce: 2, isLost });
    expect(ended).toMatchObject({ at: "done", moved: 2 });
    expect(ended.used + ended.dropped).toBe(2 * 8);
  }, 60_000);

  test("an update that ruins, one that is none and one that is nowhere have no part", async () => {
    const job = await plan({ rounds: 2, steps: 20 });
    const { parameters } = job.training!;
    const loud = await blobs.put(
      writeTensors({
        numbers: tensor("int8", [parameters], new Float64Array(parameters).fill(100)),
        scales: tensor("float32", [Math.ceil(parameters / 256)], new Float64Array(36).fill(1)),
      }),
    );
    const none = await blobs.put(new TextEncoder().encode("nothing of the kind"));
    const bad = [loud, none, "0".repeat(64) as BlobId].map((id) => `20:${contentOfBlob(id)}`);
    const forged = (worker: number, payload: string) => bad[worker] ?? payload;
    const honest = await runTraining({ blobs, work: job.training!, slotsAtOnce: 2 });
    const ended = await runTraining({ blobs, work: job.training!, slotsAtOnce: 2, forged });
    expect(ended).toMatchObject({ at: "done", moved: 2, used: 10, dropped: 6 });
    const [good, robbed] = await Promise.all(
      [honest, ended].map(async ({ state }) =>
        judged(network, await thetaOf(job, state), digits("test")),
      ),
    );
    expect(robbed!.loss).toBeLessThan(1.5 * good!.loss);
  }, 120_000);

  test("the same run again comes to the same parameters", async () => {
    const few = (await plan({ rounds: 2, steps: 5 })).training!;
    const first = await runTraining({ blobs, work: few, slotsAtOnce: 1 });
    expect(await runTraining({ blobs, work: few, slotsAtOnce: 1 })).toEqual(first);
  }, 60_000);
});
