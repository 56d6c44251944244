/** Marks against a plain Map: whatever happens, the highest number per sender decides. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Marks } from "./marks.ts";

/** The same promise, as simple as it can be said. */
class Model {
  private readonly highest = new Map<number, number>();

  raise(sender: number, n: number): boolean {
    const before = this.highest.get(sender);
    if (before !== undefined && n <= before) return false;
    this.highest.set(sender, n);
    return true;
  }

  forget(sender: number): void {
    this.highest.delete(sender);
  }

  entries(): Array<readonly [number, number]> {
    return [...this.highest].sort(([a], [b]) => a - b);
  }
}

type Act =
  | { readonly kind: "raise"; readonly sender: number; readonly n: number }
  | { readonly kind: "forget"; readonly sender: number };

/** Few senders and small numbers meet each other; distant senders make long probes and growth. */
const actsOf = (senders: number): fc.Arbitrary<ReadonlyArray<Act>> => {
  const sender = fc.nat({ max: senders - 1 });
  const raise = fc.record({
    kind: fc.constant("raise" as const),
    sender,
    n: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 0x7fffffff })),
  });
  const forget = fc.record({ kind: fc.constant("forget" as const), sender });
  return fc.array(fc.oneof({ weight: 5, arbitrary: raise }, { weight: 2, arbitrary: forget }), {
    maxLength: 400,
    size: "max",
  });
};

function expectLikeModel(acts: ReadonlyArray<Act>): void {
  const marks = new Marks();
  const model = new Model();
  for (const act of acts) {
    if (act.kind === "forget") {
      marks.forget(act.sender);
      model.forget(act.sender);
    } else {
      expect(marks.raise(act.sender, act.n)).toBe(model.raise(act.sender, act.n));
    }
  }
  expect(marks.entries()).toEqual(model.entries());
  expect(marks.size).toBe(model.entries().length);
}

describe("Marks: any history", () => {
  test.each([6, 12, 60, 5_000])("among %i senders a plain Map agrees", (senders) => {
    fc.assert(fc.property(actsOf(senders), expectLikeModel), { numRuns: 150 });
  });
});

describe("Marks: wrap-around", () => {
  const TWO_32 = 2 ** 32;

  test.each([1, 20])("with %i senders numbers go on past 2^32", (senders) => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3_000, max: 3_000 }),
        fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 40 }),
        (offset, steps) => {
          const marks = new Marks();
          for (let other = 1; other < senders; other++) marks.raise(other, 1);
          let n = TWO_32 + offset;
          expect(marks.raise(0, n)).toBe(true);
          for (const step of steps) {
            n += step;
            expect(marks.raise(0, n)).toBe(true);
            expect(marks.raise(0, n)).toBe(false);
            expect(marks.raise(0, n - step)).toBe(false);
          }
          expect(marks.entries()[0]).toEqual([0, n % TWO_32]);
        },
      ),
      { numRuns: 50 },
    );
  });
});
