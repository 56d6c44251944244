/** Numbers by pairs: what a map of maps would say. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { PairNumbers } from "./pair-numbers.ts";

test("numbers by pairs: the last that was set, whatever else was", () => {
  const side = fc.oneof(fc.nat(3), fc.nat(67_108_863));
  const entry = fc.tuple(side, side, fc.nat());
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 200 }), (entries) => {
      const pairs = new PairNumbers();
      const known = new Map<string, number>();
      for (const [first, second, number] of entries) {
        pairs.set(first, second, number);
        known.set(`${first} ${second}`, number);
      }
      return (
        pairs.size === known.size &&
        entries.every(([a, b]) => pairs.get(a, b) === known.get(`${a} ${b}`)) &&
        pairs.get(67_108_863, 67_108_862) === (known.get("67108863 67108862") ?? 0)
      );
    }),
  );
});

test("many pairs: all are kept when the table grows", () => {
  const pairs = new PairNumbers();
  for (let i = 0; i < 10_000; i++) pairs.set(i % 100, i, i + 1);
  expect(pairs.size).toBe(10_000);
  for (let i = 0; i < 10_000; i++) expect(pairs.get(i % 100, i)).toBe(i + 1);
});
