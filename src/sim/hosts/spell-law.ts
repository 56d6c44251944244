/**
 * Laws of the lengths of up and down spells, in hours: how to draw one, and how to draw what is
 * left of the spell that is under way when the scenario starts.
 */
import type { Stream } from "../../kernel/entropy.ts";
import { exponential, logNormal, weibull } from "../numbers/distributions.ts";
import { exp, ln, pow } from "../numbers/portable.ts";
import { exponentialLimitedMean, logNormalLimitedMean, weibullLimitedMean } from "./closed-form.ts";

/** Spell lengths in hours. */
export interface SpellLaw {
  /** Mean length, the cap included. */
  readonly mean: number;
  /** A new spell. One draw. */
  draw(stream: Stream): number;
  /** What remains of the spell found under way in the stationary regime. One draw. */
  residual(stream: Stream): number;
}

/** Weibull spells cut at `cap`. */
export function weibullSpells(shape: number, scale: number, cap: number): SpellLaw {
  // Without a cap the table ends where one spell in 1e12 is longer.
  const top = cap === Infinity ? scale * pow(12 * ln(10), 1 / shape) : cap;
  const rest = equilibrium((x) => weibullLimitedMean(shape, scale, x), top);
  return {
    mean: weibullLimitedMean(shape, scale, cap),
    draw: (stream) => Math.min(cap, weibull(stream, shape, scale)),
    residual: (stream) => rest(stream.unit()),
  };
}

/** Log-normal spells cut at `cap`. */
export function logNormalSpells(mu: number, sigma: number, cap: number): SpellLaw {
  // A spell under way is length-biased, ln X ~ Normal(mu + σ², σ): the table ends 7 σ above it.
  const top = cap === Infinity ? exp(mu + sigma * sigma + 7 * sigma) : cap;
  const rest = equilibrium((x) => logNormalLimitedMean(mu, sigma, x), top);
  return {
    mean: logNormalLimitedMean(mu, sigma, cap),
    draw: (stream) => Math.min(cap, logNormal(stream, mu, sigma)),
    residual: (stream) => rest(stream.unit()),
  };
}

/** Exponential spells; they have no memory, so the rest of a spell is a spell. */
export function exponentialSpells(mean: number): SpellLaw {
  const draw = (stream: Stream): number => exponential(stream, mean);
  return { mean: exponentialLimitedMean(mean, Infinity), draw, residual: draw };
}

const KNOTS = 1_024;
/** The table spans this many factors of e below its top; nearer to zero it is a straight line. */
const SPAN = 34;

/** Lengths and the share of the equilibrium law up to each, both ascending. */
interface Table {
  readonly length: Float64Array;
  readonly share: Float64Array;
}

/**
 * Quantile function of the equilibrium law: the rest of the spell under way has the distribution
 * function E[min(X, x)] / E[min(X, top)] (Cox, Renewal Theory, 1962, section 5.2). It is tabled on
 * a logarithmic grid (neighbours 3.4 % apart) at its first use, and inverted by search and a
 * straight line.
 */
function equilibrium(limitedMean: (x: number) => number, top: number): (unit: number) => number {
  let table: Table | undefined;
  return (unit) => {
    table ??= tabulate(limitedMean, top);
    return invert(table, unit);
  };
}

function tabulate(limitedMean: (x: number) => number, top: number): Table {
  const length = new Float64Array(KNOTS + 1);
  const share = new Float64Array(KNOTS + 1);
  const total = limitedMean(top);
  for (let i = 1; i <= KNOTS; i++) {
    const x = top * exp((SPAN * (i - KNOTS)) / KNOTS);
    length[i] = x;
    share[i] = Math.max(share[i - 1] ?? 0, limitedMean(x) / total);
  }
  share[KNOTS] = 1;
  return { length, share };
}

function invert({ length, share }: Table, unit: number): number {
  let low = 0;
  let high = KNOTS;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((share[middle] ?? 1) > unit) high = middle;
    else low = middle;
  }
  const from = share[low] ?? 0;
  const to = share[high] ?? 1;
  const part = to > from ? (unit - from) / (to - from) : 0;
  return (length[low] ?? 0) + part * ((length[high] ?? 0) - (length[low] ?? 0));
}
