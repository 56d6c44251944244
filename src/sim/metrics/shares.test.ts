import { describe, expect, test } from "vitest";
import {
  envy,
  gini,
  jain,
  maxMinShares,
  quantileOf,
  shareViolation,
  sharingIncentive,
} from "./shares.ts";

const given = (asked: number, earned: number, spent: number) => ({ asked, earned, spent });

describe("Formulas of fairness, by hand", () => {
  test("Jain: four served and one not is .8", () => {
    expect(jain([1, 1, 1, 1, 0])).toBeCloseTo(0.8, 12);
    expect(jain([3, 3, 3])).toBeCloseTo(1, 12);
    expect(jain([])).toBe(0);
  });

  test("Gini: one of four has all is .75", () => {
    expect(gini([0, 0, 0, 1])).toBeCloseTo(0.75, 12);
    expect(gini([1, 0, 0, 0])).toBeCloseTo(0.75, 12);
    expect(gini([2, 2, 2])).toBeCloseTo(0, 12);
    expect(gini([1, 2, 3])).toBeCloseTo(2 / 9, 12);
    expect([gini([]), gini([0, 0])]).toEqual([0, 0]);
  });

  test("quantiles count from below", () => {
    expect(quantileOf([5, 1, 4, 2, 3], 0.05)).toBe(1);
    expect(quantileOf([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(quantileOf([], 0.5)).toBe(0);
  });

  test("weighted max-min: capacity 16, demands 4 2 10 4, weights 2.5 4 .5 1 gives 4 2 6 4", () => {
    const people = [given(4, 2.5, 16), given(2, 4, 0), given(10, 0.5, 0), given(4, 1, 0)];
    // The last two share the remaining 10 one to two; 4 is all that the last one wants.
    expect(maxMinShares(people).map((share) => Number(share.toFixed(6)))).toEqual([4, 2, 6, 4]);
    expect(shareViolation(people)).toBeCloseTo(12 / 16, 12);
  });

  test("nothing is in wrong hands when all got their shares", () => {
    expect(shareViolation([given(9, 1, 2), given(9, 2, 4)])).toBeCloseTo(0, 12);
    expect(shareViolation([given(9, 1, 4), given(9, 1, 0)])).toBeCloseTo(0.5, 12);
  });

  test("envy: only who wants more envies, and only who got more for the same work", () => {
    const people = [given(10, 2, 2), given(10, 1, 3), given(1, 1, 1)];
    // The first would get 2 * 3 = 6 in the place of the second: 4 more, 2 per VCU that it earned.
    expect(envy(people)).toEqual({ pairs: 1 / 6, mean: 2 / 3 });
    expect(envy([given(5, 1, 1), given(5, 1, 1)])).toEqual({ pairs: 0, mean: 0 });
    expect(envy([given(5, 1, 0)])).toEqual({ pairs: 0, mean: 0 });
  });

  test("sharing incentive: as much as half of one's own work would have done", () => {
    const people = [given(10, 4, 2), given(10, 4, 1.9), given(1, 4, 1), given(5, 0, 0)];
    expect(sharingIncentive(people, 0.5)).toBeCloseTo(2 / 3, 12);
    expect(sharingIncentive(people, 0)).toBe(1);
  });
});
