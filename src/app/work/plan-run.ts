/** A job file of several rounds or workers becomes the plan of a training run. */
import { type CheckedModel, checkModel, inputsOf } from "../../adapters/onnx/check/check-model.ts";
import { sizeOf } from "../../adapters/onnx/tensor.ts";
import { type Tensors, writeTensors } from "../../adapters/onnx/tensor-file.ts";
import {
  TrainingPlan as Plan,
  type TrainingPlan,
  writeJson,
} from "../../adapters/onnx/training-plan.ts";
import type { BlobId } from "../../live/blobs.ts";
import { PlanError, type PlannedJob } from "../gateway/planner.ts";
import type { Assembly } from "./assembly.ts";
import type { TrainJob } from "./job-schema.ts";
import { inWords, type JobFiles, type Prepared } from "./prepare.ts";

/** Share of the rows that no worker gets where updates are tried. */
const HELD_OUT = 0.1;
const MIB = 1_048_576;

export async function planRun(
  job: TrainJob,
  prepared: Prepared,
  files: JobFiles,
): Promise<PlannedJob> {
  const { blobs } = files;
  const { checked, data, whole, model, dims, batch } = prepared;
  const { theta, ...rest } = whole;
  if (theta === undefined) throw new RangeError("a job that trains has parameters");
  const parameters = sizeOf(theta.shape);
  const evaluate =
    job.evaluate === undefined ? null : await evaluator(job.evaluate, prepared, files);
  const { training, heldOut } = shareRows(job, prepared, evaluate !== null);
  const plan: TrainingPlan = {
    version: 1,
    model,
    evaluate,
    theta: await blobs.put(writeTensors({ theta })),
    whole: Object.keys(rest).length === 0 ? [] : [await blobs.put(writeTensors(rest))],
    data: await blobs.put(writeTensors(data)),
    training,
    heldOut,
    dims,
    batch,
    steps: job.steps,
    seed: job.seed,
    tolerance: job.tolerance,
    parameters,
  };
  const inputBytes = bytesOf(data) + bytesOf(whole) + prepared.modelBytes;
  const outputBytes = 2 * parameters;
  const memoryMib = checked.memoryMib + Math.ceil((2 * (inputBytes + outputBytes)) / MIB);
  const planId = await blobs.put(writeJson(Plan, plan));
  const assembly: Assembly = {
    kind: "run",
    rounds: job.rounds,
    tasks: [{ from: 0, rows: prepared.rows }],
  };
  return {
    name: job.name === "" ? job.model : job.name,
    kind: job.kind,
    work: { tasks: [], inputBytes, outputBytes, memoryMib },
    training: {
      plan: planId,
      parameters,
      rounds: job.rounds,
      workers: job.workers,
      steps: job.steps,
      stepMflop: stepMflop(job, checked),
      memoryMib,
      boxUs: job.box,
      canary: evaluate !== null,
    },
    assembly,
  };
}

/** Such that all steps of a worker are not less than what its model is metered at. */
function stepMflop({ steps }: TrainJob, { operations }: CheckedModel): number {
  return Math.max(1, Math.ceil(Math.ceil((steps * operations) / 1_000_000) / steps));
}

/** Workers share the first rows; the last ones are kept back, in whole batches. */
function shareRows(job: TrainJob, { rows, batch }: Prepared, isTried: boolean) {
  const back = isTried ? Math.floor((rows * HELD_OUT) / batch) * batch : 0;
  if (isTried && back === 0) {
    throw new PlanError(
      `evaluate: a tenth of ${rows} rows is no batch of ${batch} to try updates on; give more ` +
        "rows or leave evaluate out",
      "evaluate",
    );
  }
  const left = rows - back;
  if (left < job.workers) {
    throw new PlanError(`workers: ${job.workers} workers cannot share ${left} rows`, "workers");
  }
  const heldOut = back === 0 ? null : { from: left, rows: back };
  return { training: { from: 0, rows: left }, heldOut };
}

async function evaluator(
  name: string,
  { dims, data, whole, batch }: Prepared,
  { ids, blobs }: JobFiles,
): Promise<BlobId> {
  const id = ids.get(name);
  const bytes = id === undefined ? undefined : await blobs.get(id);
  if (id === undefined || bytes === undefined) {
    throw new PlanError(`evaluate: there is no file ${name} beside the job file`, "evaluate");
  }
  const checked = inWords("evaluate", () =>
    checkModel(bytes, { ...openDims(bytes, batch), ...dims }),
  );
  const given = new Set([...Object.keys(data), ...Object.keys(whole)]);
  const missing = checked.inputs.find((input) => !given.has(input.name));
  const loss = checked.outputs.find((output) => output.name === "loss");
  if (missing !== undefined) {
    throw new PlanError(`evaluate: its input ${missing.name} is none of the job's`, "evaluate");
  }
  if (loss === undefined || sizeOf(loss.shape) !== 1) {
    throw new PlanError("evaluate: the model gives no single number named loss", "evaluate");
  }
  return id;
}

/** Open first dimensions are batches. */
function openDims(bytes: Uint8Array, batch: number): Record<string, number> {
  const first = inWords("evaluate", () => inputsOf(bytes)).map(({ shape: [dim] }) => dim);
  return Object.fromEntries(
    first.flatMap((dim) => (typeof dim === "string" ? [[dim, batch]] : [])),
  );
}

function bytesOf(all: Tensors): number {
  return Object.values(all).reduce((sum, each) => sum + each.data.byteLength, 0);
}
