/**
 * Network coordinates: a host's place such that the distance between two places predicts the round
 * trip. Vivaldi with two dimensions and a height (F. Dabek, R. Cox, F. Kaashoek and R. Morris,
 * "Vivaldi: a decentralized network coordinate system", 2004, algorithm of figure 6 and section
 * 5.4), with gravity (J. Ledlie, P. Gardner and M. Seltzer, "Network coordinates in the wild",
 * 2007) and with deaf ears for samples that no honest host would cause. Lengths are milliseconds.
 */
import { invariant } from "./invariant.ts";

export interface Coordinate {
  readonly x: number;
  readonly y: number;
  /** Delay of the host's own line, on top of every way to it. */
  readonly height: number;
  /** How wrong predictions are, relative, in (0, 1.5]. */
  readonly error: number;
}

/** A measured round trip to a host whose coordinate is known. */
export interface Sample {
  readonly to: Coordinate;
  readonly rttMs: number;
}

/** How far one sample moves a coordinate, and its error estimate. */
const GAIN = 0.25;
const ERROR_MAX = 1.5;
const ERROR_MIN = 1e-6;
/** Ten microseconds: no line is faster. */
export const HEIGHT_MIN = 0.01;
/** Distance at which gravity pulls by one millisecond per update. */
const RHO = 150;
/** Shorter round trips are taken for this long: nothing is divided by zero. */
const RTT_MIN = 0.01;
/** Residuals beyond so many median absolute deviations are ignored. */
const DEVIATIONS = 3;
/** A residual below this is never ignored: a quiet history would make everything strange. */
const RESIDUAL_FLOOR = 5;

/** Where nothing was measured yet. */
export const nowhere: Coordinate = Object.freeze({
  x: 0,
  y: 0,
  height: HEIGHT_MIN,
  error: ERROR_MAX,
});

/** Unit vectors for hosts that stand on one point: eight directions, chosen by any integer. */
const DIAGONAL = 0.7071067811865476;
const directions: ReadonlyArray<readonly [number, number]> = [
  [1, 0],
  [DIAGONAL, DIAGONAL],
  [0, 1],
  [-DIAGONAL, DIAGONAL],
  [-1, 0],
  [-DIAGONAL, -DIAGONAL],
  [0, -1],
  [DIAGONAL, -DIAGONAL],
];

/** Predicted round trip in milliseconds: the plane and both heights. */
export function distanceMs(a: Coordinate, b: Coordinate): number {
  return planeMs(a, b) + a.height + b.height;
}

function planeMs(a: Coordinate, b: Coordinate): number {
  const [dx, dy] = [a.x - b.x, a.y - b.y];
  return Math.sqrt(dx * dx + dy * dy);
}

/**
 * One step of Vivaldi: the own coordinate after a sample. With w = e_i / (e_i + e_j) and
 * es = |d - rtt| / rtt the error becomes es ce w + e_i (1 - ce w) and the place moves by
 * cc w (rtt - d) along the line between both. `direction` is any integer; it matters where both
 * stand on one point.
 */
export function adjusted(own: Coordinate, sample: Sample, direction: number): Coordinate {
  const { to } = sample;
  const rtt = Math.max(RTT_MIN, sample.rttMs);
  invariant(Number.isFinite(rtt), "a round trip is a finite time");
  const distance = distanceMs(own, to);
  const weight = own.error / (own.error + to.error);
  const sampleError = Math.abs(distance - rtt) / rtt;
  const share = GAIN * weight;
  const error = sampleError * share + own.error * (1 - share);
  const force = share * (rtt - distance);
  const plane = planeMs(own, to);
  const [ux, uy] =
    plane > 0
      ? [(own.x - to.x) / plane, (own.y - to.y) / plane]
      : (directions[(direction >>> 0) % directions.length] as readonly [number, number]);
  // the height is the share of the line that the own end adds, as in section 5.4
  const heights = own.height + to.height;
  const height = own.height + (distance > 0 ? (force * heights) / Math.max(distance, rtt) : 0);
  return {
    x: own.x + force * ux,
    y: own.y + force * uy,
    height: Math.max(HEIGHT_MIN, height),
    error: Math.min(ERROR_MAX, Math.max(ERROR_MIN, error)),
  };
}

/** Pulled towards the origin, so that all coordinates together do not drift away. */
export function attracted(own: Coordinate): Coordinate {
  const { x, y, height, error } = own;
  const far = Math.sqrt(x * x + y * y);
  if (far === 0) return own;
  const pull = Math.min(far, (far / RHO) * (far / RHO));
  return { x: x - (pull * x) / far, y: y - (pull * y) / far, height, error };
}

/** The middle one of the last three round trips: one that was held up does not count. */
export function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** The middle of some numbers; 0 for none. */
export function medianOf(values: ReadonlyArray<number>): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/**
 * True when a residual (measured minus predicted, milliseconds) lies further than three median
 * absolute deviations from the median of the earlier ones.
 */
export function isStrange(residual: number, earlier: ReadonlyArray<number>): boolean {
  const middle = medianOf(earlier);
  const deviation = medianOf(earlier.map((each) => Math.abs(each - middle)));
  return Math.abs(residual - middle) > Math.max(RESIDUAL_FLOOR, DEVIATIONS * deviation);
}

/** Rounds over all samples until the place stands; more change less than the samples' own noise. */
const ROUNDS = 24;
/** Fewer samples cannot outvote a wrong one. */
const SAMPLES_FOR_DOUBT = 4;

/**
 * The place from a handful of samples at once: Vivaldi over all of them again and again, then
 * without those whose residual is strange. `direction` as in {@link adjusted}.
 */
export function located(
  start: Coordinate,
  samples: ReadonlyArray<Sample>,
  direction: number,
): Coordinate {
  const first = settled(start, samples, direction);
  if (samples.length < SAMPLES_FOR_DOUBT) return first;
  const residuals = samples.map(({ to, rttMs }) => rttMs - distanceMs(first, to));
  const believed = samples.filter((_, i) => !isStrange(residuals[i] as number, residuals));
  if (believed.length === samples.length || believed.length === 0) return first;
  return settled(start, believed, direction);
}

function settled(start: Coordinate, samples: ReadonlyArray<Sample>, direction: number): Coordinate {
  let own = start;
  for (let round = 0; round < ROUNDS; round++) {
    for (const sample of samples) own = adjusted(own, sample, direction);
  }
  return own;
}
