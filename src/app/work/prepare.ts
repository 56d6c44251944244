/** Reads what a job file names, and sees that model and numbers belong together. */
import { type CheckedModel, checkModel, inputsOf } from "../../adapters/onnx/check/check-model.ts";
import type { ModelValue } from "../../adapters/onnx/check/model-file.ts";
import { ModelRefused } from "../../adapters/onnx/check/model-refused.ts";
import { fitTask } from "../../adapters/onnx/fit.ts";
import { TaskRefused } from "../../adapters/onnx/result.ts";
import { rowCount } from "../../adapters/onnx/rows.ts";
import { dtypeOfCode, type Tensor } from "../../adapters/onnx/tensor.ts";
import type { Tensors } from "../../adapters/onnx/tensor-file.ts";
import type { BlobId, Blobs } from "../../live/blobs.ts";
import { PlanError } from "../gateway/planner.ts";
import type { JobFile, Source } from "./job-schema.ts";
import { described, readInput } from "./read-input.ts";

/** A job whose model and numbers were read. */
export interface Prepared {
  readonly model: BlobId;
  readonly modelBytes: number;
  readonly checked: CheckedModel;
  readonly dims: Readonly<Record<string, number>>;
  readonly batch: number;
  readonly data: Tensors;
  readonly rows: number;
  readonly whole: Tensors;
}

const BATCH = 32;

/** Files of a job by the name that it gives them. */
export interface JobFiles {
  readonly ids: ReadonlyMap<string, BlobId>;
  readonly blobs: Blobs;
}

/** Throws {@link PlanError}. */
export async function prepare(job: JobFile, files: JobFiles): Promise<Prepared> {
  const model = idOf(job.model, "model", files);
  const bytes = await bytesOf(job.model, "model", files);
  const inputs = inWords("model", () => inputsOf(bytes));
  const read = (sources: Readonly<Record<string, Source>>, isWhole: boolean) =>
    readAll(sources, { job, files, inputs, isWhole });
  const data = await read(job.inputs, false);
  const rows = rowsIn(job, data);
  const theta = job.kind === "train" ? { theta: job.theta } : {};
  const whole = await read({ ...job.whole, ...theta }, true);
  const batch = batchOf(job, inputs);
  const dims = dimsOf(job, { inputs, batch, given: { ...whole, ...data } });
  const checked = inWords("model", () => checkModel(bytes, dims));
  inWords("inputs", () => fitTask(checked, { kind: job.kind, batch }, { data, whole }));
  if (job.kind === "infer") demandOutputs(job.outputs, checked);
  return { model, modelBytes: bytes.length, checked, dims, batch, data, rows, whole };
}

function idOf(name: string, field: string, { ids }: JobFiles): BlobId {
  const id = ids.get(name);
  if (id !== undefined) return id;
  throw new PlanError(`${field}: there is no file ${name} beside the job file`, field);
}

async function bytesOf(name: string, field: string, files: JobFiles): Promise<Uint8Array> {
  const bytes = await files.blobs.get(idOf(name, field, files));
  if (bytes !== undefined) return bytes;
  throw new PlanError(`${field}: ${name} was not handed over; submit the job again`, field);
}

async function readAll(
  sources: Readonly<Record<string, Source>>,
  of: {
    readonly job: JobFile;
    readonly files: JobFiles;
    readonly inputs: ReadonlyArray<ModelValue>;
    readonly isWhole: boolean;
  },
): Promise<Tensors> {
  const { job, files, inputs, isWhole } = of;
  const all: Record<string, Tensor> = {};
  for (const [name, source] of Object.entries(sources)) {
    const field = name === "theta" ? name : `${isWhole ? "whole" : "inputs"}.${name}`;
    const input = inputs.find((each) => each.name === name);
    if (input === undefined) {
      const names = inputs.map((each) => each.name);
      throw new PlanError(
        `${field}: the model has no input ${name}; it has ${names.join(", ")}`,
        field,
        names,
      );
    }
    const bytes = await bytesOf(described(source).file, field, files);
    const axes = input.shape.map((dim) => (typeof dim === "string" ? job.dims[dim] : dim));
    const row = axes.slice(1).filter((dim) => dim !== undefined);
    const known = row.length === axes.length - 1 && !isWhole ? row : undefined;
    const wanted = { dtype: dtypeOfCode(input.type) ?? "float32", row: known };
    all[name] = readInput(source, field, { bytes, wanted });
  }
  return all;
}

/** What the model fixes, else what the job says, else a length that suits most. */
function batchOf(job: JobFile, inputs: ReadonlyArray<ModelValue>): number {
  const mapped = inputs.filter(({ name }) => Object.hasOwn(job.inputs, name));
  const fixed = mapped.find(({ shape }) => typeof shape[0] === "number");
  const first = fixed?.shape[0];
  if (typeof first !== "number") {
    const named = mapped.flatMap(({ shape: [dim] }) => (typeof dim === "string" ? [dim] : []));
    const said = named.map((dim) => job.dims[dim]).find((dim) => dim !== undefined);
    return job.batch ?? said ?? BATCH;
  }
  if (job.batch === undefined || job.batch === first) return first;
  throw new PlanError(
    `batch: the model takes batches of ${first} (input ${fixed?.name}), not ${job.batch}`,
    "batch",
  );
}

/** Open dimensions: the batch, what the job says, and what the numbers show. */
function dimsOf(
  job: JobFile,
  of: {
    readonly inputs: ReadonlyArray<ModelValue>;
    readonly batch: number;
    readonly given: Tensors;
  },
): Readonly<Record<string, number>> {
  const dims: Record<string, number> = {};
  for (const { name, shape } of of.inputs) {
    const given = Object.hasOwn(of.given, name) ? of.given[name] : undefined;
    const isMapped = Object.hasOwn(job.inputs, name);
    for (const [axis, dim] of shape.entries()) {
      if (typeof dim !== "string") continue;
      const length = axis === 0 && isMapped ? of.batch : given?.shape[axis];
      if (length !== undefined) dims[dim] ??= length;
    }
  }
  return { ...dims, ...job.dims };
}

function demandOutputs(wanted: ReadonlyArray<string>, { outputs }: CheckedModel): void {
  const names = outputs.map(({ name }) => name);
  for (const name of wanted) {
    if (names.includes(name)) continue;
    throw new PlanError(
      `outputs: the model has no output ${name}; it has ${names.join(", ")}`,
      "outputs",
      names,
    );
  }
}

function rowsIn(job: JobFile, data: Tensors): number {
  const counts = Object.entries(data).map(([name, each]) => [name, rowCount(each)] as const);
  const [first] = counts;
  if (first === undefined) {
    throw new PlanError("inputs: name at least one input of the model that has rows", "inputs");
  }
  for (const [name, count] of counts) {
    if (count === first[1]) continue;
    throw new PlanError(
      `inputs.${name} has ${count} rows, inputs.${first[0]} has ${first[1]}; give as many of each`,
      `inputs.${name}`,
    );
  }
  if (first[1] === 0) throw new PlanError(`inputs.${first[0]} has no rows`, `inputs.${first[0]}`);
  const wanted = job.kind === "train" ? undefined : job.rows;
  if (wanted !== undefined && wanted > first[1]) {
    throw new PlanError(`rows: there are only ${first[1]} rows, not ${wanted}`, "rows");
  }
  return wanted ?? first[1];
}

/** Refusals of the model's check as faults of the job's field. */
export function inWords<A>(field: string, check: () => A): A {
  try {
    return check();
  } catch (error) {
    if (error instanceof ModelRefused || error instanceof TaskRefused) {
      throw new PlanError(`${field}: ${error.message}`, field);
    }
    throw error;
  }
}
