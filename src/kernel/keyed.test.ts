/** Things by their key: what a map would keep, in its order, whether they are few or many. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entriesOf, entryOf, type Kept, withEntry, withoutEntry } from "./keyed.ts";

interface Entry {
  readonly key: string;
  readonly value: number;
}

const keys = fc.nat({ max: 14 }).map((n) => `key/${n}`);
const change = fc.record({ key: keys, value: fc.option(fc.nat(), { nil: undefined }) });

describe("Kept by key", () => {
  test("the same as a map after any changes", () => {
    const changes = fc.array(change, { maxLength: 60 });
    fc.assert(
      fc.property(changes, (all) => {
        let kept: Kept<Entry>;
        const map = new Map<string, Entry>();
        for (const { key, value } of all) {
          if (value === undefined) {
            kept = withoutEntry(kept, key);
            map.delete(key);
          } else {
            kept = withEntry(kept, { key, value });
            map.set(key, { key, value });
          }
          expect(entriesOf(kept)).toEqual([...map.values()]);
          expect(entryOf(kept, key)).toEqual(map.get(key));
        }
      }),
    );
  });

  test("nothing left is undefined, from a list and from a map", () => {
    for (const count of [1, 2, 20]) {
      let kept: Kept<Entry>;
      for (let i = 0; i < count; i++) kept = withEntry(kept, { key: `${i}`, value: i });
      for (let i = 0; i < count; i++) kept = withoutEntry(kept, `${i}`);
      expect(kept).toBeUndefined();
    }
  });
});
