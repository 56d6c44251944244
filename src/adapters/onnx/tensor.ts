/** Arrays of numbers with a type and a shape: what models take, hold and give. */

export type DType = "float32" | "float64" | "int32" | "int64" | "int8" | "uint8" | "bool";
export type Shape = ReadonlyArray<number>;
export type TensorData =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Int8Array
  | Uint8Array;

export interface Tensor {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Row major; truth values are bytes 0 and 1. */
  readonly data: TensorData;
}

interface Kind {
  /** Number of the type in ONNX files. */
  readonly code: number;
  readonly bytes: number;
  readonly make: (of: number | ArrayBuffer) => TensorData;
}

/** `of` is a length or the bytes themselves. */
const kinds: Readonly<Record<DType, Kind>> = {
  float32: { code: 1, bytes: 4, make: (of) => new Float32Array(of as number) },
  uint8: { code: 2, bytes: 1, make: (of) => new Uint8Array(of as number) },
  int8: { code: 3, bytes: 1, make: (of) => new Int8Array(of as number) },
  int32: { code: 6, bytes: 4, make: (of) => new Int32Array(of as number) },
  int64: { code: 7, bytes: 8, make: (of) => new BigInt64Array(of as number) },
  bool: { code: 9, bytes: 1, make: (of) => new Uint8Array(of as number) },
  float64: { code: 11, bytes: 8, make: (of) => new Float64Array(of as number) },
};

export const dtypes = Object.keys(kinds) as ReadonlyArray<DType>;

export function codeOf(dtype: DType): number {
  return kinds[dtype].code;
}

export function dtypeOfCode(code: number): DType | undefined {
  return dtypes.find((dtype) => kinds[dtype].code === code);
}

export function bytesPerElement(dtype: DType): number {
  return kinds[dtype].bytes;
}

export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** Elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

export function emptyData(dtype: DType, length: number): TensorData {
  return kinds[dtype].make(length);
}

export function bytesOfTensor({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The tensor that little-endian `bytes` hold; the caller has compared their length. */
export function tensorOfBytes(dtype: DType, shape: Shape, bytes: Uint8Array): Tensor {
  // a copy, because a typed array must begin at a multiple of its element's size; not by `slice`,
  // which gives a view where the bytes are a Buffer
  return { dtype, shape, data: kinds[dtype].make(new Uint8Array(bytes).buffer) };
}

/** A tensor of plain numbers. */
export function tensor(dtype: DType, shape: Shape, values: ArrayLike<number>): Tensor {
  const data = emptyData(dtype, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (data instanceof BigInt64Array) data[i] = BigInt(value);
    else data[i] = value;
  }
  return { dtype, shape, data };
}

/** "float32 [2, 3]". */
export function typeText(dtype: string, shape: ReadonlyArray<number | string>): string {
  return `${dtype} [${shape.join(", ")}]`;
}
