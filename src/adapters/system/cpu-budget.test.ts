/** The bucket of CPU time against a process that takes all it can get. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CpuBudget } from "./cpu-budget.ts";

interface Run {
  readonly used: number;
  readonly elapsed: number;
  readonly looks: number;
}

/** `cores` busy threads under the budget; the measurer comes late by what `late` gives. */
function run(share: number, cores: number, late: () => number): Run {
  const budget = new CpuBudget(share, 0, 0);
  let [at, used, looks] = [0, 0, 0];
  let { halt, againMs } = budget.judge(0, 0);
  while (at < 60_000) {
    const step = againMs + late();
    at += step;
    if (!halt) used += step * cores;
    ({ halt, againMs } = budget.judge(at, Math.floor(used / 10) * 10));
    looks += 1;
  }
  return { used, elapsed: at, looks };
}

describe("CPU budget", () => {
  test.each([0.05, 0.1, 0.25, 0.5, 0.75, 0.9])("a busy thread gets %d of a core", (share) => {
    const { used, elapsed, looks } = run(share, 1, () => 1);
    expect(used / elapsed).toBeGreaterThan(share * 0.9);
    expect(used / elapsed).toBeLessThan(share * 1.05 + 0.005);
    expect(looks / (elapsed / 1_000)).toBeLessThan(60);
  });

  test("a whole core is not halted for what one thread can use", () => {
    const { used, elapsed } = run(1, 1, () => 0);
    expect(used / elapsed).toBeGreaterThan(0.95);
  });

  test("four threads get no more than the share of one", () => {
    const { used, elapsed } = run(0.5, 4, () => 0);
    expect(used / elapsed).toBeLessThan(0.55);
  });

  test("what was not used is not saved up", () => {
    const budget = new CpuBudget(0.5, 0, 0);
    budget.judge(3_600_000, 0);
    expect(budget.judge(3_600_200, 200).halt).toBe(false);
    expect(budget.judge(3_600_400, 400).halt).toBe(true);
  });

  test("however late it is looked at, the share holds over time", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.array(fc.nat(80), { minLength: 1, maxLength: 20 }),
        (share, delays) => {
          let i = 0;
          const { used, elapsed } = run(share, 1, () => delays[i++ % delays.length] ?? 0);
          expect(used).toBeLessThanOrEqual(share * elapsed + 100 + 330);
        },
      ),
    );
  });
});
