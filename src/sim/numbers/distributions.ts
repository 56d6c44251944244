/**
 * Sampling from a {@link Stream}. Every sampler inverts a distribution function, so it takes a
 * fixed number of draws (one, unless said otherwise) and the position of a stream never depends on
 * what was drawn. All arithmetic is portable.
 */
import type { Stream } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import { exp, ln, pow, sqrt } from "./portable.ts";

/** Uniform on [low, high). */
export function uniform(stream: Stream, low: number, high: number): number {
  return low + stream.unit() * (high - low);
}

/** Exponential with the given mean. */
export function exponential(stream: Stream, mean: number): number {
  return -mean * ln(1 - stream.unit());
}

/** Weibull with distribution function 1 - exp(-(x / scale)^shape). */
export function weibull(stream: Stream, shape: number, scale: number): number {
  return scale * pow(-ln(1 - stream.unit()), 1 / shape);
}

/** Normal with the given mean and standard deviation. */
export function normal(stream: Stream, mean: number, deviation: number): number {
  return mean + deviation * normalQuantile(openUnit(stream.unit()));
}

/** Log-normal: exp of a normal with mean `mu` and standard deviation `sigma`; median exp(mu). */
export function logNormal(stream: Stream, mu: number, sigma: number): number {
  return exp(normal(stream, mu, sigma));
}

/**
 * Beta(a, b) for whole a and b: the a-th smallest of a + b - 1 uniform numbers, which takes as many
 * draws. Fractional parameters are a programmer error.
 */
export function beta(stream: Stream, a: number, b: number): number {
  const draws = a + b - 1;
  invariant(Number.isInteger(a) && Number.isInteger(b) && a > 0 && b > 0, "beta needs whole a, b");
  const sample = new Float64Array(draws);
  for (let i = 0; i < draws; i++) sample[i] = stream.unit();
  return sample.sort()[a - 1] ?? 0;
}

/**
 * Index i with probability (cumulative[i] - cumulative[i - 1]) / cumulative[last]. `cumulative`
 * must not decrease and must end above zero.
 */
export function weightedIndex(stream: Stream, cumulative: ArrayLike<number>): number {
  const total = cumulative[cumulative.length - 1] ?? 0;
  invariant(total > 0, "weights must sum to more than zero");
  const target = stream.unit() * total;
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] ?? 0) > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Moves 0 to the smallest uniform value above it, where a quantile function is finite. */
export function openUnit(unit: number): number {
  return unit > 0 ? unit : 1 / 9007199254740992;
}

/**
 * The x with P(N(0,1) <= x) = p, for p in (0, 1), to about 1e-16 relative. Algorithm AS 241
 * (PPND16): M. J. Wichura, "The Percentage Points of the Normal Distribution", Applied Statistics
 * 37 (1988).
 */
export function normalQuantile(p: number): number {
  invariant(p > 0 && p < 1, "a normal quantile needs a probability strictly between 0 and 1");
  const q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    return q * ratio(centreTop, centreBottom, r);
  }
  const tail = sqrt(-ln(q < 0 ? p : 1 - p));
  const x =
    tail <= 5 ? ratio(middleTop, middleBottom, tail - 1.6) : ratio(farTop, farBottom, tail - 5);
  return q < 0 ? -x : x;
}

type Eight = readonly [number, number, number, number, number, number, number, number];

function ratio(top: Eight, bottom: Eight, r: number): number {
  return polynomial(top, r) / polynomial(bottom, r);
}

function polynomial(c: Eight, r: number): number {
  return (
    ((((((c[7] * r + c[6]) * r + c[5]) * r + c[4]) * r + c[3]) * r + c[2]) * r + c[1]) * r + c[0]
  );
}

const centreTop: Eight = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
  45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
];
const centreBottom: Eight = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
  39307.89580009271061, 28729.085735721942674, 5226.495278852854561,
];
const middleTop: Eight = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833,
  7.7454501427834140764e-4,
];
const middleBottom: Eight = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
  0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const farTop: Eight = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
  0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5,
  2.01033439929228813265e-7,
];
const farBottom: Eight = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
  7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
  2.04426310338993978564e-15,
];
