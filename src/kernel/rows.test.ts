/** Rows: a hash map for integer keys that come without gaps. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ROW, Rows } from "./rows.ts";

const key = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 20 })).map(([r, place]) => r * ROW + place);
const value = fc.option(fc.nat(), { nil: undefined });

test("rows: what a map holds, and no more places than up to the last of each row", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value)), (changes) => {
      const rows = new Rows<number>();
      const map = new Map<number, number>();
      for (const [at, to] of changes) {
        rows.set(at, to);
        if (to === undefined) map.delete(at);
        else map.set(at, to);
        expect(rows.get(at)).toBe(to);
      }
      const held = [...rows].filter(([, each]) => each !== undefined);
      expect(new Map(held as Array<[number, number]>)).toEqual(map);
      const ends = new Map<number, number>();
      for (const at of map.keys()) {
        const row = Math.floor(at / ROW);
        ends.set(row, Math.max(ends.get(row) ?? 0, (at % ROW) + 1));
      }
      expect(rows.size).toBe([...ends.values()].reduce((sum, end) => sum + end, 0));
    }),
  );
});
