import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY } from "../../kernel/duration.ts";
import { daysFromCivil, parseTimestamp } from "./civil-time.ts";

test("civil time: agrees with the engine's calendar", () => {
  const range = { min: new Date("1600-01-01"), max: new Date("2999-12-31"), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(range), (date) => {
      const text = date.toISOString();
      expect(parseTimestamp(text)).toBe(date.getTime() * 1000);
      const days = daysFromCivil(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
      expect(days).toBe(Math.floor((date.getTime() * 1000) / DAY));
    }),
  );
});

test("civil time: seven digits of a second are rounded to microseconds", () => {
  const whole = parseTimestamp("2023-11-16 18:17:03") ?? 0;
  expect(parseTimestamp("2023-11-16 18:17:03.9799600")).toBe(whole + 979_960);
  expect(parseTimestamp("2023-11-16 18:17:03.0000006")).toBe(whole + 1);
  expect(parseTimestamp("1970-01-01 00:00:00")).toBe(0);
});

test.each(["", "2023-02-29 00:00:00", "2023-13-01 00:00:00", "2023-11-16", "2023-11-16 24:00:00"])(
  "civil time: %j is no instant",
  (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  },
);
