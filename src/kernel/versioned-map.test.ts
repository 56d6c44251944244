/** VersionedMap by stories; branching versions at random: versioned-map.prop.test.ts. */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { NanoVcu, nanoVcu } from "./credit.ts";
import { InvariantViolation } from "./invariant.ts";
import { HISTORY, VersionedMap, versionedMap } from "./versioned-map.ts";

describe("VersionedMap: versions", () => {
  test("a write leaves the version before it as it was", () => {
    const one = VersionedMap.of<string, number>([["a", 1]]);
    const two = one.set("a", 2).set("b", 3);
    expect(one.entries()).toEqual([["a", 1]]);
    expect(two.entries()).toEqual([
      ["a", 2],
      ["b", 3],
    ]);
    expect(one.get("b")).toBeUndefined();
  });

  test("two versions may branch from one", () => {
    const base = VersionedMap.of([["k", 0]]);
    const left = base.set("k", 1);
    const right = base.set("k", 2);
    expect([base.get("k"), left.get("k"), right.get("k")]).toEqual([0, 1, 2]);
  });

  test("what changes nothing is the same version", () => {
    const map = VersionedMap.of<string, number>([["k", 1]]);
    expect(map.set("k", 1)).toBe(map);
    expect(map.delete("other")).toBe(map);
  });

  test("a version is readable for a bounded number of changes, then reading it throws", () => {
    const first = VersionedMap.of([["k", -1]]);
    let newest = first;
    for (let n = 0; n < HISTORY; n++) newest = newest.set("k", n);
    expect(first.entries()).toEqual([["k", -1]]);
    expect(first.get("k")).toBe(-1);
    newest = newest.set("k", HISTORY);
    expect(() => first.get("k")).toThrow(InvariantViolation);
    expect(() => first.entries()).toThrow(InvariantViolation);
    expect(() => first.set("k", 0)).toThrow(InvariantViolation);
    expect(newest.get("k")).toBe(HISTORY);
  });

  test("a branch off an old version begins a history of its own", () => {
    const old = VersionedMap.of([["k", -1]]);
    let newest = old;
    for (let n = 0; n < HISTORY - 1; n++) newest = newest.set("k", n);
    const branch = old.set("k", 7);
    for (let n = 0; n < 10; n++) newest = newest.set("k", n);
    expect([branch.get("k"), newest.get("k")]).toEqual([7, 9]);
    expect(branch.delete("k").size).toBe(0);
  });

  test("undefined is no value", () => {
    const map = VersionedMap.empty<string, number | undefined>();
    expect(() => map.set("k", undefined)).toThrow(InvariantViolation);
  });
});

describe("VersionedMap: keys that come and go", () => {
  test("are gone from what is kept and from copies, and may come again", () => {
    const numbers = Array.from({ length: 3 * HISTORY }, (_, n) => n);
    const full = VersionedMap.of(numbers.map((n) => [n, n] as const));
    let map = full;
    const last: Array<typeof map> = [];
    for (const n of numbers.slice(1)) {
      last.push(map);
      map = map.delete(n);
      expect(map.size).toBe(numbers.length - n);
    }
    expect([map.entries(), map.has(1)]).toEqual([[[0, 0]], false]);
    // what was swept out can still be read in the versions before
    const before = last.at(-HISTORY / 2) as typeof map;
    const first = numbers.length - HISTORY / 2;
    expect([before.get(first - 1), before.get(first)]).toEqual([undefined, first]);
    const copy = before.set(0, -1);
    expect([copy.size, copy.entries().length, copy.get(0)]).toEqual([before.size, before.size, -1]);
    expect([map.set(1, 5).get(1), map.set(1, 5).size]).toEqual([5, 2]);
  });
});

describe("VersionedMap: persisted form", () => {
  const Balances = versionedMap(Schema.String, NanoVcu);

  test("survives JSON without loss", () => {
    const map = VersionedMap.of([
      ["contributor/c2", nanoVcu(2n)],
      ["contributor/c10", nanoVcu(-12_345_678_901_234_567_890n)],
    ]);
    const text = JSON.stringify(Schema.encodeSync(Balances)(map));
    const back = Schema.decodeUnknownSync(Balances)(JSON.parse(text));
    expect(back.entries()).toEqual(map.entries());
  });

  test("is sorted by code unit for text and by value for numbers", () => {
    const text = VersionedMap.of([
      ["b", 0],
      ["a10", 0],
      ["a9", 0],
      ["B", 0],
    ]);
    expect(text.entries().map(([key]) => key)).toEqual(["B", "a10", "a9", "b"]);
    const numbers = VersionedMap.of([10, 9, 100, -1].map((key) => [key, 0] as const));
    expect(numbers.entries().map(([key]) => key)).toEqual([-1, 9, 10, 100]);
  });

  test("does not depend on the order of writes or of reads", () => {
    const forwards = VersionedMap.empty<string, number>().set("a", 1).set("b", 2);
    const backwards = VersionedMap.empty<string, number>().set("b", 2);
    const both = backwards.set("a", 1);
    expect(backwards.has("a")).toBe(false);
    expect(both.entries()).toEqual(forwards.entries());
  });

  test("an older version can still be encoded", () => {
    const old = VersionedMap.of([["k", nanoVcu(1n)]]);
    old.set("k", nanoVcu(2n));
    expect(Schema.encodeSync(Balances)(old)).toEqual([["k", "1"]]);
  });

  test.each([3, HISTORY, 3 * HISTORY])(
    "%i at once: the version before can still be read",
    (count) => {
      const before = VersionedMap.of<string, number>([["k0", -1]]);
      const after = before.setAll(Array.from({ length: count }, (_, n) => [`k${n}`, n] as const));
      expect(before.get("k0")).toBe(-1);
      expect(before.get("k1")).toBeUndefined();
      expect([after.size, after.get("k0"), after.get(`k${count - 1}`)]).toEqual([
        count,
        0,
        count - 1,
      ]);
    },
  );
});
