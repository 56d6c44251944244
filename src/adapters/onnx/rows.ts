/** Rows of tensors: the first axis counts them. */
import { emptyData, type Shape, sizeOf, type Tensor } from "./tensor.ts";

export function rowCount({ shape }: Tensor): number {
  return shape[0] ?? 0;
}

/** The rows `from` to before `from + count`, without a copy. */
export function rowsOf({ dtype, shape, data }: Tensor, from: number, count: number): Tensor {
  const each = sizeOf(shape.slice(1));
  const part = data.subarray(from * each, (from + count) * each);
  return { dtype, shape: [count, ...shape.slice(1)], data: part };
}

/** The rows with these numbers, in this order. */
export function pickRows({ dtype, shape, data }: Tensor, rows: ReadonlyArray<number>): Tensor {
  const each = sizeOf(shape.slice(1));
  const picked = emptyData(dtype, rows.length * each);
  for (const [i, row] of rows.entries()) {
    picked.set(data.subarray(row * each, (row + 1) * each) as never, i * each);
  }
  return { dtype, shape: [rows.length, ...shape.slice(1)], data: picked };
}

/** `count` rows, those that are not there as zeros. */
export function filledRows(of: Tensor, count: number): Tensor {
  const shape: Shape = [count, ...of.shape.slice(1)];
  const data = emptyData(of.dtype, sizeOf(shape));
  data.set(of.data as never);
  return { dtype: of.dtype, shape, data };
}

/** One behind the other; all have the type and the other axes of the first. */
export function joinRows(parts: ReadonlyArray<Tensor>): Tensor {
  const [first] = parts;
  if (first === undefined) throw new RangeError("there are no rows to join");
  const rows = parts.reduce((sum, part) => sum + rowCount(part), 0);
  const data = emptyData(
    first.dtype,
    parts.reduce((sum, part) => sum + part.data.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    data.set(part.data as never, at);
    at += part.data.length;
  }
  return { dtype: first.dtype, shape: [rows, ...first.shape.slice(1)], data };
}
