/**
 * Powers of two and their logarithm for fractional exponents, in integers: money follows from them,
 * so no float may. Results carry {@link POWER_BITS} bits behind the point. Every operation rounds
 * down, so a result is at most 2^-118 below the true one.
 */
import { invariant } from "./invariant.ts";

export const POWER_BITS = 128n;
/** 1 in fixed point. */
export const POWER_ONE = 1n << POWER_BITS;
/** ln 2 in fixed point (OEIS A002162). */
export const LN_2 = 0xb17217f7d1cf79abc9e3b39803f2f6afn;

/** Bits of an exponent's fraction that count. */
const FRACTION_BITS = 96;
/** Bits behind a logarithm's point: squaring doubles the error, so half of what powers have. */
const LOG_BITS = 64;

/** A non-negative rational number. */
export interface Ratio {
  readonly over: bigint;
  readonly under: bigint;
}

/** Entry k is 2^-(2^-(k+1)) in fixed point: each is the root of the one before. */
const roots: ReadonlyArray<bigint> = rootsOfHalf();

function rootsOfHalf(): ReadonlyArray<bigint> {
  const found: Array<bigint> = [];
  let last = POWER_ONE >> 1n;
  while (found.length < FRACTION_BITS) {
    last = squareRoot(last << POWER_BITS);
    found.push(last);
  }
  return found;
}

/** Integer square root, rounded down (Newton). */
function squareRoot(of: bigint): bigint {
  let guess = 1n << (BigInt(of.toString(2).length + 1) / 2n);
  for (;;) {
    const better = (guess + of / guess) >> 1n;
    if (better >= guess) return guess;
    guess = better;
  }
}

/** `amount` x 2^-exponent, rounded up; exact when the exponent is whole and the result too. */
export function halved(amount: bigint, exponent: Ratio): bigint {
  const { whole, fraction } = partsOf(exponent);
  const shift = POWER_BITS + whole;
  return (amount * rootPower(fraction) + (1n << shift) - 1n) >> shift;
}

/** 2^exponent in fixed point. */
export function doubled(exponent: Ratio): bigint {
  const { whole, fraction } = partsOf(exponent);
  if (fraction === 0n) return POWER_ONE << whole;
  return rootPower((1n << BigInt(FRACTION_BITS)) - fraction) << (whole + 1n);
}

/** log2 of a number that is at least 1, as a ratio over a power of two, rounded down. */
export function log2(of: Ratio): Ratio {
  invariant(of.over >= of.under && of.under > 0n, "a logarithm is taken of 1 or more");
  let whole = 0n;
  while (of.over >= of.under << (whole + 1n)) whole += 1n;
  let rest = (of.over << POWER_BITS) / (of.under << whole);
  let bits = whole;
  for (let n = 0; n < LOG_BITS; n++) {
    rest = (rest * rest) >> POWER_BITS;
    bits <<= 1n;
    if (rest >= POWER_ONE << 1n) {
      rest >>= 1n;
      bits += 1n;
    }
  }
  return { over: bits, under: 1n << BigInt(LOG_BITS) };
}

function partsOf({ over, under }: Ratio): { readonly whole: bigint; readonly fraction: bigint } {
  invariant(over >= 0n && under > 0n, "an exponent is not negative");
  return { whole: over / under, fraction: ((over % under) << BigInt(FRACTION_BITS)) / under };
}

/** 2^-fraction: the product of the roots whose bit is set. */
function rootPower(fraction: bigint): bigint {
  let value = POWER_ONE;
  for (const [k, root] of roots.entries()) {
    const isSet = (fraction >> BigInt(FRACTION_BITS - 1 - k)) & 1n;
    if (isSet === 1n) value = (value * root) >> POWER_BITS;
  }
  return value;
}
