/** The index of places against a look at every node. */
import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import type { Near, Spot } from "./near.ts";
import { cellOf, emptyNear, joinNear, leaveNear, nearSchema, visitNear } from "./near.ts";

const place = fc.record({
  x: fc.integer({ min: -300_000, max: 300_000 }),
  y: fc.integer({ min: -300_000, max: 300_000 }),
  height: fc.integer({ min: 0, max: 600_000 }),
});
const change = fc.record({ node: fc.nat({ max: 30 }), at: fc.option(place) });
const changes = fc.array(change, { maxLength: 120, size: "max" });
const node = (n: number) => address("node", `n${n}`);

function grown(all: ReadonlyArray<{ node: number; at: Spot | null }>) {
  const places = new Map<Address, Spot>();
  let near: Near = emptyNear;
  for (const { node: n, at } of all) {
    near = at === null ? leaveNear(near, node(n)) : joinNear(near, node(n), cellOf(at));
    if (at === null) places.delete(node(n));
    else places.set(node(n), at);
  }
  return { near, places };
}

function visited(near: Near): ReadonlyArray<Address> {
  const seen: Array<Address> = [];
  visitNear(
    near,
    (below) => below - 1,
    (each) => seen.push(each) > 0,
  );
  return seen;
}

const encode = Schema.encodeSync(nearSchema);
const decode = Schema.decodeSync(nearSchema);

describe("Near", () => {
  test("any comings and goings: each member is in the cell of its last place, and once", () => {
    const property = fc.property(changes, (all) => {
      const { near, places } = grown(all);
      expect(near.keys.entries().map(([each]) => each)).toEqual([...places.keys()].sort());
      const cells = near.sizes.entries().map(([cell, size]) => [cell, size]);
      const counted = new Map<number, number>();
      for (const at of places.values()) {
        counted.set(cellOf(at), (counted.get(cellOf(at)) ?? 0) + 1);
      }
      expect(cells).toEqual([...counted].sort(([a], [b]) => a - b));
      const again = decode(JSON.parse(JSON.stringify(encode(near))));
      expect(visited(again)).toEqual(visited(near));
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("a visit goes outwards, and to nobody twice", () => {
    const property = fc.property(changes, (all) => {
      const { near, places } = grown(all);
      const seen = visited(near);
      expect(new Set(seen).size).toBe(seen.length);
      const distances = seen.map((each) => {
        const at = places.get(each) as Spot;
        return Math.sqrt(at.x * at.x + at.y * at.y) + at.height;
      });
      // nobody comes long after one who is further away by more than the cells are wide
      let furthest = 0;
      for (const distance of distances) {
        if (distance < 200_000) expect(furthest).toBeLessThan(3 * distance + 60_000);
        furthest = Math.max(furthest, distance);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("a visit passes over what was taken, and ends when it is told to", () => {
    let near: Near = emptyNear;
    for (let n = 0; n < 20; n++) {
      near = joinNear(near, node(n), cellOf({ x: 10_000 * (n - 10), y: 0, height: 1_000 }));
    }
    expect(visited(near)[0]).toBe(node(10));
    for (let n = 6; n < 15; n++) near = leaveNear(near, node(n));
    expect(visited(near).slice(0, 2).sort()).toEqual([node(15), node(5)]);
    expect(visited(near)).toHaveLength(11);
    const seen: Array<Address> = [];
    visitNear(
      near,
      () => 0,
      (each) => seen.push(each) < 3,
    );
    expect(seen).toHaveLength(3);
  });
});
