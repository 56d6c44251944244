/** Which of the same candidates each rule takes. */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import { HOUR, MILLISECOND, SECOND } from "../../kernel/duration.ts";
import type { Candidate } from "../../kernel/policies/placement.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { bacalhau, rankOf } from "./bacalhau.ts";
import { cocoon } from "./cocoon.ts";
import { fastest } from "./fastest.ts";
import { leastLoaded } from "./least-loaded.ts";
import { costUs, near as nearRule, transferUs } from "./near.ts";
import { expectedUs, nearest } from "./nearest.ts";
import { random } from "./random.ts";

const candidate = (rest: Partial<Candidate>): Candidate => ({
  node: address("node", "n"),
  rttUs: 100 * MILLISECOND,
  slotMflops: 1_000,
  kbps: 0,
  slots: 1,
  freeSlots: 1,
  finished: 98,
  started: 98,
  reliability: 1_000,
  upUs: 24 * HOUR,
  ...rest,
});

const workOf = (mflop: number): Work => ({
  attempt: "j.0.0",
  task: "j.0",
  job: address("job", "j"),
  requester: address("contributor", "a"),
  standing: { balance: nanoVcu(0n), earned: nanoVcu(0n), spent: nanoVcu(0n), rate: nanoVcu(0n) },
  commons: false,
  onDebt: false,
  content: "t",
  mflop,
  memoryMib: 0,
  inputBytes: 0,
  outputBytes: 0,
  token: 0,
  exclude: [],
  queuedUs: 0,
});

const far = candidate({ rttUs: 300 * MILLISECOND, slotMflops: 2_000 });
const near = candidate({ rttUs: 10 * MILLISECOND });
const flaky = candidate({ rttUs: 10 * MILLISECOND, finished: 10 });

describe("Placement", () => {
  test.each([
    ["a short task stays near", 100, [far, near], 1],
    ["a long task goes to the faster node", 10_000, [near, far], 1],
    ["the more reliable of two equal nodes", 10_000, [flaky, near], 1],
    ["the first of equals", 10_000, [near, near], 0],
  ])("nearest: %s", (_title, mflop, candidates, chosen) => {
    expect(nearest.choose({ sample: 2 }, candidates, workOf(mflop))).toBe(chosen);
  });

  test("nearest: a node that loses half of its runs counts half a run more", () => {
    const half = candidate({ rttUs: 0, started: 0, finished: 0 });
    expect(expectedUs(half, workOf(1_000))).toBe(1_500_000);
  });

  test("fastest takes speed, random the first drawn", () => {
    const candidates = [near, far, near];
    expect(fastest.choose({ sample: 3 }, candidates, workOf(1))).toBe(1);
    expect(random.choose({}, candidates, workOf(1))).toBe(0);
    expect(random.sample({}, workOf(1), 0)).toBe(1);
  });

  test.each([
    [nearest, 2],
    [fastest, 4],
    [leastLoaded, 16],
    [cocoon, 32],
    [bacalhau, 32],
  ])("$name looks at a few nodes unless told otherwise", (policy, sample) => {
    const params = Schema.decodeUnknownSync(policy.Params as Schema.Schema<{ sample: number }>);
    expect(policy.sample(params({}), workOf(1), 0)).toBe(sample);
    expect(policy.sample(params({ sample: 7 }), workOf(1), 0)).toBe(7);
    expect(() => params({ sample: 0 })).toThrow("positive");
  });

  test("near: two looks, three when it is busy, sixteen for a run that shall last", () => {
    const params = Schema.decodeSync(nearRule.Params)({});
    const large = { ...workOf(1_000), inputBytes: 1_000_000 };
    const long = { ...large, mflop: 36_000_000 };
    expect(nearRule.sample(params, large, 0.5)).toBe(2);
    expect(nearRule.sample(params, large, 0.95)).toBe(3);
    expect(nearRule.sample(params, long, 0.5)).toBe(16);
    // where the way does not count, all nodes are near
    expect(nearRule.nearest?.(params, large)).toBe(16);
    expect(nearRule.nearest?.(params, workOf(1_000))).toBe(0);
    expect(nearRule.nearest?.(params, long)).toBe(0);
  });

  test("near: an input of seconds is worth a look at all that are near", () => {
    const params = Schema.decodeSync(nearRule.Params)({});
    const heavy = { ...workOf(1_000), inputBytes: 20_000_000 };
    expect(nearRule.sample(params, heavy, 0.5)).toBe(16);
    expect(nearRule.nearest?.(params, heavy)).toBe(16);
    // half an hour on a volunteer's core, which does 4.21 GFLOP a second
    const half = { ...heavy, mflop: 1_800 * 4_210 };
    expect(nearRule.nearest?.(params, half)).toBe(0);
    expect(nearRule.nearest?.(params, { ...half, mflop: half.mflop - 4_210 })).toBe(16);
  });

  test("near: a failure or two is chance, ten are not; without risk none of it counts", () => {
    const params = Schema.decodeSync(nearRule.Params)({});
    const unlucky = candidate({ reliability: 903 });
    const bad = candidate({ reliability: 600, rttUs: 0 });
    const minutes = workOf(200_000);
    expect(costUs(params, unlucky, minutes)).toBe(costUs(params, candidate({}), minutes));
    expect(nearRule.choose(params, [bad, unlucky], minutes)).toBe(1);
    expect(nearRule.choose({ ...params, risk: false }, [bad, unlucky], minutes)).toBe(0);
  });

  test("near: the time of the input is the way and the bytes over the measured rate", () => {
    const slow = candidate({ rttUs: 20 * MILLISECOND, kbps: 8_000 });
    expect(transferUs(slow, 1_000_000)).toBe(20 * MILLISECOND + SECOND);
    const params = Schema.decodeSync(nearRule.Params)({});
    const large = { ...workOf(1_000), inputBytes: 1_000_000 };
    expect(nearRule.choose(params, [slow, near], large)).toBe(1);
  });

  test("near: a long run goes to the machine that has been up for long, if it is reliable", () => {
    const params = Schema.decodeSync(nearRule.Params)({});
    const hour = workOf(3_600_000);
    const fresh = candidate({ upUs: 0, rttUs: MILLISECOND });
    const old = candidate({ upUs: 24 * HOUR });
    expect(nearRule.choose(params, [fresh, old], hour)).toBe(1);
    // half of the old one's leases came to nothing: worse than a machine up for an hour
    const idler = { ...old, reliability: 500 };
    const settled = candidate({ upUs: HOUR });
    expect(nearRule.choose(params, [idler, settled], hour)).toBe(1);
    // 52 % stay for the next hour, so 48 % of a run are lost on average
    expect(costUs(params, fresh, hour) / HOUR).toBeCloseTo(0.48, 2);
  });

  test("least-loaded: the smallest share of slots at work", () => {
    const half = candidate({ slots: 4, freeSlots: 2 });
    const quarter = candidate({ slots: 8, freeSlots: 6 });
    expect(leastLoaded.choose({ sample: 3 }, [half, quarter, quarter], workOf(1))).toBe(1);
  });

  test("cocoon: running queries times average time; whoever has no history comes first", () => {
    const one = candidate({ slots: 4, freeSlots: 3, slotMflops: 1_000 });
    const two = candidate({ slots: 4, freeSlots: 2, slotMflops: 4_000 });
    const untried = candidate({ slots: 4, freeSlots: 1, finished: 0 });
    expect(cocoon.choose({ sample: 3 }, [one, two], workOf(1))).toBe(1);
    expect(cocoon.choose({ sample: 3 }, [one, two, untried], workOf(1))).toBe(2);
    // how far they are, or how unreliable, is nothing to it
    expect(cocoon.choose({ sample: 3 }, [far, near], workOf(1))).toBe(0);
  });

  test("bacalhau: points for free capacity, and a few at random among equals", () => {
    const large = candidate({ slots: 8, freeSlots: 8 });
    const small = candidate({ slots: 2, freeSlots: 2 });
    const full = candidate({ slots: 8, freeSlots: 0 });
    expect(bacalhau.choose({ sample: 3 }, [full, small, large], workOf(1))).toBe(2);
    expect(rankOf(full, workOf(1), 8_000)).toBe(-1);
    expect(rankOf(large, workOf(1), 8_000)).toBeGreaterThanOrEqual(130);
    expect(rankOf(large, workOf(1), 8_000)).toBeLessThan(135);
    const equals = [0, 1, 2, 3].map((n) => ({ ...large, node: address("node", `n${n}`) }));
    const chosen = Array.from({ length: 40 }, (_, n) =>
      bacalhau.choose({ sample: 4 }, equals, { ...workOf(1), attempt: `j.${n}.0` }),
    );
    expect(new Set(chosen).size).toBe(4);
  });
});
