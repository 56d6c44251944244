/** Rivals against the published numbers of their own sources (mechanisms A.1), and at the edge. */
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../kernel/duration.ts";
import { absolute } from "./absolute.ts";
import { boinc, finishOf, virtualUs } from "./boinc.ts";
import { CORE, condor, priorityAfter, sharesOf } from "./condor.ts";
import { drf, equalShares, fillTasks } from "./drf.ts";
import { karma, karmaQuantum } from "./karma.ts";
import { exponential, lottery, lotteryTurns } from "./lottery.ts";
import { fillMaxMin, maxmin } from "./maxmin.ts";
import { optimistic } from "./optimistic.ts";
import { stride, strideTurns } from "./stride.ts";
import { Queue, VCU, type Wish } from "./work.arbitrary.ts";

const many = (count: number, wish: Wish): ReadonlyArray<Wish> => Array(count).fill(wish);
const rounded = (numbers: ReadonlyArray<number>) => numbers.map((each) => Number(each.toFixed(4)));

/** Works of each requester among the first `count`. */
function countsOf(queue: Queue, count: number): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of queue.order(count).split(" ")) {
    const by = word.replace(/[0-9]/g, "");
    counts[by] = (counts[by] ?? 0) + 1;
  }
  return counts;
}

describe("DRF", () => {
  const cluster = [9, 18];
  const a = [1, 4];
  const b = [3, 1];

  test("the running example: three tasks and two, both at two thirds", () => {
    expect(fillTasks(cluster, [{ task: a }, { task: b }])).toEqual([3, 2]);
    expect(rounded(equalShares(cluster, [{ task: a }, { task: b }]))).toEqual([3, 2]);
  });

  test("weights of one to two give 1.8 and 2.4 tasks", () => {
    const users = [
      { task: a, weight: 1 },
      { task: b, weight: 2 },
    ];
    expect(rounded(equalShares(cluster, users))).toEqual([1.8, 2.4]);
  });

  test("sharing incentive where asset fairness has none: five and fifteen of <30, 30>", () => {
    expect(fillTasks([30, 30], [{ task: [1, 3] }, { task: [1, 1] }])).toEqual([5, 15]);
  });

  test("who claims a larger need than it has gains nothing: 25/6 either way", () => {
    const other = { task: [1, 2] };
    const [honest] = equalShares([100, 100], [{ task: [16, 1] }, other]);
    const [liar] = equalShares([100, 100], [{ task: [16, 8] }, other]);
    expect(honest).toBeCloseTo(25 / 6, 9);
    expect(liar).toBeCloseTo(25 / 6, 9);
  });

  test("at the edge a memory hog holds fewer slots, and what ends makes room", () => {
    const queue = new Queue(drf);
    queue.add(...many(6, { by: "hog", memoryMib: 4_096 }), ...many(9, { by: "slim" }));
    expect(countsOf(queue, 9)).toEqual({ hog: 3, slim: 6 });
    queue.end({ by: "hog", memoryMib: 4_096 });
    expect(queue.order(1)).toMatch(/^hog/);
  });
});

describe("Max-min", () => {
  test("the small get what they ask, the rest is shared: 2, 2.6, 2.7, 2.7 of ten", () => {
    const claims = [2, 2.6, 4, 5].map((demand) => ({ demand }));
    expect(rounded(fillMaxMin(10, claims))).toEqual([2, 2.6, 2.7, 2.7]);
  });

  test("with weights: 4, 2, 6, 4 of sixteen", () => {
    const claims = [
      { demand: 4, weight: 2.5 },
      { demand: 2, weight: 4 },
      { demand: 10, weight: 0.5 },
      { demand: 4, weight: 1 },
    ];
    expect(rounded(fillMaxMin(16, claims))).toEqual([4, 2, 6, 4]);
  });

  test("at the edge the fewest slots now, however much was had before", () => {
    const queue = new Queue(maxmin).add(...many(4, { by: "a" }));
    expect(queue.order(2)).toBe("a0 a1");
    queue.add(...many(3, { by: "b" }));
    expect(queue.order(2)).toBe("b4 b5");
    queue.end({ by: "a" });
    queue.end({ by: "a" });
    expect(queue.order(2)).toBe("a2 a3");
  });
});

describe("HTCondor", () => {
  const halfLifeUs = DAY;
  const usageAfter = (stepUs: number, steps: number): number => {
    let priority = CORE / 2n;
    for (let n = 0; n < steps; n++) {
      priority = priorityAfter(priority, 100n * CORE, { elapsedUs: stepUs, halfLifeUs });
    }
    return Number(priority) / Number(CORE);
  };

  test("a hundred cores for two days: about 75.0, whatever the step", () => {
    expect(usageAfter(2 * DAY, 1)).toBeCloseTo(75.125, 5);
    expect(usageAfter(HOUR, 48)).toBeCloseTo(75.125, 4);
    expect(usageAfter(MINUTE, 48 * 60)).toBeCloseTo(75.125, 3);
  });

  test("a newcomer then deserves about 150 times as much", () => {
    const [old, fresh] = sharesOf([
      priorityAfter(CORE / 2n, 100n * CORE, { elapsedUs: 2 * DAY, halfLifeUs }),
      CORE / 2n,
    ]);
    expect((fresh ?? 0) / (old ?? 1)).toBeCloseTo(150.25, 1);
  });

  test("nobody's priority is better than half a core, and usage is forgotten by halves", () => {
    const days = (n: number) => ({ elapsedUs: n * DAY, halfLifeUs });
    expect(priorityAfter(8n * CORE, 0n, days(1))).toBe(4n * CORE);
    expect(priorityAfter(8n * CORE, 0n, days(30))).toBe(CORE / 2n);
  });

  test("at the edge ten identities of one user have ten users' share", () => {
    const queue = new Queue(condor).add(...many(200, { by: "one" }));
    for (const by of "abcdefghij") queue.add(...many(50, { by }));
    const { one = 0 } = countsOf(queue, 220);
    expect(one).toBeGreaterThan(15);
    expect(one).toBeLessThan(25);
  });
});

describe("BOINC", () => {
  test("virtual time: work over speed, times the number of equal quotas", () => {
    const project = { projectMflops: 1_000, users: 4 };
    expect(virtualUs(500, project)).toBe(2_000_000n);
    expect(finishOf(10n, 50, 5n), "idle time banks no priority").toBe(55n);
    expect(finishOf(90n, 50, 5n)).toBe(95n);
  });

  test("at the edge requesters take turns, and one that was away has no claim on the past", () => {
    const queue = new Queue(boinc).add(...many(6, { by: "a" }));
    expect(queue.order(3)).toBe("a0 a1 a2");
    queue.atUs = 10 * DAY;
    queue.add(...many(3, { by: "b" }));
    expect(countsOf(queue, 4)).toEqual({ a: 2, b: 2 });
  });
});

describe("Karma", () => {
  const pool = { slices: 6, alpha: 0.5 };
  const columns = [
    { demands: [4, 1, 1], allocation: [4, 1, 1], credits: [8, 11, 11] },
    { demands: [0, 3, 0], allocation: [0, 3, 0], credits: [10, 10, 13] },
    { demands: [2, 2, 5], allocation: [1, 1, 4], credits: [11, 11, 11] },
    { demands: [6, 6, 0], allocation: [3, 3, 0], credits: [10, 10, 13] },
  ];

  test("the four quanta of the reference's example", () => {
    let credits: ReadonlyArray<number> = [10, 10, 10];
    for (const column of columns) {
      const quantum = karmaQuantum(credits, column.demands, pool);
      expect(quantum).toEqual({ allocation: column.allocation, credits: column.credits });
      credits = quantum.credits;
    }
  });

  test("credits are never made: what one gains another has paid", () => {
    let credits: ReadonlyArray<number> = [10, 10, 10];
    for (const { demands } of columns) credits = karmaQuantum(credits, demands, pool).credits;
    // each free credit of 3 a quantum is one slice lent from the public part, or is kept
    expect(credits.reduce((all, each) => all + each, 0)).toBe(33);
  });

  test("at the edge who left its share to others borrows first in the next quantum", () => {
    const queue = new Queue(karma, { quantumUs: "1h" });
    queue.add(...many(8, { by: "busy" }), { by: "modest" });
    expect(countsOf(queue, 5)).toEqual({ busy: 4, modest: 1 });
    queue.atUs = HOUR;
    queue.add(...many(6, { by: "modest" }));
    expect(countsOf(queue, 6)).toEqual({ busy: 2, modest: 4 });
  });
});

describe("Stride", () => {
  test("three to two to one over sixty turns: 30, 20, 10, never more than one off", () => {
    const tickets = [3, 2, 1];
    const turns = strideTurns(tickets, 60);
    const counts = [0, 0, 0];
    for (const [n, client] of turns.entries()) {
      counts[client] = (counts[client] ?? 0) + 1;
      for (const [c, count] of counts.entries()) {
        expect(Math.abs(count - ((n + 1) * (tickets[c] ?? 0)) / 6)).toBeLessThanOrEqual(1);
      }
    }
    expect(counts).toEqual([30, 20, 10]);
  });

  test("one client of seven in fourteen is up to a turn and a half off", () => {
    const tickets = [7, 5, 1, 1];
    let worst = 0;
    const counts = [0, 0, 0, 0];
    for (const [n, client] of strideTurns(tickets, 140).entries()) {
      counts[client] = (counts[client] ?? 0) + 1;
      for (const [c, count] of counts.entries()) {
        worst = Math.max(worst, Math.abs(count - ((n + 1) * (tickets[c] ?? 0)) / 14));
      }
    }
    expect(worst).toBeGreaterThan(1);
    expect(worst).toBeLessThanOrEqual(1.5 + 1e-9);
  });

  test("at the edge in proportion to verified work an hour", () => {
    const queue = new Queue(stride);
    for (const [by, rate] of [
      ["a", 3n],
      ["b", 2n],
      ["c", 1n],
    ] as const) {
      queue.add(...many(60, { by, rate: rate * VCU }));
    }
    expect(countsOf(queue, 60)).toEqual({ a: 30, b: 20, c: 10 });
  });

  test("who comes late starts where the others are", () => {
    const queue = new Queue(stride, { tickets: "equal" }).add(...many(30, { by: "a" }));
    queue.order(20);
    queue.add(...many(10, { by: "late" }));
    expect(countsOf(queue, 10)).toEqual({ a: 5, late: 5 });
  });
});

describe("Lottery", () => {
  test("a thousand draws at a quarter: 250 with a deviation of 13.69", () => {
    const counts = Array.from(
      { length: 40 },
      (_, seed) => lotteryTurns([1, 3], 1_000, seed)[0] ?? 0,
    );
    const mean = counts.reduce((sum, each) => sum + each, 0) / counts.length;
    const variance =
      counts.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (counts.length - 1);
    // four standard errors of the mean and of the deviation of 40 samples
    expect(Math.abs(mean - 250)).toBeLessThan((4 * 13.69) / Math.sqrt(40));
    expect(Math.abs(Math.sqrt(variance) - 13.69)).toBeLessThan((4 * 13.69) / Math.sqrt(2 * 39));
  });

  test("the logarithm of a draw is that of a float", () => {
    for (const word of [0, 1, 12_345, 0x7fff_ffff, 0xffff_ffff]) {
      const u = (word + 0.5) / 2 ** 32;
      expect(Number(exponential(word)) / 2 ** 48).toBeCloseTo(-Math.log(u), 9);
    }
  });

  test("at the edge one seed gives one order, another seed another", () => {
    const orderOf = (seed: number) =>
      new Queue(lottery, { seed }).add(...many(10, { by: "a" }), ...many(10, { by: "b" })).order();
    expect(orderOf(1)).toBe(orderOf(1));
    expect(orderOf(2)).not.toBe(orderOf(1));
  });
});

describe("Tit for tat", () => {
  test("a free rider lives on its equal part of one turn in five", () => {
    const queue = new Queue(optimistic);
    queue.add(...many(100, { by: "giver", rate: VCU }), ...many(100, { by: "rider" }));
    const { rider = 0 } = countsOf(queue, 100);
    // half of the twenty optimistic turns, and next to none of the others
    expect(rider).toBeGreaterThanOrEqual(10);
    expect(rider).toBeLessThanOrEqual(12);
  });
});

describe("Absolute credit", () => {
  test("the largest balance first, whoever is small waits however little it took", () => {
    const large = { by: "large", balance: 50n * VCU, rate: 100n * VCU };
    const small = { by: "small", balance: 3n * VCU, rate: VCU / 10n };
    const queue = new Queue(absolute).add(small, ...many(40, large));
    expect(queue.order(40)).not.toContain("small");
  });
});
