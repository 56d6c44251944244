/**
 * Results as machines can agree on them. The last bits of a float depend on the processor's kind:
 * onnxruntime picks kernels by what the processor can do, and they add in different orders. A task
 * therefore names a class:
 *
 * - "labels": the place of the largest number along the last axis, for classifiers. Differs only
 *   where two answers are as good as equal.
 * - "coarse", "fine": rounded to a multiple of 2^-7 or 2^-13, numbers of 1 and more to 8 or 14
 *   leading bits. No rounding makes all of them agree: a number that lies within an error e of the
 *   middle between two multiples of q may fall either way, which happens to a share of about 2e/q
 *   of all numbers (with e near 2^-22 and 10,000 numbers: "coarse" once in two results, "labels"
 *   once in thousands). Such a result counts as one that disagrees, and is computed again.
 * - "bitwise": nothing is rounded. For whole numbers, and where all machines are of one kind.
 *
 * A number that is not finite is no result: the whole task is refused by name.
 */
import { sizeOf, type Tensor } from "./tensor.ts";

export const toleranceClasses = ["bitwise", "fine", "coarse", "labels"] as const;
export type Tolerance = (typeof toleranceClasses)[number];

/** Where a number that is not finite stands. */
export class NotFinite extends Error {
  override readonly name = "NotFinite";
  readonly row: number;
  constructor(row: number) {
    super(`not finite in row ${row}`);
    this.row = row;
  }
}

/** Bits behind the point below 1, and bits behind the leading one from there on. */
const bitsOf = { fine: 13, coarse: 7 } as const;

/** Throws {@link NotFinite}. Whole numbers stay as they are. */
export function canonical(of: Tensor, tolerance: Tolerance): Tensor {
  const { data, dtype, shape } = of;
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return of;
  const broken = data.findIndex((x) => !Number.isFinite(x));
  if (broken >= 0) throw new NotFinite(Math.floor(broken / sizeOf(shape.slice(1))));
  if (tolerance === "labels") return shape.length === 0 ? of : labelsOf(of);
  // adding zero makes -0 a 0: they are equal, but their bits are not
  if (tolerance === "bitwise") return { dtype, shape, data: data.map((x) => x + 0) };
  const bits = bitsOf[tolerance];
  return { dtype, shape, data: data.map((x) => rounded(x, bits)) };
}

/** Rounds to a multiple of 2^-bits, and numbers of 1 and more to `bits` behind the leading one. */
function rounded(x: number, bits: number): number {
  const size = Math.abs(x);
  // exact: a power of two scales without rounding
  const grid = size < 1 ? 2 ** -bits : 2 ** (exponentOf(size) - bits);
  return Math.round(x / grid) * grid + 0;
}

const word = new DataView(new ArrayBuffer(8));

function exponentOf(x: number): number {
  word.setFloat64(0, x);
  return ((word.getUint16(0) >> 4) & 0x7ff) - 1_023;
}

/** The first of the largest along the last axis. */
function labelsOf({ shape, data }: Tensor): Tensor {
  const width = shape.at(-1) ?? 1;
  const rows = sizeOf(shape.slice(0, -1));
  const labels = new BigInt64Array(rows);
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let k = 1; k < width; k++) {
      const [here, there] = [data[row * width + k], data[row * width + best]];
      if ((here as number) > (there as number)) best = k;
    }
    labels[row] = BigInt(best);
  }
  return { dtype: "int64", shape: shape.slice(0, -1), data: labels };
}
