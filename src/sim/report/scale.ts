/** Round tick marks for axes that are drawn on the server's side. */
import { ln } from "../numbers/portable.ts";

const LN10 = ln(10);

export function log10(x: number): number {
  return ln(x) / LN10;
}

/** The nearest power of ten at or below x. */
function magnitude(x: number): number {
  const guess = Math.floor(log10(x) + 1e-9);
  return Number(`1e${guess}`);
}

/** Multiples of 1, 2 or 5 times a power of ten from 0 to at least `max`; about `wanted` of them. */
export function roundTicks(max: number, wanted: number): ReadonlyArray<number> {
  if (!(max > 0) || !Number.isFinite(max)) return [0, 1];
  const rough = max / wanted;
  const base = magnitude(rough);
  const step = [1, 2, 5, 10].map((m) => m * base).find((each) => each >= rough * 0.999) ?? base;
  const count = Math.ceil(max / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Powers of ten from `min` to `max`, thinned to eight at most. */
export function decadeTicks(min: number, max: number): ReadonlyArray<number> {
  const first = Math.ceil(log10(min) - 1e-9);
  const last = Math.floor(log10(max) + 1e-9);
  const stride = Math.max(1, Math.ceil((last - first + 1) / 8));
  const ticks: number[] = [];
  for (let exponent = first; exponent <= last; exponent += stride) {
    ticks.push(Number(`1e${exponent}`));
  }
  return ticks;
}

/** Ticks for an axis whose positions are the square roots of its values: even steps of the root. */
export function rootTicks(max: number): ReadonlyArray<number> {
  const linear = roundTicks(max, 4);
  const step = linear[1] ?? 1;
  return [0, step / 10, step / 2, ...linear.slice(1)].filter((tick) => tick <= max * 1.0001);
}
