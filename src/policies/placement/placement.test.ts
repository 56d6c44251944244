/** Which of the same candidates each rule takes. */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import { MILLISECOND } from "../../kernel/duration.ts";
import type { Candidate } from "../../kernel/policies/placement.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { fastest } from "./fastest.ts";
import { expectedUs, nearest } from "./nearest.ts";
import { random } from "./random.ts";

const candidate = (rest: Partial<Candidate>): Candidate => ({
  node: address("node", "n"),
  rttUs: 100 * MILLISECOND,
  slotMflops: 1_000,
  freeSlots: 1,
  finished: 98,
  started: 98,
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
    expect(random.sample({})).toBe(1);
  });

  test.each([
    [nearest, 2],
    [fastest, 4],
  ])("$name looks at a few nodes unless told otherwise", (policy, sample) => {
    const params = Schema.decodeUnknownSync(policy.Params as Schema.Schema<{ sample: number }>);
    expect(policy.sample(params({}))).toBe(sample);
    expect(policy.sample(params({ sample: 7 }))).toBe(7);
    expect(() => params({ sample: 0 })).toThrow("positive");
  });
});
