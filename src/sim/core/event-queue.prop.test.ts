/** The heap against a sorted list, with pops and pushes in any mixture. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventQueue } from "./event-queue.ts";

interface Event {
  readonly time: number;
  readonly order: number;
}

/** The same promise, as simple as it can be said. */
class Model {
  private readonly events: Event[] = [];

  push(event: Event): void {
    this.events.push(event);
    this.events.sort((a, b) => a.time - b.time || a.order - b.order);
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
  const queue = new EventQueue<Event>();
  const model = new Model();
  let count = 0;
  const pop = () => {
    const wanted = model.pop();
    const got = queue.pop();
    expect(got).toBe(wanted);
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
  while (model.size > 0) pop();
  pop();
}

describe("EventQueue: any history agrees with a sorted list", () => {
  test.each([
    ["that grows", 3, 1],
    ["that stays", 1, 1],
    ["that is often empty", 1, 3],
  ])("one %s", (_name, pushes, pops) => {
    fc.assert(fc.property(actsOf(pushes, pops), expectLikeModel), { numRuns: 80 });
  });
});
