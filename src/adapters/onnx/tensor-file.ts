/**
 * Named tensors as bytes, in one form only: the same tensors give the same bytes, so a blob's id
 * names what is in it and honest machines come to the same id. Inputs, results and parameters have
 * this form.
 *
 *   "PINGOTF1", length of the header (uint32), header as JSON, zeros to a multiple of eight, then
 *   each tensor's little-endian numbers, each filled with zeros to a multiple of eight
 */
import {
  bytesOfTensor,
  bytesPerElement,
  type DType,
  dtypes,
  type Shape,
  sizeOf,
  type Tensor,
  tensorOfBytes,
} from "./tensor.ts";

export type Tensors = Readonly<Record<string, Tensor>>;

/** Bytes that are no tensors, in a sentence. */
export class TensorFileError extends Error {
  override readonly name = "TensorFileError";
}

const MAGIC = new TextEncoder().encode("PINGOTF1");
const HEADER_AT = MAGIC.length + 4;
const MOST_TENSORS = 1_024;
const MOST_AXES = 16;

interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export function writeTensors(tensors: Tensors): Uint8Array {
  const names = Object.keys(tensors).sort();
  const all = names.map((name) => [name, tensors[name] as Tensor] as const);
  const entries = all.map(([name, { dtype, shape }]): Entry => ({ name, dtype, shape }));
  const header = new TextEncoder().encode(JSON.stringify(entries));
  let length = filled(HEADER_AT + header.length);
  for (const [, each] of all) length += filled(each.data.byteLength);
  const bytes = new Uint8Array(length);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(MAGIC.length, header.length, true);
  bytes.set(header, HEADER_AT);
  let at = filled(HEADER_AT + header.length);
  for (const [, each] of all) {
    bytes.set(bytesOfTensor(each), at);
    at += filled(each.data.byteLength);
  }
  return bytes;
}

export function isTensorFile(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Throws {@link TensorFileError}; nothing in `bytes` is believed before it was compared. */
export function readTensors(bytes: Uint8Array): Tensors {
  if (!isTensorFile(bytes) || bytes.length < HEADER_AT) {
    throw new TensorFileError("these are no tensors: the file does not begin with PINGOTF1");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(MAGIC.length, true);
  if (HEADER_AT + length > bytes.length)
    throw new TensorFileError("the tensors' header is cut off");
  const entries = headerOf(bytes.subarray(HEADER_AT, HEADER_AT + length));
  const tensors: Record<string, Tensor> = {};
  let at = filled(HEADER_AT + length);
  for (const { name, dtype, shape } of entries) {
    const size = sizeOf(shape) * bytesPerElement(dtype);
    if (size > bytes.length - at) throw new TensorFileError(`tensor ${name} is cut off`);
    tensors[name] = tensorOfBytes(dtype, shape, bytes.subarray(at, at + size));
    at += filled(size);
  }
  return tensors;
}

function headerOf(bytes: Uint8Array): ReadonlyArray<Entry> {
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    raw = undefined;
  }
  if (!Array.isArray(raw) || raw.length > MOST_TENSORS || !raw.every(isEntry)) {
    throw new TensorFileError("the tensors' header cannot be read");
  }
  return raw;
}

function isEntry(raw: unknown): raw is Entry {
  if (typeof raw !== "object" || raw === null) return false;
  const { name, dtype, shape } = raw as Record<string, unknown>;
  return (
    typeof name === "string" &&
    name !== "__proto__" &&
    dtypes.includes(dtype as DType) &&
    Array.isArray(shape) &&
    shape.length <= MOST_AXES &&
    shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) &&
    Number.isSafeInteger(sizeOf(shape) * 8)
  );
}

function filled(length: number): number {
  return Math.ceil(length / 8) * 8;
}
