import fc from "fast-check";
import { expect, test } from "vitest";
import { Stream } from "../../kernel/entropy.ts";
import { AliasTable } from "./alias-table.ts";

test("alias table: frequencies follow the weights", () => {
  const weights = [1, 0, 2, 5, 0.5, 1.5];
  const table = new AliasTable(weights);
  const stream = new Stream(3, "alias");
  const draws = 200_000;
  const counts = new Float64Array(weights.length);
  for (let i = 0; i < draws; i++) counts[table.draw(stream)]! += 1;
  for (const [i, weight] of weights.entries()) {
    const share = weight / 10;
    const deviation = Math.sqrt((share * (1 - share)) / draws);
    expect(Math.abs(counts[i]! / draws - share)).toBeLessThanOrEqual(4 * deviation);
  }
});

test("alias table: an entry without weight is never drawn", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true })), {
        minLength: 1,
        maxLength: 40,
      }),
      fc.nat(),
      (weights, seed) => {
        fc.pre(weights.some((weight) => weight > 0));
        const table = new AliasTable(weights);
        const stream = new Stream(seed, "alias");
        for (let i = 0; i < 100; i++) expect(weights[table.draw(stream)]).toBeGreaterThan(0);
      },
    ),
  );
});

test("alias table: no weight at all is refused", () => {
  expect(() => new AliasTable([0, 0])).toThrow("at least one weight is positive");
  expect(() => new AliasTable([1, -1])).toThrow("not negative");
});
