/** What every scheduling rule owes: no work lost, none doubled, paid work first, any history. */
import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { AnySchedulingPolicy, Moment, Work } from "../../kernel/policies/scheduling.ts";
import { schedulingPolicies } from "../../sim/run/policy-table.ts";

interface Wish {
  readonly requester: number;
  readonly commons: boolean;
  readonly onDebt: boolean;
  readonly mflop: number;
  readonly balance: bigint;
  readonly earned: bigint;
  readonly rate: bigint;
}
type Operation =
  | ({ readonly type: "add"; readonly task: number } & Wish)
  | { readonly type: "take"; readonly placed: boolean }
  | { readonly type: "cancel"; readonly task: number };

const add = fc.record({
  type: fc.constant("add" as const),
  task: fc.nat({ max: 12 }),
  requester: fc.nat({ max: 5 }),
  commons: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  onDebt: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  mflop: fc.nat({ max: 100_000 }),
  balance: fc.bigInt(-1_000_000n, 1_000_000n),
  earned: fc.bigInt(0n, 1_000_000n),
  rate: fc.bigInt(1_000_000n, 1_000_000_000n),
});
const take = fc.record({ type: fc.constant("take" as const), placed: fc.boolean() });
const cancel = fc.record({ type: fc.constant("cancel" as const), task: fc.nat({ max: 12 }) });
const history: fc.Arbitrary<ReadonlyArray<Operation>> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: add },
    { weight: 4, arbitrary: take },
    { weight: 1, arbitrary: cancel },
  ),
  { maxLength: 120, size: "max" },
);

function workOf(n: number, task: number, wish: Wish): Work {
  return {
    attempt: `j.${task}.${n}`,
    task: `j.${task}`,
    job: address("job", "j"),
    requester: address("contributor", wish.commons ? "commons" : `c${wish.requester}`),
    standing: {
      balance: nanoVcu(wish.balance),
      earned: nanoVcu(wish.earned),
      spent: nanoVcu(0n),
      rate: nanoVcu(wish.rate),
    },
    commons: wish.commons,
    onDebt: wish.onDebt && !wish.commons,
    content: `j.${task}`,
    mflop: wish.mflop,
    memoryMib: 0,
    inputBytes: 0,
    outputBytes: 0,
    token: n,
    exclude: [],
    queuedUs: n,
  };
}

function at(atUs: number): Moment {
  return { atUs, capacityOf: () => 1_000 };
}

/** Runs a history beside a plain list of what must be waiting. */
function replay(policy: AnySchedulingPolicy, operations: ReadonlyArray<Operation>) {
  let state = policy.init(Schema.decodeUnknownSync(policy.Params)({}));
  let waiting: ReadonlyArray<Work> = [];
  operations.forEach((operation, n) => {
    if (operation.type === "add") {
      const work = workOf(n, operation.task, operation);
      state = policy.add(state, work, at(n));
      waiting = [...waiting, work];
    } else if (operation.type === "cancel") {
      state = policy.cancel(state, `j.${operation.task}`, at(n));
      waiting = waiting.filter((work) => work.task !== `j.${operation.task}`);
    } else {
      const { work, pass, ...asked } = policy.next(state, at(n));
      state = asked.state;
      if (waiting.some(({ onDebt }) => !onDebt)) expect(work).toBeDefined();
      if (work === undefined) return;
      expect(waiting).toContain(work);
      const isPaid = (other: Work) => !other.commons && !other.onDebt;
      if (work.commons) expect(waiting.some(isPaid)).toBe(false);
      state = policy.take(state, work, { placed: operation.placed, pass, moment: at(n) });
      waiting = waiting.filter((other) => other !== work);
    }
    expect(policy.size(state)).toBe(waiting.length);
  });
  return { state, waiting };
}

/** Takes everything, in the policy's order. */
function drain(policy: AnySchedulingPolicy, from: unknown): ReadonlyArray<Work> {
  const order: Array<Work> = [];
  let state = from;
  let atUs = 1_000;
  for (;;) {
    const { work, pass, againUs, ...asked } = policy.next(state, at(atUs));
    state = asked.state;
    if (work === undefined && againUs === undefined) break;
    if (work === undefined) atUs = againUs ?? atUs;
    else {
      order.push(work);
      state = policy.take(state, work, { placed: true, pass, moment: at(atUs) });
    }
  }
  expect(policy.size(state)).toBe(0);
  return order;
}

describe.each(schedulingPolicies.map((policy) => [policy.name, policy] as const))(
  "%s",
  (_name, policy) => {
    test("never loses or doubles work; taking what is next empties the queue", () => {
      const property = fc.property(history, (operations) => {
        const { state, waiting } = replay(policy, operations);
        const drained = drain(policy, state);
        const attemptsOf = (works: ReadonlyArray<Work>) => works.map((work) => work.attempt).sort();
        expect(attemptsOf(drained)).toEqual(attemptsOf(waiting));
      });
      fc.assert(property, { numRuns: 200 });
    });

    test("goes on from its JSON as if nothing had happened", () => {
      const encode = Schema.encodeSync(policy.State);
      const decode = Schema.decodeSync(policy.State);
      const property = fc.property(history, (operations) => {
        const { state } = replay(policy, operations);
        const restored = decode(JSON.parse(JSON.stringify(encode(state))));
        expect(drain(policy, restored)).toEqual(drain(policy, state));
      });
      fc.assert(property, { numRuns: 100 });
    });

    test("explains every attempt, and says when one does not wait", () => {
      const property = fc.property(history, (operations) => {
        const { state, waiting } = replay(policy, operations);
        for (const { attempt } of waiting) {
          expect(policy.explain(state, attempt)).toMatch(/waits|wait for|commons work/);
        }
        expect(policy.explain(state, "j.0.none")).toBe("j.0.none does not wait here");
      });
      fc.assert(property, { numRuns: 50 });
    });
  },
);
