/** Integers inside names: read exactly when they are written as they are printed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { integerIn } from "./integer-in-text.ts";

const whole = (text: string) => integerIn(text, 0, text.length);

describe("Integer in a text", () => {
  test("what is printed is read", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.string(), fc.string(), (value, before, after) => {
        const text = `${before}${value}${after}`;
        const from = before.length;
        return integerIn(text, from, from + `${value}`.length) === value;
      }),
    );
  });

  test("what is read is what was printed", () => {
    const digits = fc.string({ unit: fc.constantFrom("0", "1", "9", "-", ".", "e", " ") });
    fc.assert(fc.property(digits, (text) => whole(text) === -1 || `${whole(text)}` === text));
  });

  test.each(["", "-1", "01", "1.0", "1e3", "9007199254740992", "99999999999999999", "x"])(
    "%j is none",
    (text) => {
      expect(whole(text)).toBe(-1);
    },
  );

  test("beyond the text there is none", () => {
    expect([integerIn("12", 1, 3), integerIn("12", -1, 1), integerIn("12", 2, 1)]).toEqual([
      -1, -1, -1,
    ]);
  });
});
