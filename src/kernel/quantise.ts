/**
 * Updates as they travel: int8 in blocks of 256 numbers with one fp32 scale each, so a worker sends
 * P + 4 ceil(P / 256) bytes for P parameters. What rounding took is kept by the worker and added to
 * its next update (error feedback: Karimireddy, Rebjock, Stich and Jaggi, Error Feedback Fixes
 * SignSGD, 2019, algorithm 2), so nothing is lost for good.
 *
 * Its text form is hexadecimal: two digits a number, eight a scale. A float never becomes decimal.
 */
import type { Vector } from "./policies/aggregation.ts";

export const BLOCK = 256;
const MOST = 127;

export interface Quantised {
  readonly numbers: Int8Array;
  /** One a block; fp32. */
  readonly scales: Float32Array;
}

/** Each number is off by at most half of its block's scale, that is 1/254 of its largest. */
export function quantise(vector: Vector): Quantised {
  const scales = new Float32Array(Math.ceil(vector.length / BLOCK));
  const numbers = new Int8Array(vector.length);
  for (let block = 0; block < scales.length; block++) {
    const from = block * BLOCK;
    const to = Math.min(vector.length, from + BLOCK);
    let largest = 0;
    for (let k = from; k < to; k++) largest = Math.max(largest, Math.abs(vector[k] as number));
    scales[block] = largest / MOST;
    const scale = scales[block] as number;
    if (scale === 0) continue;
    for (let k = from; k < to; k++) {
      const rounded = Math.round((vector[k] as number) / scale);
      numbers[k] = Math.max(-MOST, Math.min(MOST, rounded));
    }
  }
  return { numbers, scales };
}

export function restore({ numbers, scales }: Quantised): Vector {
  // adding zero makes -0 a 0, which JSON would not tell apart
  return Float64Array.from(
    numbers,
    (number, k) => number * (scales[Math.floor(k / BLOCK)] as number) + 0,
  );
}

/** What a worker sends for `update`, and what it keeps for the next time. */
export function withFeedback(
  update: Vector,
  residual: Vector,
): { readonly sent: Quantised; readonly residual: Vector } {
  const wanted = update.map((x, k) => x + (residual[k] as number));
  const sent = quantise(wanted);
  const arrives = restore(sent);
  return { sent, residual: wanted.map((x, k) => x - (arrives[k] as number)) };
}

/** Bytes of an update on the line, without the envelope. */
export function bytesOf(parameters: number): number {
  return parameters + 4 * Math.ceil(parameters / BLOCK);
}

const hex = (word: number, digits: number) => word.toString(16).padStart(digits, "0");

/** Hexadecimal text: scales first, then numbers. */
export function writeQuantised({ numbers, scales }: Quantised): string {
  const words = new Uint32Array(scales.buffer, scales.byteOffset, scales.length);
  const parts: string[] = [];
  for (const word of words) parts.push(hex(word, 8));
  for (const number of numbers) parts.push(hex(number & 255, 2));
  return parts.join("");
}

/** Reads what {@link writeQuantised} wrote for `parameters` numbers; undefined for all else. */
export function readQuantised(text: string, parameters: number): Quantised | undefined {
  const blocks = Math.ceil(parameters / BLOCK);
  if (text.length !== 8 * blocks + 2 * parameters || !/^[0-9a-f]*$/.test(text)) return undefined;
  const scales = new Float32Array(blocks);
  const words = new Uint32Array(scales.buffer);
  for (let b = 0; b < blocks; b++) words[b] = Number.parseInt(text.slice(8 * b, 8 * b + 8), 16);
  if (!scales.every((scale) => scale >= 0 && scale < Number.POSITIVE_INFINITY)) return undefined;
  const numbers = new Int8Array(parameters);
  for (let k = 0; k < parameters; k++) {
    numbers[k] = Number.parseInt(text.slice(8 * blocks + 2 * k, 8 * blocks + 2 * k + 2), 16);
  }
  return { numbers, scales };
}
