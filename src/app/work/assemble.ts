/**
 * Puts the results of a job's tasks together, also while some are missing: as JSON for people, as
 * .npy for NumPy, as .bin with everything and its types (docs/work.md describes it).
 */

import type { ResultFormat } from "../../adapters/http/shapes.ts";
import { type Result, readResult } from "../../adapters/onnx/result.ts";
import { rowCount } from "../../adapters/onnx/rows.ts";
import { emptyData, type Shape, sizeOf, type Tensor, tensor } from "../../adapters/onnx/tensor.ts";
import { type Tensors, writeTensors } from "../../adapters/onnx/tensor-file.ts";
import { readJson, TrainingState } from "../../adapters/onnx/training-plan.ts";
import { type Blobs, blobId } from "../../live/blobs.ts";
import { type AssembledResult, PlanError } from "../gateway/planner.ts";
import type { Assembly, TaskRows } from "./assembly.ts";
import { writeNpy } from "./npy.ts";

/** Rows without a result, and why if that is known. */
interface Gap extends TaskRows {
  readonly why: string;
}

interface Collected {
  readonly tensors: Tensors;
  readonly rows: number;
  readonly gaps: ReadonlyArray<Gap>;
}

const NOT_YET = "no result yet";

export async function assemble(
  raw: unknown,
  digests: ReadonlyArray<string | null>,
  wanted: { readonly format: ResultFormat | undefined; readonly blobs: Blobs },
): Promise<AssembledResult> {
  const assembly = raw as Assembly;
  const read = assembly.kind === "run" ? resultOfRun : resultOf;
  const results: Array<Result | undefined> = [];
  for (const digest of digests) results.push(await read(digest, wanted.blobs));
  const collected = collect(assembly, results);
  switch (wanted.format ?? "json") {
    case "json":
      return { bytes: jsonBytes(assembly, collected), contentType: "application/json" };
    case "npy":
      return { bytes: npyBytes(collected), contentType: "application/octet-stream" };
    case "bin":
      return { bytes: writeTensors(withGaps(collected)), contentType: "application/octet-stream" };
  }
}

async function resultOf(digest: string | null, blobs: Blobs): Promise<Result | undefined> {
  const id = digest === null ? undefined : blobId(digest);
  if (digest === null) return undefined;
  const bytes = id === undefined ? undefined : await blobs.get(id);
  if (bytes === undefined) return { ok: false, why: "its result is no longer in the blob store" };
  return readResult(bytes);
}

/** The parameters that the state of a training run names. */
async function resultOfRun(digest: string | null, blobs: Blobs): Promise<Result | undefined> {
  const id = digest === null ? undefined : blobId(digest);
  if (id === undefined) return undefined;
  const bytes = await blobs.get(id);
  if (bytes === undefined) return { ok: false, why: "its state is no longer in the blob store" };
  return resultOf(readJson(TrainingState, bytes).theta, blobs);
}

function collect(assembly: Assembly, results: ReadonlyArray<Result | undefined>): Collected {
  const { tasks } = assembly;
  const gaps = tasks.flatMap((at, i): ReadonlyArray<Gap> => {
    const result = results[i];
    if (result?.ok === true) return [];
    return [{ ...at, why: result === undefined ? NOT_YET : result.why }];
  });
  const rows = tasks.reduce((sum, each) => sum + each.rows, 0);
  const there = results.map((result) => (result?.ok === true ? result.tensors : undefined));
  const tensors =
    assembly.kind === "infer"
      ? joined(tasks, there)
      : assembly.kind === "evaluate"
        ? means(tasks, there)
        : (there[0] ?? {});
  return { tensors, rows, gaps };
}

/** All rows in their places; those that are missing are zeros, and NaN in floats. */
function joined(
  tasks: ReadonlyArray<TaskRows>,
  there: ReadonlyArray<Tensors | undefined>,
): Tensors {
  const sample = there.find((each) => each !== undefined);
  if (sample === undefined) return {};
  const rows = tasks.reduce((sum, each) => sum + each.rows, 0);
  return Object.fromEntries(
    Object.entries(sample).map(([name, of]) => {
      const each = sizeOf(of.shape.slice(1));
      const data = emptyData(of.dtype, rows * each);
      if (data instanceof Float32Array || data instanceof Float64Array) data.fill(Number.NaN);
      for (const [i, { from, rows: count }] of tasks.entries()) {
        const part = there[i]?.[name];
        if (part === undefined || rowCount(part) !== count || part.dtype !== of.dtype) continue;
        data.set(part.data as never, from * each);
      }
      const shape: Shape = [rows, ...of.shape.slice(1)];
      return [name, { dtype: of.dtype, shape, data } satisfies Tensor];
    }),
  );
}

/** Means of the tasks that are there, weighed by their rows. */
function means(tasks: ReadonlyArray<TaskRows>, there: ReadonlyArray<Tensors | undefined>): Tensors {
  const sums = new Map<string, { sum: number; rows: number }>();
  for (const [i, each] of there.entries()) {
    for (const [name, { data }] of Object.entries(each ?? {})) {
      const entry = sums.get(name) ?? { sum: 0, rows: 0 };
      const rows = tasks[i]?.rows ?? 0;
      sums.set(name, { sum: entry.sum + Number(data[0]) * rows, rows: entry.rows + rows });
    }
  }
  return Object.fromEntries(
    [...sums].map(([name, { sum, rows }]) => [name, tensor("float64", [], [sum / rows])]),
  );
}

function jsonBytes(assembly: Assembly, { tensors, rows, gaps }: Collected): Uint8Array {
  const missing = new Set(
    gaps.flatMap(({ from, rows: count }) => Array.from({ length: count }, (_, i) => from + i)),
  );
  const outputs = Object.fromEntries(
    Object.entries(tensors).map(([name, of]) => {
      const nested = nest(of, 0, 0);
      if (assembly.kind !== "infer" || !Array.isArray(nested)) return [name, nested];
      return [name, nested.map((row: unknown, i) => (missing.has(i) ? null : row))];
    }),
  );
  const text = JSON.stringify({ kind: assembly.kind, rows, outputs, missing: gaps }, undefined, 1);
  // a row stays on one line
  return new TextEncoder().encode(`${text.replace(/\[\s+([-\d.,e+\s]*?)\s+\]/g, tight)}\n`);
}

function tight(_: string, numbers: string): string {
  return `[${numbers.replace(/\s+/g, " ")}]`;
}

/** Arrays within arrays, as deep as there are axes. */
function nest(of: Tensor, axis: number, at: number): unknown {
  if (axis === of.shape.length) return Number(of.data[at]);
  const each = sizeOf(of.shape.slice(axis + 1));
  return Array.from({ length: of.shape[axis] ?? 0 }, (_, i) => nest(of, axis + 1, at + i * each));
}

function npyBytes({ tensors, gaps }: Collected): Uint8Array {
  const names = Object.keys(tensors);
  const [name] = names;
  const only = name === undefined ? undefined : tensors[name];
  if (only === undefined) {
    throw new PlanError(`there is no result yet: ${gaps[0]?.why ?? NOT_YET}`, "format");
  }
  if (names.length > 1) {
    throw new PlanError(
      `a .npy file holds one output and the job has ${names.join(", ")}; ask for json or bin, or ` +
        "name one under outputs in the job file",
      "format",
      ["json", "bin"],
    );
  }
  if (
    gaps.length > 0 &&
    !(only.data instanceof Float32Array || only.data instanceof Float64Array)
  ) {
    throw new PlanError(
      "rows are missing and whole numbers cannot say so in a .npy file; ask for json or bin",
      "format",
      ["json", "bin"],
    );
  }
  return writeNpy(only);
}

/** Where rows are missing, as from and count, in a tensor of their own. */
function withGaps({ tensors, gaps }: Collected): Tensors {
  if (gaps.length === 0) return tensors;
  const places = gaps.flatMap(({ from, rows }) => [from, rows]);
  return { ...tensors, missing: tensor("int64", [gaps.length, 2], places) };
}
