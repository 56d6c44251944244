/** The pool of members in O(1): order by its own history, kept by its persisted form. */
import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantViolation } from "./invariant.ts";
import {
  emptyPool,
  joinPool,
  leavePool,
  memberAt,
  type Pool,
  poolSchema,
  poolSize,
} from "./pool.ts";

const membersOf = (pool: Pool<string>): ReadonlyArray<string> =>
  Array.from({ length: poolSize(pool) }, (_, place) => memberAt(pool, place));
const poolOf = (...members: ReadonlyArray<string>): Pool<string> =>
  members.reduce<Pool<string>>(joinPool, emptyPool());

describe("Pool: order", () => {
  test("members stand in the order in which they joined", () => {
    expect(membersOf(poolOf("c", "a", "b"))).toEqual(["c", "a", "b"]);
  });

  test("whoever leaves is replaced by the last", () => {
    expect(membersOf(leavePool(poolOf("a", "b", "c", "d"), "b"))).toEqual(["a", "d", "c"]);
    expect(membersOf(leavePool(poolOf("a", "b"), "b"))).toEqual(["a"]);
    expect(membersOf(leavePool(poolOf("a"), "a"))).toEqual([]);
  });

  test("joining twice and leaving without having joined change nothing", () => {
    const pool = poolOf("a");
    expect(joinPool(pool, "a")).toBe(pool);
    expect(leavePool(pool, "b")).toBe(pool);
  });

  test("a place outside the pool is a bug of the caller", () => {
    expect(() => memberAt(poolOf("a"), 1)).toThrow(InvariantViolation);
  });
});

const acts = fc.array(
  fc.record({ join: fc.boolean(), member: fc.constantFrom("a", "b", "c", "d", "e") }),
  { maxLength: 60, size: "max" },
);

test("Pool: any history: it holds what a set holds, once each, and old versions stay", () => {
  const property = fc.property(acts, (history) => {
    let pool = emptyPool<string>();
    const model = new Set<string>();
    for (const { join, member } of history) {
      const before = pool;
      const heldBefore = membersOf(before);
      pool = join ? joinPool(pool, member) : leavePool(pool, member);
      if (join) model.add(member);
      else model.delete(member);
      expect(membersOf(before)).toEqual(heldBefore);
      const held = membersOf(pool);
      expect([...held].sort()).toEqual([...model].sort());
      held.forEach((each, place) => {
        expect(pool.places.get(each)).toBe(place);
      });
    }
  });
  fc.assert(property, { numRuns: 200 });
});

test("Pool: persisted form: JSON keeps the order, and with it every later draw", () => {
  const Form = poolSchema(Schema.String);
  const property = fc.property(acts, fc.nat(), (history, draw) => {
    const pool = history.reduce<Pool<string>>(
      (all, { join, member }) => (join ? joinPool(all, member) : leavePool(all, member)),
      emptyPool(),
    );
    const text = JSON.stringify(Schema.encodeSync(Form)(pool));
    const back = Schema.decodeUnknownSync(Form)(JSON.parse(text));
    expect(membersOf(back)).toEqual(membersOf(pool));
    if (poolSize(pool) > 0) {
      const place = draw % poolSize(pool);
      const leaver = memberAt(pool, place);
      expect(membersOf(leavePool(back, leaver))).toEqual(membersOf(leavePool(pool, leaver)));
    }
  });
  fc.assert(property, { numRuns: 100 });
});
