/**
 * A histogram with bins of about 1.6 % width over the whole range of doubles: the bin of a value is
 * the exponent and the six leading mantissa bits of its double, so binning is exact and the same
 * in every engine. The mean is kept exactly, quantiles to half a bin.
 */
const word = new Float64Array(1);
const halves = new Uint32Array(word.buffer);
/** Bin of 1: the smallest value that gets a bin of its own. */
const FIRST = binOf(1);

function binOf(value: number): number {
  word[0] = value;
  return (halves[1] as number) >>> 14;
}

/** Lower end of a bin. */
function lowEnd(bin: number): number {
  halves[0] = 0;
  halves[1] = bin << 14;
  return word[0] as number;
}

export class LogHistogram {
  count = 0;
  private sum = 0;
  private max = 0;
  /** Values below 1, then one entry per bin from 1 on. */
  private below = 0;
  private readonly bins: number[] = [];

  /** `value` ≥ 0. */
  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value > this.max) this.max = value;
    if (value < 1) {
      this.below++;
      return;
    }
    const bin = binOf(value) - FIRST;
    while (this.bins.length <= bin) this.bins.push(0);
    this.bins[bin] = (this.bins[bin] as number) + 1;
  }

  mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  greatest(): number {
    return this.max;
  }

  /** The value below which a share q of all values lies, to half a bin. */
  quantile(q: number): number {
    const wanted = q * this.count;
    let seen = this.below;
    if (this.count === 0 || seen >= wanted) return 0;
    for (const [i, n] of this.bins.entries()) {
      seen += n;
      if (seen >= wanted) {
        return Math.min(this.max, (lowEnd(FIRST + i) + lowEnd(FIRST + i + 1)) / 2);
      }
    }
    return this.max;
  }

  /** Counts between given ascending bounds, the last bin open above. */
  countsBetween(bounds: ReadonlyArray<number>): number[] {
    const counts = Array.from(bounds, () => 0);
    const at = (value: number) => {
      let i = 0;
      while (i + 1 < bounds.length && (bounds[i + 1] as number) <= value) i++;
      return i;
    };
    counts[0] = this.below;
    for (const [i, n] of this.bins.entries()) {
      if (n > 0) counts[at(lowEnd(FIRST + i))] = (counts[at(lowEnd(FIRST + i))] as number) + n;
    }
    return counts;
  }
}
