/** The heap against a sorted list, with pops and pushes in any mixture. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventQueue } from "./event-queue.ts";

interface Event {
  readonly time: number;
  readonly order: number;
}

function isBefore(a: Event, b: Event): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** The same promise, as simple as it can be said. */
class Model {
  private readonly events: Event[] = [];

  push(event: Event): void {
    let at = this.events.length;
    while (at > 0 && isBefore(event, this.events[at - 1] as Event)) at--;
    this.events.splice(at, 0, event);
  }

  place(event: Event): number {
    return this.events.indexOf(event);
  }

  pop(): Event | undefined {
    return this.events.shift();
  }

  get size(): number {
    return this.events.length;
  }

  nextTime(): number {
    return this.events[0]?.time ?? Number.POSITIVE_INFINITY;
  }
}

type Act =
  | { readonly kind: "push"; readonly delay: number; readonly salt: number }
  | "pop"
  | "peek";

const push = fc.record({
  kind: fc.constant("push" as const),
  // small delays make ties
  delay: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 1_000_000 })),
  salt: fc.nat({ max: 999 }),
});
const actsOf = (pushes: number, pops: number): fc.Arbitrary<ReadonlyArray<Act>> =>
  fc.array(
    fc.oneof<fc.WeightedArbitrary<Act>[]>(
      { weight: pushes, arbitrary: push },
      { weight: pops, arbitrary: fc.constant("pop" as const) },
      { weight: 1, arbitrary: fc.constant("peek" as const) },
    ),
    { maxLength: 300, size: "max" },
  );

/** Pushes lie in the future of the event popped last, as a simulator's do. */
function expectLikeModel(acts: ReadonlyArray<Act>): void {
  expectAlike(new EventQueue<Event>(), new Model(), acts);
}

/** So many wait that the queue looks ahead; few of them, so that pushes fall between those. */
function expectLikeModelAhead(acts: ReadonlyArray<Act>): void {
  let looks = 0;
  const queue = new EventQueue<Event>((next) => {
    looks++;
    const places = next.map((event) => model.place(event));
    expect(places).toEqual(places.map((_, i) => i));
  });
  const model = new Model();
  for (let i = 0; i < 5_000; i++) {
    const event = { time: i % 5, order: -1 - i };
    queue.push(event.time, event.order, event);
    model.push(event);
  }
  expectAlike(queue, model, ["pop", ...acts]);
  expect(looks).toBeGreaterThan(0);
}

function expectAlike(queue: EventQueue<Event>, model: Model, acts: ReadonlyArray<Act>): void {
  let count = 0;
  const pop = () => {
    const got = queue.pop();
    expect(got).toBe(model.pop());
    if (got !== undefined) expect(queue.time).toBe(got.time);
  };
  for (const act of acts) {
    if (act === "pop") pop();
    else if (act === "peek") expect(queue.nextTime()).toBe(model.nextTime());
    else {
      // unique among all, and not in the order of the pushes
      const event = { time: queue.time + act.delay, order: act.salt * 1_000 + count++ };
      queue.push(event.time, event.order, event);
      model.push(event);
    }
    expect(queue.size).toBe(model.size);
  }
  for (let left = Math.min(model.size, 400); left > 0; left--) pop();
  if (model.size === 0) pop();
}

describe("EventQueue: any history agrees with a sorted list", () => {
  test.each([
    ["that grows", 3, 1],
    ["that stays", 1, 1],
    ["that is often empty", 1, 3],
  ])("one %s", (_name, pushes, pops) => {
    fc.assert(fc.property(actsOf(pushes, pops), expectLikeModel), { numRuns: 80 });
  });

  test("one in which many wait", () => {
    fc.assert(fc.property(actsOf(1, 2), expectLikeModelAhead), { numRuns: 10 });
  });
});
