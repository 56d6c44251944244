/**
 * Weighted choice in constant time: the alias method (A. J. Walker, 1977), built in linear time
 * as in M. D. Vose, IEEE Trans. Software Eng. 17 (1991). 12 bytes an entry.
 */
import type { Stream } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";

/** Chooses index i with probability weights[i] / sum of the weights. */
export class AliasTable {
  private readonly keep: Float64Array;
  private readonly other: Uint32Array;

  /** Weights are finite, none is negative, at least one is positive. */
  constructor(weights: ArrayLike<number>) {
    const count = weights.length;
    let total = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[i] ?? 0;
      invariant(weight >= 0 && weight < Infinity, "weights are finite and not negative");
      total += weight;
    }
    invariant(total > 0, "at least one weight is positive");
    this.keep = new Float64Array(count);
    this.other = new Uint32Array(count);
    for (let i = 0; i < count; i++) this.keep[i] = ((weights[i] ?? 0) * count) / total;
    this.pair(count);
  }

  /** Index of the drawn entry. Two draws. */
  draw(stream: Stream): number {
    const index = stream.int(this.keep.length);
    return stream.unit() < (this.keep[index] ?? 1) ? index : (this.other[index] ?? index);
  }

  /** Fills each light entry's place with a heavy one. What rounding leaves over keeps itself. */
  private pair(count: number): void {
    const { keep, other } = this;
    const stack = new Uint32Array(count);
    let light = 0;
    let heavy = count;
    for (let i = 0; i < count; i++) {
      if ((keep[i] ?? 0) < 1) stack[light++] = i;
      else stack[--heavy] = i;
    }
    while (light > 0 && heavy < count) {
      const small = stack[--light] ?? 0;
      const large = stack[heavy] ?? 0;
      other[small] = large;
      const rest = (keep[large] ?? 0) - (1 - (keep[small] ?? 0));
      keep[large] = rest;
      if (rest >= 1) continue;
      heavy += 1;
      stack[light++] = large;
    }
    while (light > 0) keep[stack[--light] ?? 0] = 1;
    while (heavy < count) keep[stack[heavy++] ?? 0] = 1;
  }
}
