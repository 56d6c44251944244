/** The search on problems whose answer is known. */
import { describe, expect, test } from "vitest";
import { CrossEntropy, type Dimension, type Strategy, usual } from "./cross-entropy.ts";

const dimensions: ReadonlyArray<Dimension> = [
  { path: "x", range: { kind: "number", from: 0, to: 10, isWhole: false, isLog: false } },
  { path: "n", range: { kind: "number", from: 1, to: 1_000, isWhole: true, isLog: true } },
  { path: "c", range: { kind: "choice", values: ["a", "b", "c", "d"] } },
  { path: "t", range: { kind: "time", from: 0, to: 3_600_000_000 } },
];

/** Best at x = 7, n = 50, c = "c", half an hour; 0 there and below elsewhere. */
function score([x = 0, n = 1, c = 0, t = 0]: Strategy): number {
  const far = Math.abs(Math.log(n / 50));
  return -((x - 7) ** 2) - far - (c === 2 ? 0 : 3) - (t / 3_600_000_000 - 0.5) ** 2;
}

function searched(seed: number, budget: number) {
  const search = new CrossEntropy(dimensions, { ...usual, seed });
  let best: { strategy: Strategy; score: number } | undefined;
  const all: Array<Strategy> = [];
  while (all.length < budget) {
    const generation = search
      .draw(budget - all.length)
      .map((strategy) => ({ strategy, score: score(strategy) }));
    search.learn(generation);
    all.push(...generation.map(({ strategy }) => strategy));
    for (const each of generation) if (best === undefined || each.score > best.score) best = each;
  }
  return { best, all };
}

describe("Cross-entropy search", () => {
  test.each([1, 2, 3, 4, 5])("finds the best strategy with 200 tries, seed %i", (seed) => {
    const { best } = searched(seed, 200);
    const [x = 0, n = 0, c = 0] = best?.strategy ?? [];
    expect(Math.abs(x - 7)).toBeLessThan(0.5);
    expect(n).toBeGreaterThan(30);
    expect(n).toBeLessThan(80);
    expect(c).toBe(2);
  });

  test("tries the same strategies again under the same seed, others under another", () => {
    expect(searched(1, 60).all).toEqual(searched(1, 60).all);
    expect(searched(1, 60).all).not.toEqual(searched(2, 60).all);
  });

  test("never leaves the bounds and never tries more than it may", () => {
    const { all } = searched(3, 47);
    expect(all).toHaveLength(47);
    for (const [x = -1, n = 0, c = -1, t = -1] of all) {
      expect(x >= 0 && x <= 10 && n >= 1 && n <= 1_000 && Number.isInteger(n)).toBe(true);
      expect([0, 1, 2, 3]).toContain(c);
      expect(Number.isInteger(t) && t >= 0 && t <= 3_600_000_000).toBe(true);
    }
  });

  test("learns from one strategy alone without losing its law", () => {
    const search = new CrossEntropy(dimensions, { ...usual, population: 1, seed: 1 });
    search.learn(search.draw(1).map((strategy) => ({ strategy, score: 1 })));
    expect(search.draw(5)).toHaveLength(1);
  });
});
