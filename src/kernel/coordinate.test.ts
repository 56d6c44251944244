/** Network coordinates: one step by hand, what holds always, and what liars achieve. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  adjusted,
  attracted,
  type Coordinate,
  distanceMs,
  HEIGHT_MIN,
  isStrange,
  located,
  medianOf,
  medianOfThree,
  nowhere,
} from "./coordinate.ts";

const at = (x: number, y = 0, rest: Partial<Coordinate> = {}): Coordinate => ({
  x,
  y,
  height: 0,
  error: 1,
  ...rest,
});
const length = fc.double({ min: -1e4, max: 1e4, noNaN: true });
const coordinate = fc.record({
  x: length,
  y: length,
  height: fc.double({ min: HEIGHT_MIN, max: 1e3, noNaN: true }),
  error: fc.double({ min: 1e-6, max: 1.5, noNaN: true }),
});
const samples = fc.array(
  fc.record({ to: coordinate, rttMs: fc.double({ min: 0, max: 1e5, noNaN: true }) }),
  { minLength: 1, maxLength: 12 },
);

describe("Coordinate", () => {
  test("one step: two strangers 60 ms apart measure 100 ms, and the one moves away by 5", () => {
    const moved = adjusted(at(0), { to: at(60), rttMs: 100 }, 0);
    // w = 1/2, es = 0.4: error 0.4 / 8 + 7 / 8, force 40 / 8
    expect(moved).toEqual({ x: -5, y: 0, height: HEIGHT_MIN, error: 0.925 });
  });

  test("two hosts on one point part in the direction that was drawn", () => {
    const sample = { to: nowhere, rttMs: 80 };
    expect(adjusted(nowhere, sample, 0).x).toBeGreaterThan(0);
    expect(adjusted(nowhere, sample, 4).x).toBeLessThan(0);
    expect(adjusted(nowhere, sample, -1)).toEqual(adjusted(nowhere, sample, 7));
  });

  test("any samples: all stays finite, the error in (0, 1.5], the height off the floor", () => {
    const property = fc.property(coordinate, samples, fc.nat(), (start, given, direction) => {
      for (const own of [
        given.reduce((each, sample) => attracted(adjusted(each, sample, direction)), start),
        located(start, given, direction),
      ]) {
        expect([own.x, own.y, own.height].every(Number.isFinite)).toBe(true);
        expect(own.error).toBeGreaterThan(0);
        expect(own.error).toBeLessThanOrEqual(1.5);
        expect(own.height).toBeGreaterThanOrEqual(HEIGHT_MIN);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("gravity pulls to the middle and never through it", () => {
    expect(attracted(at(150)).x).toBeCloseTo(149, 12);
    expect(attracted(at(0, -1e6)).y).toBeCloseTo(0, 12);
    expect(attracted(nowhere)).toBe(nowhere);
  });

  test("the middle of three forgets one that was held up", () => {
    for (const [a, b, c] of [
      [1, 2, 900],
      [900, 1, 2],
      [2, 900, 1],
    ] as const) {
      expect(medianOfThree(a, b, c)).toBe(2);
    }
    expect([medianOf([]), medianOf([3]), medianOf([4, 1, 2, 9])]).toEqual([0, 3, 3]);
  });

  test("a residual is strange against what was seen before, not by itself", () => {
    expect(isStrange(4, [0, 0, 0, 0])).toBe(false);
    expect(isStrange(60, [1, -2, 3, -1])).toBe(true);
    expect(isStrange(60, [40, -50, 30, -60])).toBe(false);
  });

  test("a place from five round trips, one of them a lie", () => {
    const beacons = [at(0, 0), at(60, 0), at(0, 60), at(-50, -40), at(40, 50)];
    const truth = at(25, -15);
    const sure = { height: HEIGHT_MIN, error: 0.05 };
    const honest = beacons.map((to) => ({
      to: { ...to, ...sure },
      rttMs: distanceMs(truth, to),
    }));
    expect(distanceMs(located(nowhere, honest, 3), truth)).toBeLessThan(2);
    const lied = honest.map((sample, i) => (i === 2 ? { ...sample, rttMs: 900 } : sample));
    expect(distanceMs(located(nowhere, lied, 3), truth)).toBeLessThan(4);
  });
});
