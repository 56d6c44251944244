/** The order in which each rule serves the same small crowd. */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { MFLOP_PER_VCU, nanoVcu } from "../../kernel/credit.ts";
import type { AnySchedulingPolicy, Work } from "../../kernel/policies/scheduling.ts";
import { equalShare } from "./equal-share.ts";
import { firstCome } from "./first-come.ts";

const VCU = 1_000_000_000n;

const moment = { atUs: 0, capacityOf: () => 0 };

interface Wish {
  readonly by: string;
  readonly vcu?: number;
  readonly balance?: bigint;
  readonly earned?: bigint;
}

function worksOf(wishes: ReadonlyArray<Wish>): ReadonlyArray<Work> {
  return wishes.map(({ by, vcu = 1, balance = 0n, earned = VCU }, n) => ({
    attempt: `${by}${n}`,
    task: `t${n}`,
    job: address("job", "j"),
    requester: address("contributor", by),
    standing: {
      balance: nanoVcu(balance),
      earned: nanoVcu(earned),
      spent: nanoVcu(0n),
      rate: nanoVcu(0n),
    },
    commons: by === "commons",
    onDebt: false,
    content: `t${n}`,
    mflop: vcu * MFLOP_PER_VCU,
    memoryMib: 0,
    inputBytes: 0,
    outputBytes: 0,
    token: n,
    exclude: [],
    queuedUs: n,
  }));
}

function queueOf(policy: AnySchedulingPolicy, wishes: ReadonlyArray<Wish>): unknown {
  const add = (state: unknown, work: Work) => policy.add(state, work, moment);
  return worksOf(wishes).reduce(add, policy.init(Schema.decodeUnknownSync(policy.Params)({})));
}

function orderOf(policy: AnySchedulingPolicy, wishes: ReadonlyArray<Wish>): string {
  let state = queueOf(policy, wishes);
  const order: Array<string> = [];
  for (;;) {
    const { work, pass } = policy.next(state, moment);
    if (work === undefined) break;
    order.push(work.attempt);
    state = policy.take(state, work, { placed: true, pass, moment });
  }
  return order.join(" ");
}

const crowd = [
  { by: "commons" },
  { by: "a" },
  { by: "a" },
  { by: "a" },
  { by: "b" },
  { by: "c" },
  { by: "c" },
];

describe("Scheduling", () => {
  test("first come: in order of arrival, commons work last", () => {
    expect(orderOf(firstCome, crowd)).toBe("a1 a2 a3 b4 c5 c6 commons0");
  });

  test("equal share: requesters take turns, whoever brings more waits longer", () => {
    expect(orderOf(equalShare, crowd)).toBe("a1 b4 c5 a2 c6 a3 commons0");
  });

  test("equal share counts work, not executions", () => {
    const wishes = [{ by: "a", vcu: 2 }, { by: "a" }, { by: "b" }, { by: "b" }, { by: "b" }];
    expect(orderOf(equalShare, wishes)).toBe("a0 b2 b3 a1 b4");
  });

  test("every rule says in one sentence why an attempt waits", () => {
    const wishes = [
      { by: "a", balance: 3n * VCU, earned: 2n * VCU },
      { by: "b", balance: -VCU, earned: 4n * VCU },
    ];
    const explain = (policy: AnySchedulingPolicy) => policy.explain(queueOf(policy, wishes), "b1");
    expect(explain(firstCome)).toBe("b1 waits in order of arrival: at most 1 attempts go first");
    expect(explain(equalShare)).toBe(
      "b1 is one of 1 that wait for contributor/b, which had 0 MFLOP placed; " +
        "next is contributor/a, which had 0 MFLOP placed",
    );
  });
});
