/**
 * Exponential decay in integers, and a rate that forgets by it. Floats may not decide about credit,
 * so 2^-x comes from tables of bigints: the same on every machine.
 */
import { Schema } from "effect";
import { type NanoVcu, nanoVcu } from "./credit.ts";
import { HOUR } from "./duration.ts";
import { invariant } from "./invariant.ts";

/** Fixed-point one: factors are multiples of 2^-62. */
const ONE_BITS = 62n;
const ONE = 1n << ONE_BITS;
/**
 * A fraction of a half-life is read in four digits of eleven bits: of seven days that is 0.03 us,
 * so that rewards which follow each other within a millisecond count in full.
 */
const DIGIT_BITS = 11;
const DIGITS = 4;
const DIGIT = 1 << DIGIT_BITS;
/** Half-lives up to 2^42 us, 50 days, are divided by without bigints. */
const EXACT_US = 4_398_046_511_104;

/** ln 2 times 10^18, rounded down. */
const LN2 = 693_147_180_559_945_309n;
const LN2_UNIT = 1_000_000_000_000_000_000n;

/** tables[d][i] = 2^-(i / 2^(11 (d + 1))), fixed point. */
const tables: ReadonlyArray<ReadonlyArray<bigint>> = makeTables();

function makeTables(): ReadonlyArray<ReadonlyArray<bigint>> {
  const made: Array<ReadonlyArray<bigint>> = [];
  let root = ONE >> 1n;
  for (let digit = 0; digit < DIGITS; digit++) {
    for (let bit = 0; bit < DIGIT_BITS; bit++) root = squareRoot(root << ONE_BITS);
    const table = [ONE];
    while (table.length < DIGIT) table.push(((table.at(-1) ?? ONE) * root) >> ONE_BITS);
    made.push(table);
  }
  return made;
}

/** Integer square root, rounded down (Newton's method from above). */
function squareRoot(of: bigint): bigint {
  let root = 1n << BigInt((of.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + of / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/**
 * `value` times 2^-(elapsedUs / halfLifeUs), rounded towards zero. The factor is within 2^-43 of
 * the true one, relatively, so the result is within |value| 2^-43 + 1 of it. Never grows with
 * elapsedUs; the steps in which a time passes change the result by no more than these errors.
 */
export function halved(value: bigint, elapsedUs: number, halfLifeUs: number): bigint {
  invariant(elapsedUs >= 0 && halfLifeUs > 0, "time that decays runs forward");
  if (value === 0n || elapsedUs === 0) return value;
  return faded(value, fadingOf(elapsedUs, halfLifeUs));
}

/** What is left of anything after a time: factor 2^-62 2^-whole. */
interface Fading {
  readonly factor: bigint;
  readonly shift: bigint;
}

function faded(value: bigint, { factor, shift }: Fading): bigint {
  return value < 0n ? 0n - (((0n - value) * factor) >> shift) : (value * factor) >> shift;
}

const gone: Fading = { factor: 0n, shift: 0n };

function fadingOf(elapsedUs: number, halfLifeUs: number): Fading {
  const whole = Math.floor(elapsedUs / halfLifeUs);
  // what is halved more often than it has bits is nothing
  if (whole > 4_096) return gone;
  const fraction = fractionOf(elapsedUs - whole * halfLifeUs, halfLifeUs);
  let factor = ONE;
  let unit = 1;
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    const place = Math.floor(fraction / unit) % DIGIT;
    if (place > 0) factor = (factor * (tables[digit]?.[place] ?? ONE)) >> ONE_BITS;
    unit *= DIGIT;
  }
  return { factor, shift: ONE_BITS + BigInt(whole) };
}

/** rest / halfLife, which is below one, in all digits, rounded down. */
function fractionOf(restUs: number, halfLifeUs: number): number {
  if (halfLifeUs > EXACT_US) {
    return Number((BigInt(restUs) << BigInt(DIGIT_BITS * DIGITS)) / BigInt(halfLifeUs));
  }
  // long division, digit by digit: every number in it is an integer below 2^53
  let fraction = 0;
  let rest = restUs;
  for (let digit = 0; digit < DIGITS; digit++) {
    const scaled = rest * DIGIT;
    rest = scaled % halfLifeUs;
    fraction = fraction * DIGIT + (scaled - rest) / halfLifeUs;
  }
  return fraction;
}

/** An exponentially weighted mean of work over time; both parts fade together. */
export const Rate = Schema.Struct({
  /** Work, nano-VCU, each part weighted by its age. */
  sum: Schema.BigInt,
  /** Time, microseconds, weighted alike: at most halfLife / ln 2. */
  weight: Schema.BigInt,
});
export type Rate = typeof Rate.Type;

export const noRate: Rate = { sum: 0n, weight: 0n };

/**
 * Adds work that was done evenly within the last `elapsedUs`. Dividing by the weight of the time
 * that was seen removes the bias of the first half-lives (the correction of Kingma and Ba 2015,
 * section 3, for unequal steps): a constant rate is read as itself from the first step on.
 */
export function withWork(
  rate: Rate,
  work: bigint,
  time: { readonly elapsedUs: number; readonly halfLifeUs: number },
): Rate {
  const { elapsedUs, halfLifeUs } = time;
  if (elapsedUs === 0) return { sum: rate.sum + work, weight: rate.weight };
  // the integral of 2^-(u / h) from 0 to t is h / ln 2 (1 - 2^-(t / h))
  const forever = (BigInt(halfLifeUs) * LN2_UNIT) / LN2;
  invariant(elapsedUs >= 0 && halfLifeUs > 0, "time that decays runs forward");
  const fading = fadingOf(elapsedUs, halfLifeUs);
  const gained = forever - faded(forever, fading);
  return {
    sum: faded(rate.sum, fading) + (work * gained) / BigInt(elapsedUs),
    weight: faded(rate.weight, fading) + gained,
  };
}

/** Work per hour, nano-VCU, rounded down; nothing while no time was seen. */
export function perHour({ sum, weight }: Rate): NanoVcu {
  return nanoVcu(weight === 0n ? 0n : (sum * BigInt(HOUR)) / weight);
}
