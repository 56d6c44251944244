/**
 * When two results are the same. `bitwise`: equal digests. For classes of work that are not
 * reproducible to the last bit a digest is the list of numbers that the task declares as its
 * measure, with commas between: `tolerance` compares each number, `statistical` the whole list.
 */
import { Schema } from "effect";

export const ResultClass = Schema.Literal("bitwise", "tolerance", "statistical");
export type ResultClass = typeof ResultClass.Type;

/**
 * Relative error bound of a sum of `n` terms in arithmetic with unit round-off `u`:
 * gamma_n = n u / (1 - n u) (N. J. Higham, Accuracy and Stability of Numerical Algorithms, ch. 3).
 * Single precision has u = 2^-24, double 2^-53.
 */
export function gamma(n: number, u: number): number {
  return (n * u) / (1 - n * u);
}

/** True when results of a class agree; `rtol` is the relative bound of the two looser classes. */
export function agree(a: string, b: string, of: ResultClass, rtol: number): boolean {
  if (a === b) return true;
  if (of === "bitwise") return false;
  const left = numbersOf(a);
  const right = numbersOf(b);
  if (left === undefined || right === undefined || left.length !== right.length) return false;
  if (of === "tolerance") {
    return left.every((x, i) => isClose(x, right[i] ?? Number.NaN, rtol));
  }
  const apart = squared(left.map((x, i) => x - (right[i] ?? Number.NaN)));
  const size = Math.max(squared(left), squared(right));
  return apart <= rtol * rtol * size;
}

function isClose(x: number, y: number, rtol: number): boolean {
  return Math.abs(x - y) <= rtol * Math.max(Math.abs(x), Math.abs(y));
}

function squared(numbers: ReadonlyArray<number>): number {
  return numbers.reduce((sum, x) => sum + x * x, 0);
}

function numbersOf(digest: string): ReadonlyArray<number> | undefined {
  const numbers = digest.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  return numbers.every((x) => Number.isFinite(x)) ? numbers : undefined;
}
