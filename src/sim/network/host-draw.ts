/**
 * One log-normal number per host. Draw h of a stream belongs to host h, whatever was drawn for
 * others, so adding a host changes nothing about those before it.
 */
import type { Stream } from "../../kernel/entropy.ts";
import { logNormal } from "../numbers/distributions.ts";
import { ln } from "../numbers/portable.ts";

/** A positive quantity whose natural logarithm is normal with deviation `sigma`. */
export interface Spread {
  readonly median: number;
  readonly sigma: number;
}

/** `count` numbers with the given median and spread. */
export function drawPerHost(stream: Stream, count: number, spread: Spread): Float64Array {
  const { median, sigma } = spread;
  const drawn = new Float64Array(count).fill(median);
  if (sigma === 0 || median === 0) return drawn;
  const mu = ln(median);
  for (let host = 0; host < count; host++) drawn[host] = logNormal(stream, mu, sigma);
  return drawn;
}
