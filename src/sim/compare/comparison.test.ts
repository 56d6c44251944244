import { describe, expect, test } from "vitest";
import { compareRuns, pairedDifference } from "./comparison.ts";

/** Runs of one policy, metric by metric. */
function runsOf(metrics: Readonly<Record<string, ReadonlyArray<number>>>) {
  const length = Object.values(metrics)[0]?.length ?? 0;
  return Array.from({ length }, (_, i) =>
    Object.fromEntries(Object.entries(metrics).map(([name, of]) => [name, of[i] as number])),
  );
}

const seeds = [1, 2, 3, 4];

describe("Paired differences", () => {
  test("what the seeds have in common drops out", () => {
    // Seeds differ by hundreds, the two rules by one: apart their intervals would overlap.
    const a = [100, 300, 500, 900];
    const b = [99, 299, 499, 899];
    expect(pairedDifference(a, b)).toEqual({ mean: 1, low: 1, high: 1, n: 4 });
    // Deviation 1, t(2) = 4.3027: half the width is 4.3027 / sqrt(3).
    const uneven = pairedDifference([3, 5, 7], [2, 3, 4]);
    expect(uneven.mean).toBe(2);
    expect(uneven.low).toBeCloseTo(2 - 2.4841, 3);
    expect(uneven.high).toBeCloseTo(2 + 2.4841, 3);
  });
});

describe("A comparison", () => {
  const runs = new Map([
    [
      "ours",
      runsOf({ honestService: [0.9, 0.92, 0.94, 0.9], waitMeanS: [9, 8, 9, 9], asks: seeds }),
    ],
    [
      "equal",
      runsOf({ honestService: [0.5, 0.6, 0.5, 0.6], waitMeanS: [2, 1, 2, 3], asks: seeds }),
    ],
    [
      "fcfs",
      runsOf({ honestService: [0.9, 0.9, 0.96, 0.9], waitMeanS: [2, 2, 1, 3], asks: seeds }),
    ],
  ]);
  const comparison = compareRuns("small", seeds, runs);

  test("names who is best, together with those that chance may have put behind", () => {
    expect(comparison.winners).toEqual({
      honestService: ["ours", "fcfs"],
      waitMeanS: ["equal", "fcfs"],
    });
  });

  test("gives every metric a mean and an interval, also those without a better direction", () => {
    expect(comparison.metrics.asks?.ours).toEqual({
      mean: 2.5,
      low: expect.closeTo(2.5 - 2.0542, 3) as number,
      high: expect.closeTo(2.5 + 2.0542, 3) as number,
      n: 4,
    });
    expect(comparison.winners).not.toHaveProperty("asks");
  });

  test("says where ours loses, to whom and by how much", () => {
    const told = comparison.losses.map(({ metric, to, difference }) => [
      metric,
      to,
      difference.mean,
    ]);
    expect(told).toEqual([
      ["waitMeanS", "equal", 6.75],
      ["waitMeanS", "fcfs", 6.75],
    ]);
    for (const { difference } of comparison.losses) expect(difference.low).toBeGreaterThan(0);
  });

  test("who served nobody made nobody wait, which is no merit", () => {
    const busy = runsOf({ waitMeanS: [9, 8] });
    const idle = runsOf({ waitMeanS: [0, 0] });
    const told = compareRuns(
      "idle",
      [1, 2],
      new Map([
        ["ours", busy],
        ["none", idle],
      ]),
    );
    expect(told.winners.waitMeanS).toEqual([]);
    expect(told.losses).toEqual([]);
  });

  test("equal numbers are no difference, and one seed proves nothing", () => {
    const same = runsOf({ waitMeanS: [1, 2, 3, 4] });
    const tie = compareRuns(
      "tie",
      seeds,
      new Map([
        ["ours", same],
        ["equal", same],
      ]),
    );
    expect(tie.winners).toEqual({ waitMeanS: ["ours", "equal"] });
    expect(tie.losses).toEqual([]);
    const once = new Map([
      ["ours", runsOf({ waitMeanS: [9] })],
      ["equal", runsOf({ waitMeanS: [1] })],
    ]);
    expect(compareRuns("once", [1], once).losses).toEqual([]);
    expect(compareRuns("once", [1], once).winners.waitMeanS).toHaveLength(2);
  });
});
