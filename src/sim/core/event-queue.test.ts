/** The event queue by stories; any history: event-queue.prop.test.ts. */
import { describe, expect, test } from "vitest";
import { mix32 } from "../../kernel/entropy.ts";
import { EventQueue } from "./event-queue.ts";

const drained = <T>(queue: EventQueue<T>): ReadonlyArray<T> => {
  const all: T[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) all.push(next);
  return all;
};

describe("EventQueue: order", () => {
  test("time decides", () => {
    const queue = new EventQueue<string>();
    queue.push(30, 1, "c");
    queue.push(10, 2, "a");
    queue.push(20, 3, "b");
    expect(drained(queue)).toEqual(["a", "b", "c"]);
    expect(queue.time).toBe(30);
  });

  test("ties: order decides, not the sequence of the pushes", () => {
    const queue = new EventQueue<number>();
    for (const order of [5, 1, 4, 2, 3]) queue.push(7, order, order);
    expect(drained(queue)).toEqual([1, 2, 3, 4, 5]);
  });

  test("ties: an event pushed at the time of the one just popped comes next", () => {
    const queue = new EventQueue<string>();
    queue.push(10, 1, "first");
    queue.push(11, 2, "later");
    queue.pop();
    queue.push(10, 9, "at once");
    expect(drained(queue)).toEqual(["at once", "later"]);
  });

  test("times and orders up to 2^53 are told apart", () => {
    const queue = new EventQueue<string>();
    const far = 1_767_571_200_000_000;
    queue.push(far + 1, Number.MAX_SAFE_INTEGER - 1, "second");
    queue.push(far + 1, Number.MAX_SAFE_INTEGER, "third");
    queue.push(far, Number.MAX_SAFE_INTEGER, "first");
    expect(drained(queue)).toEqual(["first", "second", "third"]);
  });
});

describe("EventQueue: the empty root", () => {
  test("a queue may run empty and fill again", () => {
    const queue = new EventQueue<string>();
    expect(queue.pop()).toBeUndefined();
    expect([queue.size, queue.nextTime()]).toEqual([0, Number.POSITIVE_INFINITY]);
    queue.push(1, 1, "a");
    expect(queue.pop()).toBe("a");
    expect([queue.size, queue.nextTime()]).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(queue.pop()).toBeUndefined();
    queue.push(2, 2, "b");
    expect([queue.size, queue.nextTime()]).toEqual([1, 2]);
    expect(queue.pop()).toBe("b");
  });

  test("looking ahead between pop and push changes nothing", () => {
    const queue = new EventQueue<string>();
    queue.push(1, 1, "a");
    queue.push(3, 2, "c");
    queue.pop();
    expect(queue.nextTime()).toBe(3);
    queue.push(2, 3, "b");
    expect(drained(queue)).toEqual(["b", "c"]);
  });
});

describe("EventQueue: growth", () => {
  test("a hundred thousand events, held for a while, come out sorted", () => {
    const queue = new EventQueue<number>();
    const count = 100_000;
    for (let n = 0; n < count; n++) queue.push(mix32(n) % 5_000, n, n);
    expect(queue.size).toBe(count);
    let [time, order] = [-1, -1];
    for (const n of drained(queue)) {
      const at = mix32(n) % 5_000;
      if (at < time || (at === time && n < order)) throw new Error(`event ${n} came too late`);
      [time, order] = [at, n];
    }
    expect(queue.size).toBe(0);
  });

  test("slots are used again: a queue that holds ten events stays small", () => {
    const queue = new EventQueue<number>();
    for (let n = 0; n < 10; n++) queue.push(n, n, n);
    for (let n = 10; n < 50_000; n++) {
      expect(queue.pop()).toBe(n - 10);
      queue.push(n, n, n);
    }
    const { payloads } = queue as unknown as { payloads: ReadonlyArray<unknown> };
    expect(payloads.length).toBeLessThanOrEqual(11);
  });
});

test("a queue that was large: what is left, and what comes later, is in order", () => {
  const queue = new EventQueue<number>();
  const timeOf = (n: number) => (n * 7_919) % 20_011;
  for (let n = 0; n < 20_000; n++) queue.push(timeOf(n), n, n);
  let before = -1;
  for (let left = 20_000; left > 0; left--) {
    const n = queue.pop() as number;
    expect(queue.time).toBe(timeOf(n));
    expect(queue.time).toBeGreaterThanOrEqual(before);
    before = queue.time;
    // now and then one that comes after all that are there
    if (left % 4_000 === 0) queue.push(100_000 + left, 0, 20_000 + left);
  }
  const late = Array.from({ length: queue.size }, () => queue.pop() as number);
  expect(late).toEqual([24_000, 28_000, 32_000, 36_000, 40_000]);
  expect(queue.pop()).toBeUndefined();
});
