/** The small pieces of the live shell: time, timers, queues and the text of what is kept. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { address } from "../kernel/address.ts";
import { ShardClock } from "./clock.ts";
import { Fifo } from "./fifo.ts";
import { fromText, toText, toTextOf } from "./tagged-json.ts";
import { Timers } from "./timers.ts";

describe("Clock of a shard", () => {
  const at = { wallMs: 1_000, steadyMs: 0 };
  const source = { wallMs: () => at.wallMs, steadyMs: () => at.steadyMs };

  test("goes on at its own pace while the wall is set back, and takes the time of a sleep", () => {
    const clock = new ShardClock(source);
    expect(clock.now()).toBe(1_000_000);
    Object.assign(at, { wallMs: 400, steadyMs: 5 });
    expect(clock.now()).toBe(1_005_000);
    Object.assign(at, { wallMs: 90_000, steadyMs: 6 });
    expect(clock.now()).toBe(90_000_000);
    clock.notBefore(95_000_000);
    expect(clock.now()).toBe(95_000_000);
  });

  test("never steps back, whatever wall and steady clock do", () => {
    const moves = fc.array(fc.tuple(fc.integer({ min: -5_000, max: 5_000 }), fc.nat(100)));
    fc.assert(
      fc.property(moves, (steps) => {
        const now = { wallMs: 10_000, steadyMs: 0 };
        const clock = new ShardClock({ wallMs: () => now.wallMs, steadyMs: () => now.steadyMs });
        let last = clock.now();
        for (const [wall, steady] of steps) {
          now.wallMs += wall;
          now.steadyMs += steady;
          const next = clock.now();
          expect(next).toBeGreaterThanOrEqual(last);
          last = next;
        }
      }),
    );
  });
});

test("Timers: come out by their time, and none before it", () => {
  const property = fc.property(fc.array(fc.nat(50)), fc.nat(50), (dues, nowUs) => {
    const timers = new Timers();
    for (const [epoch, dueUs] of dues.entries()) {
      const rest = { actor: address("node", "n"), key: "k", message: { type: "T" } };
      timers.add({ dueUs, epoch, ...rest });
    }
    const out: number[] = [];
    for (let next = timers.take(nowUs); next !== undefined; next = timers.take(nowUs)) {
      out.push(next.dueUs);
    }
    const due = dues.filter((dueUs) => dueUs <= nowUs).sort((a, b) => a - b);
    expect(out).toEqual(due);
    expect(timers.size).toBe(dues.length - due.length);
  });
  fc.assert(property);
});

test("Fifo: behaves as an array does, however long", () => {
  const moves = fc.array(fc.oneof(fc.nat(), fc.constant("shift")), { maxLength: 5_000 });
  const property = fc.property(moves, (steps) => {
    const fifo = new Fifo<number>();
    const array: number[] = [];
    for (const step of steps) {
      if (typeof step === "number") {
        fifo.push(step);
        array.push(step);
      } else {
        expect(fifo.peek()).toBe(array[0]);
        expect(fifo.shift()).toBe(array.shift());
      }
      expect(fifo.size).toBe(array.length);
    }
    expect(fifo.toArray()).toEqual(array);
  });
  fc.assert(property, { numRuns: 50 });
});

describe("Tagged JSON", () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.string(),
      fc.bigInt(),
      fc.array(tie("value")),
      fc.dictionary(
        fc.string().filter((key) => key !== "$bigint" && key !== "__proto__"),
        tie("value"),
      ),
    ),
  })).value;

  test("what is kept comes back, amounts too, on one line", () => {
    const property = fc.property(plain, (value) => {
      const text = toText(value);
      expect(text).not.toMatch(/[\n\t]/);
      expect(fromText(text)).toEqual(value);
      expect(toTextOf("a kind", value)).toBe(text);
    });
    fc.assert(property);
  });
});
