/** Hexadecimal digits: those that the engine itself would print. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesInHex, integerInHex, wordInHex } from "./hex.ts";

describe("Hexadecimal digits", () => {
  test("of an integer: those of the engine, however long", () => {
    const values = fc.oneof(fc.nat(), fc.maxSafeInteger(), fc.maxSafeNat());
    fc.assert(fc.property(values, (value) => integerInHex(value) === value.toString(16)));
    for (const value of [0, 2 ** 28 - 1, 2 ** 28, 2 ** 53 - 1, 2 ** 60, -1]) {
      expect(integerInHex(value)).toBe(value.toString(16));
    }
  });

  test("of a word: always eight", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (word) => wordInHex(word) === word.toString(16).padStart(8, "0"),
      ),
    );
  });

  test("of bytes: two each", () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        (bytes) => bytesInHex(bytes) === Buffer.from(bytes).toString("hex"),
      ),
    );
  });
});
