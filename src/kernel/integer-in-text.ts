/**
 * Integers inside names. Names are compared with what they should say many times in the life of a
 * task; reading the number costs a fraction of writing the name down anew.
 */
const ZERO = 0x30;
/** More digits are no safe integer. */
const DIGITS_MAX = 16;

/** The integer from zero on that `text` spells in [from, to), as it is printed; else -1. */
export function integerIn(text: string, from: number, to: number): number {
  const digits = to - from;
  if (digits < 1 || digits > DIGITS_MAX || from < 0 || to > text.length) return -1;
  if (digits > 1 && text.charCodeAt(from) === ZERO) return -1;
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    number = 10 * number + digit;
  }
  return Number.isSafeInteger(number) ? number : -1;
}
