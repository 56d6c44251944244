import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AnyAggregationPolicy, WorkerUpdate } from "../../kernel/policies/aggregation.ts";
import { distance } from "./alike.ts";
import { centeredClipping } from "./centered-clipping.ts";
import { krum, multiKrum } from "./krum.ts";
import { mean } from "./mean.ts";
import { median, trimmedMean } from "./median.ts";

const rules: ReadonlyArray<AnyAggregationPolicy> = [
  mean,
  median,
  trimmedMean,
  krum,
  multiKrum,
  centeredClipping,
];
const DIMENSIONS = 5;

const vector = fc
  .array(fc.double({ min: -100, max: 100, noNaN: true }), {
    minLength: DIMENSIONS,
    maxLength: DIMENSIONS,
  })
  .map((row) => Float64Array.from(row));
const vectors = (minLength: number) => fc.array(vector, { minLength, maxLength: 16 });
const updates: fc.Arbitrary<ReadonlyArray<WorkerUpdate>> = fc
  .array(
    fc.record({
      update: vector,
      owner: fc.nat({ max: 9 }),
      weight: fc.integer({ min: 1, max: 30 }),
    }),
    {
      minLength: 1,
      maxLength: 16,
    },
  )
  .map((rows) =>
    rows.map(({ update, owner, weight }, i) => ({
      id: `w${String(i).padStart(2, "0")}`,
      cluster: `c${owner}`,
      weight,
      update,
    })),
  );
const ownersOf = (rows: ReadonlyArray<Float64Array>): ReadonlyArray<WorkerUpdate> =>
  rows.map((update, i) => {
    const id = `w${String(i).padStart(2, "0")}`;
    return { id, cluster: id, weight: 1, update };
  });
const paramsOf = (rule: AnyAggregationPolicy) => Schema.decodeUnknownSync(rule.Params)({});

/** Equal scores are told apart by id, so for these two other ids may give another choice. */
const byScore: ReadonlyArray<AnyAggregationPolicy> = [krum, multiKrum];
const byValue = rules.filter((rule) => !byScore.includes(rule));

describe.each(byValue.map((rule) => [rule.name, rule] as const))("%s", (_name, rule) => {
  const params = paramsOf(rule);

  test("who sends what does not count: other ids give the same aggregate", () => {
    const renamed = vectors(1).chain((rows) =>
      fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
    );
    const property = fc.property(vector, renamed, (previous, [rows, mixed]) => {
      const a = rule.aggregate(params, previous, ownersOf(rows)).update;
      const b = rule.aggregate(params, previous, ownersOf(mixed)).update;
      for (const [k, x] of a.entries()) expect(b[k]).toBeCloseTo(x, 6);
    });
    fc.assert(property);
  });
});

describe.each(rules.map((rule) => [rule.name, rule] as const))("%s", (_name, rule) => {
  const params = paramsOf(rule);

  test("the order of arrival decides no bit", () => {
    const shuffled = updates.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all], { minLength: all.length })),
    );
    const property = fc.property(vector, shuffled, (previous, [all, mixed]) => {
      expect(rule.aggregate(params, previous, mixed)).toEqual(
        rule.aggregate(params, previous, all),
      );
    });
    fc.assert(property);
  });

  test("what all send is what comes out", () => {
    const property = fc.property(vector, fc.integer({ min: 1, max: 16 }), (same, n) => {
      const all = ownersOf(Array.from({ length: n }, () => same));
      const { update } = rule.aggregate(params, same, all);
      for (const [k, x] of same.entries()) expect(update[k]).toBeCloseTo(x, 9);
    });
    fc.assert(property);
  });
});

describe("Centered clipping: bounds", () => {
  const params = { iterations: 3, alike: 0 };

  test("an aggregate moves by at most three times the median distance from the last", () => {
    const property = fc.property(vector, vectors(1), (previous, rows) => {
      const { update } = centeredClipping.aggregate(params, previous, ownersOf(rows));
      const far = rows.map((row) => distance(row, previous)).sort((a, b) => a - b);
      const middle = far[Math.floor(far.length / 2)] as number;
      expect(distance(update, previous)).toBeLessThanOrEqual(3 * middle + 1e-9);
    });
    fc.assert(property);
  });

  test("31 % of bad updates, whatever they are, cannot widen the radius beyond honest ones", () => {
    const property = fc.property(
      vector,
      vectors(11),
      fc.array(vector),
      (previous, honest, lies) => {
        const bad = lies
          .slice(0, Math.floor((honest.length * 31) / 69))
          .map((x) => x.map((y) => y * 1e6));
        const { update } = centeredClipping.aggregate(
          params,
          previous,
          ownersOf([...honest, ...bad]),
        );
        const most = Math.max(...honest.map((row) => distance(row, previous)));
        expect(distance(update, previous)).toBeLessThanOrEqual(3 * most + 1e-6);
      },
    );
    fc.assert(property);
  });
});
