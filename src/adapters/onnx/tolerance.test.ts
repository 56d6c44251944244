import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Tensor, tensor } from "./tensor.ts";
import { canonical, NotFinite } from "./tolerance.ts";

const float = (...values: ReadonlyArray<number>): Tensor =>
  tensor("float32", [values.length], values);
const numbers = fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), {
  minLength: 1,
  maxLength: 20,
});

describe("Tolerance: the one form of a result", () => {
  test("rounding is done once: what is rounded stays as it is", () => {
    fc.assert(
      fc.property(
        numbers,
        fc.constantFrom("fine" as const, "coarse" as const),
        (all, tolerance) => {
          const once = canonical(float(...all), tolerance);
          expect(canonical(once, tolerance)).toEqual(once);
        },
      ),
    );
  });

  test("a number moves by at most half a step of its class", () => {
    fc.assert(
      fc.property(numbers, (all) => {
        const of = float(...all);
        const rounded = canonical(of, "coarse");
        for (const [i, x] of (of.data as Float32Array).entries()) {
          const most = Math.max(1, Math.abs(x)) * 2 ** -8;
          expect(Math.abs(Number(rounded.data[i]) - x)).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  test("errors of another processor's sums go away, but for a small share", () => {
    const all = Array.from({ length: 4_000 }, (_, i) => Math.sin(i) * 3);
    const here = float(...all);
    const there = float(...all.map((x, i) => x + (i % 2 === 0 ? 1 : -1) * 2 ** -22));
    const differ = (tolerance: "bitwise" | "fine" | "coarse") => {
      const [a, b] = [canonical(here, tolerance), canonical(there, tolerance)];
      return Array.from(a.data, Number).filter((x, i) => x !== Number(b.data[i])).length;
    };
    expect(differ("bitwise")).toBeGreaterThan(1_000);
    expect(differ("fine")).toBeLessThan(40);
    expect(differ("coarse")).toBeLessThan(4);
  });

  test("labels: the first of the largest along the last axis", () => {
    const of = tensor("float32", [2, 3], [1, 5, 5, 9, -1, 2]);
    expect(canonical(of, "labels")).toEqual(tensor("int64", [2], [1, 0]));
  });

  test("zero has one form, and whole numbers are left alone", () => {
    expect(Object.is(canonical(float(-0), "bitwise").data[0], 0)).toBe(true);
    expect(Object.is(canonical(float(-1e-9), "fine").data[0], 0)).toBe(true);
    const whole = tensor("int64", [2], [3, -4]);
    expect(canonical(whole, "coarse")).toBe(whole);
  });

  test("a number that is none names its row", () => {
    const of = tensor("float32", [3, 2], [1, 2, 3, 4, Number.NaN, 5]);
    for (const tolerance of ["bitwise", "coarse", "labels"] as const) {
      expect(() => canonical(of, tolerance)).toThrow(new NotFinite(2));
    }
    expect(() => canonical(float(Number.POSITIVE_INFINITY), "fine")).toThrow("row 0");
  });
});
