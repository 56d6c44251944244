/**
 * The canary: an update that would raise the loss on held-out data far above what its peers' would
 * is left out. Peers are measured by median and median deviation, which less than half of bad
 * updates cannot move.
 */

/** Standard deviations above the median that are too many. */
const SIGMAS = 3;
/** Median absolute deviation of a normal distribution, in standard deviations. */
const MAD_SIGMA = 0.6745;
/** Peers that agree to the last digit are no reason to leave somebody out. */
const LEAST_SIGMA = canaryMicros(0.01);

/** A loss as it travels: millionths of a nat, never a float that decides somewhere else. */
export function canaryMicros(loss: number): number {
  return Math.round(loss * 1_000_000);
}

/** True when the update with `losses[index]`, millionths of a nat, may have its part. */
export function canaryKeeps(losses: ReadonlyArray<number>, index: number): boolean {
  const middle = medianOf(losses);
  const deviation = medianOf(losses.map((loss) => Math.abs(loss - middle))) / MAD_SIGMA;
  return (losses[index] as number) <= middle + SIGMAS * Math.max(LEAST_SIGMA, deviation);
}

/** The lower of the two in the middle when there is an even number. */
function medianOf(values: ReadonlyArray<number>): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >>> 1] as number;
}
