/** Reads and writes .npy files (NumPy's format, version 1.0; it reads 2.0 as well). */
import {
  bytesOfTensor,
  bytesPerElement,
  type DType,
  type Shape,
  sizeOf,
  type Tensor,
  tensorOfBytes,
} from "../../adapters/onnx/tensor.ts";

/** A file that is none, in a sentence without the file's name. */
export class NpyError extends Error {
  override readonly name = "NpyError";
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** How NumPy calls the types. */
const names: Readonly<Record<DType, string>> = {
  float32: "<f4",
  float64: "<f8",
  int32: "<i4",
  int64: "<i8",
  int8: "|i1",
  uint8: "|u1",
  bool: "|b1",
};

function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Throws {@link NpyError}. */
export function readNpy(bytes: Uint8Array): Tensor {
  if (!isNpy(bytes) || bytes.length < 12) throw new NpyError("it is no .npy file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFirst = bytes[6] === 1;
  const from = isFirst ? 10 : 12;
  const to = from + (isFirst ? view.getUint16(8, true) : view.getUint32(8, true));
  if (to > bytes.length) throw new NpyError("its header is cut off");
  const header = new TextDecoder("latin1").decode(bytes.subarray(from, to));
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const dims = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || dims === undefined) {
    throw new NpyError("its header cannot be read");
  }
  const dtype = (Object.keys(names) as DType[]).find((each) => names[each] === descr);
  if (dtype === undefined) {
    throw new NpyError(
      `its numbers are ${descr}; save them as one of ${Object.values(names).join(", ")}`,
    );
  }
  const shape = dims.split(",").flatMap((dim) => (dim.trim() === "" ? [] : [Number(dim)]));
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
    throw new NpyError("its shape cannot be read");
  }
  if (order === "True" && shape.length > 1) {
    throw new NpyError("its columns come first; save it with numpy.ascontiguousarray");
  }
  const size = sizeOf(shape) * bytesPerElement(dtype);
  if (bytes.length - to < size) throw new NpyError(`it is cut off: [${dims}] needs ${size} bytes`);
  return tensorOfBytes(dtype, shape, bytes.subarray(to, to + size));
}

export function writeNpy(of: Tensor): Uint8Array {
  const shape = shapeText(of.shape);
  const text = `{'descr': '${names[of.dtype]}', 'fortran_order': False, 'shape': ${shape}, }`;
  // the numbers begin at a multiple of 64, and the header ends with a line break
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new TextEncoder().encode(`${text.padEnd(length - 1)}\n`);
  const data = bytesOfTensor(of);
  const bytes = new Uint8Array(10 + length + data.length);
  bytes.set(MAGIC);
  bytes.set([1, 0, length & 255, length >> 8], 6);
  bytes.set(header, 10);
  bytes.set(data, 10 + length);
  return bytes;
}

/** A tuple as Python writes it. */
function shapeText(shape: Shape): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}
