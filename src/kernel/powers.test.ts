import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { doubled, halved, LN_2, log2, POWER_BITS } from "./powers.ts";

const asNumber = (fixed: bigint) => Number(fixed >> (POWER_BITS - 60n)) / 2 ** 60;
const ratio = fc
  .record({ over: fc.bigInt(0n, 40_000n), under: fc.bigInt(1n, 1_000n) })
  .filter(({ over, under }) => over <= 40n * under);

describe("Powers of two in integers", () => {
  test("whole exponents are exact", () => {
    expect(halved(1n << 80n, { over: 21n, under: 3n })).toBe(1n << 73n);
    expect(doubled({ over: 10n, under: 2n })).toBe(32n << POWER_BITS);
    expect(log2({ over: 96n, under: 3n })).toEqual({ over: 5n << 64n, under: 1n << 64n });
  });

  test("the root of a half, to the digit", () => {
    // 1 / sqrt 2 = 0.70710678118654752440 (OEIS A010503), rounded up at the 20th digit
    expect(halved(10n ** 20n, { over: 1n, under: 2n })).toBe(70_710_678_118_654_752_441n);
    // ln 2 = 0.69314718055994530941 72...
    expect((10n ** 20n * LN_2) >> POWER_BITS).toBe(69_314_718_055_994_530_941n);
  });

  test("any exponent: as the engine's floats say", () => {
    fc.assert(
      fc.property(ratio, ({ over, under }) => {
        const x = Number(over) / Number(under);
        const remains = Number(halved(10n ** 30n, { over, under })) / 1e30;
        expect(remains / 2 ** -x).toBeCloseTo(1, 12);
        expect(asNumber(doubled({ over, under })) / 2 ** x).toBeCloseTo(1, 12);
      }),
    );
  });

  test("the logarithm undoes the power", () => {
    fc.assert(
      fc.property(ratio, (exponent) => {
        const back = log2({ over: doubled(exponent), under: 1n << POWER_BITS });
        const expected = Number(exponent.over) / Number(exponent.under);
        expect(Number(back.over) / Number(back.under)).toBeCloseTo(expected, 12);
      }),
    );
  });

  test("a larger exponent never leaves more", () => {
    fc.assert(
      fc.property(ratio, fc.bigInt(0n, 1_000n), ({ over, under }, more) => {
        const later = halved(810n * 10n ** 15n, { over: over + more, under });
        expect(later <= halved(810n * 10n ** 15n, { over, under })).toBe(true);
      }),
    );
  });

  test("what is below one has no logarithm here", () => {
    expect(() => log2({ over: 1n, under: 2n })).toThrow("1 or more");
    expect(() => halved(1n, { over: -1n, under: 2n })).toThrow("negative");
  });
});
