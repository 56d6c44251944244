import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BLOCK,
  bytesOf,
  quantise,
  readQuantised,
  restore,
  withFeedback,
  writeQuantised,
} from "./quantise.ts";

const numbers = fc
  .array(fc.float({ min: -1_000, max: 1_000, noNaN: true }), { maxLength: 600 })
  .map((all) => Float64Array.from(all));

describe("Quantised updates", () => {
  test("a block is known by its largest number", () => {
    const { numbers: levels, scales } = quantise(Float64Array.of(127, -63.6, 0.4, 0));
    expect([...levels]).toEqual([127, -64, 0, 0]);
    expect([...scales]).toEqual([1]);
  });

  test("no number is off by more than half a step of its block", () => {
    const property = fc.property(numbers, (vector) => {
      const quantised = quantise(vector);
      for (const [k, x] of restore(quantised).entries()) {
        const step = quantised.scales[Math.floor(k / BLOCK)] as number;
        expect(Math.abs(x - (vector[k] as number))).toBeLessThanOrEqual(step * 0.50001 + 1e-30);
      }
    });
    fc.assert(property);
  });

  test("text goes there and back, and is twice as long as the bytes it stands for", () => {
    const property = fc.property(numbers, (vector) => {
      const quantised = quantise(vector);
      const text = writeQuantised(quantised);
      expect(text).toHaveLength(2 * bytesOf(vector.length));
      expect(readQuantised(text, vector.length)).toEqual(quantised);
    });
    fc.assert(property);
  });

  test.each(["", "zz", "3f8000007f7", "7fc000007f", "bf8000007f", "7f8000007f"])(
    "%j is no update of one parameter: too short, not hexadecimal, or no scale",
    (text) => expect(readQuantised(text, 1)).toBeUndefined(),
  );

  test("with feedback nothing is lost for good: what was sent and what is kept is the sum", () => {
    const length = 300;
    const row = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: length,
      maxLength: length,
    });
    const property = fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (updates) => {
      let residual: Float64Array = new Float64Array(length);
      const sent = new Float64Array(length);
      for (const update of updates) {
        const fed = withFeedback(Float64Array.from(update), residual);
        for (const [k, x] of restore(fed.sent).entries()) sent[k] = (sent[k] as number) + x;
        residual = Float64Array.from(fed.residual);
      }
      for (let k = 0; k < length; k++) {
        const wanted = updates.reduce((sum, update) => sum + (update[k] as number), 0);
        expect((sent[k] as number) + (residual[k] as number)).toBeCloseTo(wanted, 9);
        // 1/254 of the largest that was left to send
        expect(Math.abs(residual[k] as number)).toBeLessThanOrEqual(1.01 / 253);
      }
    });
    fc.assert(property, { numRuns: 20 });
  });

  test("ten million parameters are ten megabytes and their scales", () => {
    expect(bytesOf(10_000_000)).toBe(10_000_000 + 4 * 39_063);
  });
});
