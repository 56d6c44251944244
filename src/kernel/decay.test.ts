/** Decay and rates in integers: exact enough, the same in every cut of the time. */
import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { halved, noRate, perHour, Rate, withWork } from "./decay.ts";
import { DAY, HOUR, MINUTE } from "./duration.ts";

const VCU = 1_000_000_000n;
const apart = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);
const amount = fc.bigInt(0n, 10n ** 15n);
const time = fc.nat({ max: 30 * DAY });

describe("Decay", () => {
  test.each([
    [0, 10n ** 18n],
    [6 * HOUR, 5n * 10n ** 17n],
    [3 * HOUR, 707_106_781_186_547_524n],
    [HOUR, 890_898_718_140_339_304n],
    [13 * HOUR, 222_724_679_535_084_826n],
  ])("after %i us with a half-life of 6 h", (elapsedUs, left) => {
    // 2^-43 of 10^18
    expect(apart(halved(10n ** 18n, elapsedUs, 6 * HOUR), left)).toBeLessThan(113_687n);
  });

  test("what is old enough is nothing, and debts fade like credit", () => {
    expect(halved(10n ** 30n, 5_000 * HOUR, HOUR)).toBe(0n);
    expect(halved(-1_000n, HOUR, HOUR)).toBe(-500n);
  });

  test("a long half-life in fine units is the same as a short one in coarse units", () => {
    const length = fc.integer({ min: 1, max: 30 * DAY });
    const property = fc.property(amount, time, length, (value, elapsedUs, halfLifeUs) => {
      const fine = halved(value, elapsedUs * 2_048, halfLifeUs * 2_048);
      expect(fine).toBe(halved(value, elapsedUs, halfLifeUs));
    });
    fc.assert(property);
  });

  test("never grows with time", () => {
    const property = fc.property(amount, time, time, (value, a, b) => {
      const [soon, late] = a < b ? [a, b] : [b, a];
      expect(halved(value, late, 6 * HOUR) <= halved(value, soon, 6 * HOUR)).toBe(true);
    });
    fc.assert(property);
  });

  test("the same in one step and in a thousand, within a millionth", () => {
    const steps = fc.array(fc.nat({ max: 2 * MINUTE }), { minLength: 1_000, maxLength: 1_000 });
    const property = fc.property(fc.bigInt(VCU * VCU, VCU * VCU * 9n), steps, (value, parts) => {
      const whole = parts.reduce((sum, part) => sum + part, 0);
      const once = halved(value, whole, 6 * HOUR);
      const often = parts.reduce((left, part) => halved(left, part, 6 * HOUR), value);
      expect(apart(once, often) * 1_000_000n).toBeLessThan(value);
    });
    fc.assert(property, { numRuns: 20 });
  });
});

describe("Rate", () => {
  const halfLifeUs = 6 * HOUR;

  test("nothing is known before any time was seen", () => {
    expect(perHour(noRate)).toBe(0n);
    expect(perHour(withWork(noRate, VCU, { elapsedUs: 0, halfLifeUs }))).toBe(0n);
  });

  test("a constant rate is read as itself from the first step on, whatever the steps", () => {
    const steps = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 60 });
    const property = fc.property(steps, (minutes) => {
      let rate = noRate;
      for (const each of minutes) {
        // 2 VCU an hour
        const work = (2n * VCU * BigInt(each)) / 60n;
        rate = withWork(rate, work, { elapsedUs: each * MINUTE, halfLifeUs });
        expect(apart(perHour(rate), 2n * VCU)).toBeLessThan(2_000n);
      }
    });
    fc.assert(property);
  });

  test("work that follows within a millisecond counts in full, however long the half-life", () => {
    const sparse = { elapsedUs: HOUR, halfLifeUs: 7 * DAY };
    const before = withWork(noRate, VCU, sparse);
    for (const elapsedUs of [1, 10, 69, 70, 999, 1_000]) {
      const after = withWork(before, VCU, { elapsedUs, halfLifeUs: 7 * DAY });
      const all = before.sum + VCU;
      // a microsecond is read in steps of 0.03
      expect(Number(apart(after.sum, all)) / 1e9).toBeLessThan(0.04 / elapsedUs + 1e-6);
    }
  });

  test("after a half-life of another rate it lies in the middle", () => {
    let rate = noRate;
    for (let h = 0; h < 100; h++) rate = withWork(rate, VCU, { elapsedUs: HOUR, halfLifeUs });
    for (let h = 0; h < 6; h++) rate = withWork(rate, 3n * VCU, { elapsedUs: HOUR, halfLifeUs });
    expect(apart(perHour(rate), 2n * VCU)).toBeLessThan(VCU / 10_000n);
  });

  test("work adds up: two accounts' rates over the same time are the rate of both", () => {
    const works = fc.array(fc.tuple(amount, amount), { minLength: 1, maxLength: 20 });
    const property = fc.property(works, (pairs) => {
      let [a, b, both] = [noRate, noRate, noRate];
      for (const [x, y] of pairs) {
        const step = { elapsedUs: 10 * MINUTE, halfLifeUs };
        a = withWork(a, x, step);
        b = withWork(b, y, step);
        both = withWork(both, x + y, step);
      }
      expect(apart(perHour(a) + perHour(b), perHour(both))).toBeLessThan(1_000n);
    });
    fc.assert(property);
  });

  test("travels as decimal text", () => {
    const rate = withWork(noRate, VCU, { elapsedUs: HOUR, halfLifeUs });
    const text = JSON.stringify(Schema.encodeSync(Rate)(rate));
    expect(Schema.decodeSync(Rate)(JSON.parse(text))).toEqual(rate);
  });
});
