/**
 * The few special functions that the closed forms of availability need, on portable elementary
 * functions only, so that every engine computes the same bits.
 */
import { exp, ln } from "../numbers/portable.ts";

/** Lanczos coefficients for g = 7, nine terms (P. Godfrey, 2001): 15 digits for x > 0. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;
const HALF_LN_TWO_PI = 0.9189385332046727;
const EPSILON = 1e-15;
const TERMS_MAX = 500;

/** Natural logarithm of Γ(x) for x > 0, by the Lanczos approximation. */
function lnGamma(x: number): number {
  let sum: number = lanczos[0];
  for (let i = 1; i < lanczos.length; i++) sum += (lanczos[i] ?? 0) / (x - 1 + i);
  const t = x + 6.5;
  return HALF_LN_TWO_PI + (x - 0.5) * ln(t) - t + ln(sum);
}

/** Γ(x) for x > 0. */
export function gamma(x: number): number {
  return exp(lnGamma(x));
}

/**
 * Regularised lower incomplete gamma function P(a, x), a > 0, x ≥ 0: the power series below
 * x = a + 1 and the continued fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31, the latter
 * by Lentz's method).
 */
export function gammaP(a: number, x: number): number {
  if (x <= 0) return 0;
  if (x === Infinity) return 1;
  const front = exp(a * ln(x) - x - lnGamma(a));
  if (front === 0) return x > a ? 1 : 0;
  return x < a + 1 ? front * seriesOf(a, x) : 1 - front * fractionOf(a, x);
}

function seriesOf(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n <= TERMS_MAX; n++) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * EPSILON) break;
  }
  return sum;
}

function fractionOf(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n <= TERMS_MAX; n++) {
    const an = -n * (n - a);
    b += 2;
    d = an * d + b;
    if (Math.abs(d) < tiny) d = tiny;
    c = b + an / c;
    if (Math.abs(c) < tiny) c = tiny;
    d = 1 / d;
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < EPSILON) break;
  }
  return value;
}

/** Standard normal distribution function: Φ(z) = ½ (1 + sign(z) P(½, z²/2)). */
export function normalCdf(z: number): number {
  const p = gammaP(0.5, (z * z) / 2);
  return z < 0 ? (1 - p) / 2 : (1 + p) / 2;
}
