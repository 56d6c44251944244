import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import type { AnyAggregationPolicy, WorkerUpdate } from "../../kernel/policies/aggregation.ts";
import { centeredClipping } from "./centered-clipping.ts";
import { krum, multiKrum } from "./krum.ts";
import { mean } from "./mean.ts";
import { median, trimmedMean } from "./median.ts";

const zeros = new Float64Array(2);

/** Updates w0, w1, … of as many owners. */
const updatesOf = (...rows: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<WorkerUpdate> =>
  rows.map((row, i) => ({
    id: `w${i}`,
    cluster: `owner${i}`,
    weight: 1,
    update: Float64Array.from(row),
  }));

function aggregate(
  rule: AnyAggregationPolicy,
  updates: ReadonlyArray<WorkerUpdate>,
  { params = {}, previous = zeros }: { params?: object; previous?: Float64Array } = {},
) {
  return rule.aggregate(Schema.decodeUnknownSync(rule.Params)(params), previous, updates);
}
const plainClipping = { iterations: 1, alike: 0 };

describe("Aggregation: by hand", () => {
  test("mean: by weight, and one liar of five moves it anywhere", () => {
    const [a, b] = updatesOf([1, 0], [4, 2]) as [WorkerUpdate, WorkerUpdate];
    expect([...aggregate(mean, [a, { ...b, weight: 2 }]).update]).toEqual([3, 4 / 3]);
    const bent = aggregate(mean, updatesOf([1, 1], [1, 1], [1, 1], [1, 1], [-1e6, 1]));
    expect(bent.update[0]).toBe((4 - 1e6) / 5);
  });

  test("median: the middle of each coordinate; two liars of five do not move it out", () => {
    const lied = updatesOf([1, 10], [2, 20], [3, 30], [1e9, -1e9], [1e9, -1e9]);
    expect([...aggregate(median, lied).update]).toEqual([3, 10]);
    expect(aggregate(median, updatesOf([1, 1], [1, 1], [9, 9], [9, 9], [9, 9])).update[0]).toBe(9);
  });

  test("trimmed mean: a fifth at each end of five is one value", () => {
    const updates = updatesOf([1, 0], [2, 0], [3, 0], [4, 0], [1e9, -5]);
    const { update } = aggregate(trimmedMean, updates, { params: { trim: 0.2 } });
    expect([...update]).toEqual([3, 0]);
  });

  test("Krum: the one with the nearest neighbours; multi-Krum: all but b", () => {
    // n = 5, b = 1: scores are sums over the two nearest; 0.1 has 0.01 + 0.01
    const updates = updatesOf([0, 0], [0.1, 0], [0.2, 0], [1, 0], [50, 50]);
    const one = aggregate(krum, updates, { params: { bad: 0.2 } });
    expect([...one.update]).toEqual([0.1, 0]);
    expect(one.dropped).toEqual(["w0", "w2", "w3", "w4"]);
    const most = aggregate(multiKrum, updates, { params: { bad: 0.2 } });
    expect(most.update[0]).toBeCloseTo(1.3 / 4, 12);
    expect(most.dropped).toEqual(["w4"]);
  });

  test("Krum takes colluders who agree with each other more than honest workers do", () => {
    // n = 8, b = 3: three neighbours each; the next of the colluders is near enough
    const updates = updatesOf([3, 0], [0, 3], [-3, 0], [0, -3], [3, 3], [1, 1], [1, 1], [1, 1]);
    const { update } = aggregate(krum, updates, { params: { bad: 0.31 } });
    expect([...update]).toEqual([1, 1]);
  });

  test("centered clipping: each pulls by at most the median distance", () => {
    // distances from the origin are 1, 2 and 10, so tau is 2: (1 + 2 + 2) / 3
    const updates = updatesOf([1, 0], [2, 0], [10, 0]);
    const once = aggregate(centeredClipping, updates, { params: plainClipping });
    expect(once.update[0]).toBeCloseTo(5 / 3, 12);
    expect(once.clipped).toBe(1);
    // from 5/3 on: -2/3, +1/3 and +2 after clipping
    const twice = { ...plainClipping, iterations: 2 };
    const { update } = aggregate(centeredClipping, updates, { params: twice });
    expect(update[0]).toBeCloseTo(5 / 3 + 5 / 9, 12);
  });

  test("centered clipping begins where the last round ended", () => {
    const previous = Float64Array.of(9, 0);
    const updates = updatesOf([10, 0], [11, 0], [-1e9, 0]);
    const { update } = aggregate(centeredClipping, updates, { params: plainClipping, previous });
    expect(update[0]).toBeCloseTo(9 + (1 + 2 - 2) / 3, 12);
  });
});

describe("Aggregation: many identities", () => {
  const honest = updatesOf([1, 0], [1.2, 0.3], [0.9, -0.4], [1.1, 0.5]);
  const sybils = (n: number): ReadonlyArray<WorkerUpdate> =>
    Array.from({ length: n }, (_, i) => ({
      id: `s${i}`,
      cluster: "mallory",
      weight: 1,
      update: Float64Array.of(-8, 0),
    }));

  test.each([mean, median, trimmedMean, multiKrum, centeredClipping])(
    "$name: ten identities of one cluster weigh as much as one",
    (rule) => {
      const one = aggregate(rule, [...honest, ...sybils(1)]).update;
      const ten = aggregate(rule, [...honest, ...sybils(10)]).update;
      for (const [k, x] of one.entries()) expect(ten[k]).toBeCloseTo(x, 12);
    },
  );

  test("strangers who send one vector have one say, where they had three", () => {
    const strangers = sybils(3).map((each) => ({ ...each, cluster: each.id }));
    const more = [...honest, ...updatesOf([1, 0.1], [0.7, 0.3], [1.3, -0.2], [1.4, 0.2])];
    const all = [
      ...more.map((each, i) => ({ ...each, id: `h${i}`, cluster: `h${i}` })),
      ...strangers,
    ];
    const open = aggregate(centeredClipping, all, { params: { alike: 0 } }).update[0] as number;
    const shut = aggregate(centeredClipping, all).update[0] as number;
    expect(open).toBeLessThan(0.65);
    expect(shut).toBeGreaterThan(0.7);
  });
});
