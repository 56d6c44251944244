/**
 * Elementary functions that give the same bits in every engine. ECMAScript leaves `Math.log`,
 * `exp`, `pow` and the trigonometric functions implementation-defined, so two machines may
 * disagree in the last bit and a simulation may branch on it. These are ports of Sun's fdlibm,
 * which uses nothing but the operations IEEE 754 defines exactly. Wrapped once, so a change of
 * library is one file.
 */
import fdAsin from "@stdlib/math-base-special-asin";
import fdCos from "@stdlib/math-base-special-cos";
import fdExp from "@stdlib/math-base-special-exp";
import fdLn from "@stdlib/math-base-special-ln";
import fdPow from "@stdlib/math-base-special-pow";
import fdSin from "@stdlib/math-base-special-sin";

/** Natural logarithm; NaN below zero, -Infinity at zero. */
export const ln: (x: number) => number = fdLn;

/** e to the power x. */
export const exp: (x: number) => number = fdExp;

/** `base` to the power `exponent`. */
export const pow: (base: number, exponent: number) => number = fdPow;

/** Sine of an angle in radians. */
export const sin: (radians: number) => number = fdSin;

/** Cosine of an angle in radians. */
export const cos: (radians: number) => number = fdCos;

/** Arc sine in radians; NaN outside [-1, 1]. */
export const asin: (x: number) => number = fdAsin;

/** Square root. IEEE 754 demands the correctly rounded result, so the engine's own is portable. */
export const sqrt: (x: number) => number = Math.sqrt;
