/**
 * Reads a measured matrix of round-trip times: one row a line, milliseconds separated by tabs, row
 * i column j the time between places i and j. The caller reads the file and passes its text.
 */
import { Either } from "effect";

/** Round-trip times between `size` places. */
export interface RttMatrix {
  readonly file: string;
  readonly size: number;
  /** Microseconds, row by row; symmetric, zero on the diagonal only. */
  readonly rttUs: Int32Array;
  /** Pairs that had no measurement in either direction and got the shortest detour over a third. */
  readonly repaired: number;
}

/** The text is no matrix; the message names the file, the line and what was expected. */
export class MalformedMatrix extends Error {
  override readonly name = "MalformedMatrix";
}

/** Most places: 4096 make 64 MiB of times. */
export const MATRIX_SIZE_MAX = 4096;
/** Longest believable round trip; two minutes is also the life of a packet (RFC 791). */
const RTT_MS_MAX = 120_000;

const unmeasured = new Set(["", "nan", "-", "null"]);

/**
 * Parses `text`. A cell that is zero, empty, "NaN" or "-" counts as not measured: it is taken from
 * the other direction, else repaired by the shortest way over a third place. Two measured
 * directions are averaged. A negative, endless or non-numeric cell and a ragged table are errors.
 */
export function parseRttMatrix(
  text: string,
  file: string,
): Either.Either<RttMatrix, MalformedMatrix> {
  const lines = text.split("\n");
  while (lines.length > 0 && (lines[lines.length - 1] ?? "").trim() === "") lines.pop();
  if (lines.length === 0) {
    return failed(`${file}: the file is empty, expected a square matrix of milliseconds`);
  }
  const size = (lines[0] ?? "").split("\t").length;
  if (size > MATRIX_SIZE_MAX) {
    return failed(`${file}:1: expected at most ${MATRIX_SIZE_MAX} columns, found ${size}`);
  }
  if (lines.length !== size) {
    const line = Math.min(lines.length, size + 1);
    return failed(`${file}:${line}: expected ${size} rows, found ${lines.length}`);
  }
  const measured = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const complaint = readRow(lines[row] ?? "", size, measured, row * size);
    if (complaint !== undefined) return failed(`${file}:${row + 1}: ${complaint}`);
  }
  return complete(measured, size, file);
}

function failed(sentence: string): Either.Either<never, MalformedMatrix> {
  return Either.left(new MalformedMatrix(sentence));
}

/** Fills one row from `at`, 0 for what was not measured; returns what is wrong, if anything. */
function readRow(
  line: string,
  size: number,
  measured: Float64Array,
  at: number,
): string | undefined {
  const cells = line.split("\t");
  if (cells.length !== size) return `expected ${size} columns, found ${cells.length}`;
  for (let column = 0; column < size; column++) {
    const cell = (cells[column] ?? "").trim();
    if (unmeasured.has(cell.toLowerCase())) continue;
    const ms = Number(cell);
    if (!Number.isFinite(ms)) {
      return `expected milliseconds in column ${column + 1}, found "${cell.slice(0, 40)}"`;
    }
    if (ms < 0 || ms > RTT_MS_MAX) {
      return `expected 0 to ${RTT_MS_MAX} ms in column ${column + 1}, found ${cell.slice(0, 40)}`;
    }
    measured[at + column] = ms;
  }
  return undefined;
}

function complete(
  measured: Float64Array,
  size: number,
  file: string,
): Either.Either<RttMatrix, MalformedMatrix> {
  const rttUs = new Int32Array(size * size);
  const missing: Array<readonly [number, number]> = [];
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      const there = measured[i * size + j] ?? 0;
      const back = measured[j * size + i] ?? 0;
      const ms = there > 0 && back > 0 ? (there + back) / 2 : Math.max(there, back);
      if (ms === 0) missing.push([i, j]);
      const us = Math.round(ms * 1000);
      rttUs[i * size + j] = ms === 0 ? 0 : Math.max(1, us);
    }
  }
  mirror(rttUs, size);
  // All detours are found before any is written, so that a repair never rests on a repair.
  const detours = missing.map(([i, j]) => shortestDetour(rttUs, size, i, j));
  for (let n = 0; n < missing.length; n++) {
    const [i, j] = missing[n] ?? [0, 0];
    const us = detours[n] ?? 0;
    if (us === 0) {
      return failed(`${file}:${i + 1}: no measurement links rows ${i + 1} and ${j + 1}`);
    }
    rttUs[i * size + j] = us;
  }
  mirror(rttUs, size);
  return Either.right({ file, size, rttUs, repaired: missing.length });
}

/** Copies the half above the diagonal to the half below. */
function mirror(rttUs: Int32Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) rttUs[j * size + i] = rttUs[i * size + j] ?? 0;
  }
}

/** The least sum of two measured legs between i and j; 0 when there is none. */
function shortestDetour(rttUs: Int32Array, size: number, i: number, j: number): number {
  let best = 0;
  for (let k = 0; k < size; k++) {
    const first = rttUs[i * size + k] ?? 0;
    const second = rttUs[k * size + j] ?? 0;
    const sum = first + second;
    if (first > 0 && second > 0 && (best === 0 || sum < best)) best = sum;
  }
  return best;
}
