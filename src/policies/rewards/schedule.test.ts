import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../kernel/duration.ts";
import { EmissionParams, scheduleOf } from "./emission.ts";
import {
  baselineWork,
  issuedByTime,
  issuedByWork,
  networkTime,
  type Schedule,
} from "./schedule.ts";

const YEAR = 365 * DAY;
const pingo = scheduleOf(Schema.decodeSync(EmissionParams)({}));

/** Filecoin's own: 1.1e9 FIL of 1e18, 30 % simple, ln 2 / 6 years, b0 2.5 EiB, +100 % a year. */
const filecoin: Schedule = {
  byTime: 330_000_000n * 10n ** 18n,
  byWork: 770_000_000n * 10n ** 18n,
  halvingUs: 6 * YEAR,
  doublingUs: YEAR,
  baseline: (5n << 60n) / 2n,
};

describe("Schedule: by time", () => {
  test("halving: exact at each boundary", () => {
    for (let n = 0; n < 8; n++) {
      const left = pingo.byTime - issuedByTime(pingo, n * pingo.halvingUs);
      expect(left).toBe(pingo.byTime >> BigInt(n));
    }
  });

  test("a microsecond after the beginning nearly nothing is issued, and nothing before", () => {
    expect(issuedByTime(pingo, 0)).toBe(0n);
    // 243e15 ln 2 / 63.072e12 us
    expect(issuedByTime(pingo, 1)).toBe(2_670n);
  });

  test("Filecoin: the simple half-life of six years", () => {
    expect(issuedByTime(filecoin, 6 * YEAR)).toBe(filecoin.byTime / 2n);
  });

  test("any two instants: the later has issued no less, and never more than there is", () => {
    fc.assert(
      fc.property(fc.nat(80 * YEAR), fc.nat(YEAR), (at, more) => {
        const earlier = issuedByTime(pingo, at);
        const later = issuedByTime(pingo, at + more);
        expect(earlier <= later && later <= pingo.byTime).toBe(true);
      }),
    );
  });
});

describe("Schedule: by work", () => {
  test("Filecoin: half the first baseline for a year is .4293 years and 37.26 million FIL", () => {
    const baselined = (filecoin.baseline / 2n) * BigInt(YEAR / HOUR);
    const { over, under } = networkTime(filecoin, baselined);
    const theta = Number(over) / Number(under);
    expect(Math.abs(theta / 0.4293 - 1)).toBeLessThan(0.001);
    const issued = Number(issuedByWork(filecoin, baselined) / 10n ** 12n) / 1e6;
    expect(Math.abs(issued / 37.26e6 - 1)).toBeLessThan(0.001);
  });

  test("no work: nothing", () => {
    expect(issuedByWork(pingo, 0n)).toBe(0n);
  });

  test("a network at the baseline ages like the calendar", () => {
    for (const years of [1, 2, 3.5, 8]) {
      const { over, under } = networkTime(pingo, baselineWork(pingo, 0, years * YEAR));
      expect(Number(over) / Number(under)).toBeCloseTo(years, 9);
    }
    const atTwo = issuedByWork(pingo, baselineWork(pingo, 0, 2 * YEAR));
    // rounding down costs less than a thousandth of a PINGO of 283.5 million
    expect(pingo.byWork / 2n - atTwo).toBeLessThan(1_000_000n);
    expect(atTwo <= pingo.byWork / 2n).toBe(true);
  });

  test("the baseline of a year is b0 (2 - 1) / ln 2 years", () => {
    const year = Number(baselineWork(pingo, 0, YEAR)) / 1e9;
    expect(year / ((1_670 * 8_760) / Math.LN2)).toBeCloseTo(1, 9);
  });

  test("epochs of the baseline add up to the whole, to the last unit", () => {
    let sum = 0n;
    for (let day = 0; day < 365; day++) sum += baselineWork(pingo, day * DAY, (day + 1) * DAY);
    expect(sum).toBe(baselineWork(pingo, 0, YEAR));
  });

  test("any work: more work has issued no less", () => {
    const work = fc.bigInt(0n, 10n ** 18n);
    fc.assert(
      fc.property(work, work, (done, more) => {
        const earlier = issuedByWork(pingo, done);
        const later = issuedByWork(pingo, done + more);
        expect(earlier <= later && later <= pingo.byWork).toBe(true);
      }),
    );
  });
});
