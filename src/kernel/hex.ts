/**
 * Hexadecimal digits of what is hashed and named. The engine prints integers beyond 31 bits digit
 * by digit with floating-point remainders, and joins a text of many parts only when it is read; ids
 * and commitments are made so often that both showed in profiles.
 */
/** Bits of the lower half of {@link integerInHex}: both halves are small integers. */
const LOW_BITS = 28;
const LOW = 0x1000_0000;
const LOW_DIGITS = LOW_BITS / 4;
const DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** An integer without leading zeros. */
export function integerInHex(value: number): string {
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) return value.toString(16);
  const high = Math.floor(value / LOW);
  const low = (value - high * LOW).toString(16);
  return high === 0 ? low : high.toString(16) + low.padStart(LOW_DIGITS, "0");
}

/** Eight digits of an unsigned 32-bit word. */
export function wordInHex(word: number): string {
  return (
    (word >>> 16).toString(16).padStart(4, "0") + (word & 0xffff).toString(16).padStart(4, "0")
  );
}

/** Codes of the digits of one text, written anew for each: digests all have one length. */
const codes: number[] = [];

/** Two digits a byte. */
export function bytesInHex(bytes: Uint8Array): string {
  codes.length = 2 * bytes.length;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    codes[2 * i] = DIGITS[byte >> 4] as number;
    codes[2 * i + 1] = DIGITS[byte & 15] as number;
  }
  return String.fromCharCode(...codes);
}
