/** Files of numbers as tensors: .npy, .json, .csv, .txt and raw bytes. */
import { extname } from "node:path";
import {
  bytesPerElement,
  type DType,
  isFloat,
  type Shape,
  sizeOf,
  type Tensor,
  tensor,
  tensorOfBytes,
} from "../../adapters/onnx/tensor.ts";
import { PlanError } from "../gateway/planner.ts";
import type { Source } from "./job-schema.ts";
import { NpyError, readNpy } from "./npy.ts";

/** What the model wants of an input. */
export interface Wanted {
  readonly dtype: DType;
  /** Axes of a row; undefined where the model leaves one open and the job does not say it. */
  readonly row: Shape | undefined;
}

/** Throws {@link PlanError}, which names the file and says what would do. */
export function readInput(
  source: Source,
  field: string,
  of: { readonly bytes: Uint8Array; readonly wanted: Wanted },
): Tensor {
  const { file, dtype, shape, columns } = described(source);
  const complain = (what: string): never => {
    throw new PlanError(`${field}: ${file}: ${what}`, field);
  };
  const { bytes, wanted } = of;
  switch (extname(file).toLowerCase()) {
    case ".npy":
      return converted(npyOr(bytes, complain), wanted, complain);
    case ".json":
      return converted(jsonTensor(bytes, complain), wanted, complain);
    case ".csv":
      return converted(csvTensor(bytes, columns, complain), wanted, complain);
    case ".txt":
      return linesOf(bytes, wanted, complain);
    default:
      return rawTensor(bytes, { dtype, shape }, complain);
  }
}

/** A bare name is a file that says itself what it is. */
export function described(source: Source): Exclude<Source, string> {
  return typeof source === "string" ? { file: source } : source;
}

type Complain = (what: string) => never;

function npyOr(bytes: Uint8Array, complain: Complain): Tensor {
  try {
    return readNpy(bytes);
  } catch (error) {
    if (error instanceof NpyError) return complain(error.message);
    throw error;
  }
}

function rawTensor(
  bytes: Uint8Array,
  { dtype, shape }: { readonly dtype?: DType | undefined; readonly shape?: Shape | undefined },
  complain: Complain,
): Tensor {
  if (dtype === undefined || shape === undefined) {
    return complain(
      "raw bytes need a word about what they are: { file, dtype: float32, shape: [-1, 4] }; " +
        "or give a .npy, .json, .csv or .txt file",
    );
  }
  const each = bytesPerElement(dtype) * sizeOf(shape.slice(1));
  const rows = shape[0] === -1 ? bytes.length / each : (shape[0] ?? 1);
  if (!Number.isInteger(rows) || bytes.length !== rows * each) {
    return complain(`it has ${bytes.length} bytes, which are no rows of ${each} bytes`);
  }
  return tensorOfBytes(dtype, [rows, ...shape.slice(1)], bytes);
}

function jsonTensor(bytes: Uint8Array, complain: Complain): Tensor {
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return complain("it is no JSON");
  }
  const shape: number[] = [];
  for (let at: unknown = raw; Array.isArray(at); at = at[0]) shape.push(at.length);
  const values: number[] = [];
  const walk = (at: unknown, depth: number): void => {
    if (!Array.isArray(at)) {
      if (typeof at !== "number" || depth !== shape.length) complain("it is no table of numbers");
      values.push(at);
      return;
    }
    if (at.length !== shape[depth]) complain("its rows are not all of one length");
    for (const each of at) walk(each, depth + 1);
  };
  walk(raw, 0);
  if (shape.length === 0) return complain("it is no list of rows");
  return tensor("float64", shape, values);
}

function csvTensor(
  bytes: Uint8Array,
  columns: ReadonlyArray<string> | undefined,
  complain: Complain,
): Tensor {
  const lines = textOf(bytes)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const cells = lines.map((line) =>
    line.split(",").map((cell) => cell.trim().replace(/^"|"$/g, "")),
  );
  const [first = []] = cells;
  const hasTitles = first.some((cell) => cell === "" || Number.isNaN(Number(cell)));
  if (columns !== undefined && !hasTitles) return complain("it has no titles to choose columns by");
  const picked = (columns ?? first.map((_, i) => i)).map((column) => {
    const at = typeof column === "number" ? column : first.indexOf(column);
    return at >= 0 ? at : complain(`it has no column ${column}; it has ${first.join(", ")}`);
  });
  const values: number[] = [];
  const rows = hasTitles ? cells.slice(1) : cells;
  for (const [row, all] of rows.entries()) {
    if (all.length !== first.length) {
      complain(`row ${row + 1} has ${all.length} columns, the first has ${first.length}`);
    }
    for (const at of picked) {
      const value = Number(all[at]);
      if (all[at] === "" || Number.isNaN(value)) {
        complain(`row ${row + 1}, column ${at + 1} is no number: "${all[at]}"`);
      }
      values.push(value);
    }
  }
  if (rows.length === 0) return complain("it has no rows");
  const only = picked.length === 1;
  return tensor("float64", only ? [rows.length] : [rows.length, picked.length], values);
}

/** A line is a row of the numbers of its bytes, filled up with zeros or cut. */
function linesOf(bytes: Uint8Array, { dtype, row }: Wanted, complain: Complain): Tensor {
  const width = row?.[0];
  if (row?.length !== 1 || width === undefined || isFloat(dtype)) {
    return complain(
      "a text file fits an input of whole numbers [rows, characters] only; where the model " +
        "leaves the characters open, say under dims how many there are",
    );
  }
  const lines = textOf(bytes)
    .split("\n")
    .filter((line) => line !== "");
  if (lines.length === 0) return complain("it has no lines");
  const encoder = new TextEncoder();
  const values = new Float64Array(lines.length * width);
  for (const [i, line] of lines.entries()) {
    values.set(encoder.encode(line).subarray(0, width), i * width);
  }
  return tensor(dtype, [lines.length, width], values);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder()
    .decode(bytes)
    .replace(/^\uFEFF/, "")
    .replace(/\r\n/g, "\n");
}

/** The same numbers in the model's type; whole numbers have to be whole and fit. */
function converted(of: Tensor, { dtype, row }: Wanted, complain: Complain): Tensor {
  const shape = shaped(of.shape, row);
  if (of.dtype === dtype) return { ...of, shape };
  const values = Float64Array.from(of.data as ArrayLike<number>, Number);
  if (dtype !== "float32" && dtype !== "float64") {
    const [low, high] = boundsOf[dtype];
    const odd = values.findIndex((x) => !Number.isInteger(x) || x < low || x > high);
    if (odd >= 0) complain(`${values[odd]} is no ${dtype}, which the model takes`);
  }
  return tensor(dtype, shape, values);
}

const boundsOf: Readonly<Record<Exclude<DType, "float32" | "float64">, readonly [number, number]>> =
  {
    int8: [-128, 127],
    uint8: [0, 255],
    bool: [0, 1],
    int32: [-(2 ** 31), 2 ** 31 - 1],
    int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  };

/** Rows of as many numbers as the model's take its axes: a table of pixels is pictures. */
function shaped(shape: Shape, row: Shape | undefined): Shape {
  const [rows = 1, ...axes] = shape;
  if (row === undefined) return shape;
  return sizeOf(axes) === sizeOf(row) ? [rows, ...row] : shape;
}
