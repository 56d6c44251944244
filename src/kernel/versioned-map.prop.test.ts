/** Versions that branch at random, each against a plain Map of its own. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { VersionedMap } from "./versioned-map.ts";

interface Act {
  /** Which of the versions so far it starts from, as a fraction of them. */
  readonly from: number;
  readonly key: number;
  /** Absent: the key is deleted. */
  readonly value: number | undefined;
}

const act: fc.Arbitrary<Act> = fc.record({
  from: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  key: fc.nat({ max: 7 }),
  value: fc.option(fc.nat({ max: 5 }), { nil: undefined, freq: 3 }),
});

interface Version {
  readonly map: VersionedMap<number, number>;
  readonly model: ReadonlyMap<number, number>;
}

/** Both kinds of table behind a map. */
const empties: ReadonlyArray<readonly [string, () => VersionedMap<number, number>]> = [
  ["VersionedMap", () => VersionedMap.empty()],
  ["VersionedMap in rows", () => VersionedMap.inRows()],
];

function grow(acts: ReadonlyArray<Act>, empty: VersionedMap<number, number>) {
  const versions: Version[] = [{ map: empty, model: new Map() }];
  for (const { from, key, value } of acts) {
    const base = versions[Math.floor(from * versions.length)] as Version;
    const model = new Map(base.model);
    if (value === undefined) model.delete(key);
    else model.set(key, value);
    const map = value === undefined ? base.map.delete(key) : base.map.set(key, value);
    versions.push({ map, model });
  }
  return versions;
}

const sorted = (model: ReadonlyMap<number, number>) => [...model].sort(([a], [b]) => a - b);

test.each(empties)(
  "%s: every version stays what it was, in whatever order versions are read",
  (_, empty) => {
    const property = fc.property(
      fc.array(act, { maxLength: 60, size: "max" }),
      fc.array(fc.nat({ max: 60 }), { maxLength: 30, size: "max" }),
      (acts, order) => {
        const versions = grow(acts, empty());
        const visits = [...order.map((n) => n % versions.length), ...versions.keys()];
        for (const at of visits) {
          const { map, model } = versions[at] as Version;
          expect([map.size, map.entries()]).toEqual([model.size, sorted(model)]);
          const keys = [0, 1, 2, 3, 4, 5, 6, 7];
          expect(keys.map((key) => map.get(key))).toEqual(keys.map((key) => model.get(key)));
          expect(keys.filter((key) => map.has(key))).toEqual(keys.filter((key) => model.has(key)));
        }
      },
    );
    fc.assert(property, { numRuns: 100 });
  },
);

test.each(empties)(
  "%s: used as actors use it, the newest and the one before are right",
  (_, empty) => {
    const property = fc.property(fc.array(act, { maxLength: 200, size: "max" }), (acts) => {
      let newest = empty();
      let model = new Map<number, number>();
      for (const { key, value } of acts) {
        const before = newest;
        const modelBefore = new Map(model);
        newest = value === undefined ? newest.delete(key) : newest.set(key, value);
        model = new Map(model);
        if (value === undefined) model.delete(key);
        else model.set(key, value);
        if (key === 0) expect(before.entries()).toEqual(sorted(modelBefore));
        expect(newest.entries()).toEqual(sorted(model));
      }
    });
    fc.assert(property, { numRuns: 100 });
  },
);
