/** Durations as users write them, and as we write them back. */
import { Either, Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, Duration, formatDuration, HOUR, MINUTE, parseDuration, SECOND } from "./duration.ts";

describe("parseDuration", () => {
  test.each([
    ["7us", 7],
    ["250ms", 250_000],
    ["1.5s", 1_500_000],
    ["90min", 90 * MINUTE],
    ["5m", 5 * MINUTE],
    ["6h", 6 * HOUR],
    ["0.5d", 12 * HOUR],
    ["0s", 0],
    [" 2d ", 2 * DAY],
    ["0.1us", 0],
    ["1.0000005s", 1_000_001],
  ])("%s is %i microseconds", (text, us) => {
    expect(parseDuration(text)).toBe(us);
  });

  test.each([
    "",
    "5",
    "h",
    "-5s",
    "5 s",
    "1e3s",
    "5S",
    "5sec",
    "1,5s",
    ".5s",
    "5.s",
    "5ss",
    "NaNs",
  ])('"%s" is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0us"],
    [999, "999us"],
    [1_000, "1ms"],
    [250_000, "250ms"],
    [1_500_000, "1.5s"],
    [90 * SECOND, "1.5min"],
    [6 * HOUR, "6h"],
    [DAY, "1d"],
    [36 * HOUR, "1.5d"],
    [-2 * SECOND, "-2s"],
    [1_234_567, "1.23s"],
  ])("%i microseconds are %s", (us, text) => {
    expect(formatDuration(us)).toBe(text);
  });

  test("what it writes can be read, to within half a hundredth of the unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * DAY }), (us) => {
        const back = parseDuration(formatDuration(us));
        expect(back).toBeDefined();
        expect(Math.abs((back as number) - us)).toBeLessThanOrEqual(us * 0.005 + 1);
      }),
    );
  });

  test("round lengths come back exactly", () => {
    const unit = fc.constantFrom("us", "ms", "s", "min", "h", "d");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), unit, (count, name) => {
        const us = parseDuration(`${count}${name}`) as number;
        const rounded = parseDuration(formatDuration(us)) as number;
        expect(Math.abs(rounded - us)).toBeLessThanOrEqual(us * 0.005);
      }),
    );
    for (const text of ["250ms", "30s", "5min", "6h", "2d"]) {
      expect(formatDuration(parseDuration(text) as number)).toBe(text);
    }
  });
});

describe("Duration: in a user's file", () => {
  const decode = Schema.decodeUnknownEither(Duration);

  test("text becomes integer microseconds", () => {
    expect(decode("6h")).toEqual(Either.right(6 * HOUR));
  });

  test("what is no duration is refused in a sentence with examples", () => {
    const refused = decode("6 hours");
    expect(Either.isLeft(refused) && refused.left.message).toContain(
      'expected a duration such as "250ms", "6h" or "2d"',
    );
    expect(Either.isLeft(decode(6))).toBe(true);
  });
});
