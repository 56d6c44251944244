/** How much of the work a group gets that stands beside the edge. */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import { HOUR, MILLISECOND, micros } from "../../kernel/duration.ts";
import { mix32, type Seed } from "../../kernel/entropy.ts";
import { production } from "../../kernel/limits.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";
import { near } from "../../policies/placement/near.ts";
import { firstCome } from "../../policies/scheduling/first-come.ts";
import { choose } from "./choose.ts";
import { makeEdge } from "./edge.ts";
import { type EdgeInput, type NodeEntry, noHistory, type TaskRecord } from "./state.ts";
import { beginTurn, putNode } from "./turn.ts";

const self = address("edge", "e");
const job = address("job", "e.1");
const alice = address("contributor", "alice");
const none = nanoVcu(0n);

const rules = {
  scheduling: firstCome,
  schedulingParams: {},
  placement: near,
  placementParams: Schema.decodeSync(near.Params)({}),
};

const work: Work = {
  attempt: "e.1.0.0",
  task: "e.1.0",
  job,
  requester: alice,
  standing: { balance: none, earned: none, spent: none, rate: none },
  commons: false,
  onDebt: false,
  content: "t",
  mflop: 60_000,
  memoryMib: 1,
  inputBytes: 1_000_000,
  outputBytes: 1,
  token: 1,
  exclude: [alice],
  queuedUs: 0,
};

const NODES = 40;
/** A fifth of the capacity, in one network a millisecond from the edge. */
const GROUP = 8;

function entryOf(n: number): NodeEntry {
  const isOfGroup = n < GROUP;
  const us = isOfGroup ? MILLISECOND : 20 * MILLISECOND + n * 5 * MILLISECOND;
  const { attempts, finished, started, errorPpm, track } = noHistory;
  return {
    owner: address("contributor", `c${n}`),
    slots: 1,
    slotMflops: 1_000,
    rttUs: us,
    probation: false,
    presence: "here",
    silent: false,
    finished,
    started,
    attempts,
    cluster: isOfGroup ? "10.0.0" : `20.0.${n}`,
    upSinceS: 0,
    x: us,
    y: 0,
    height: 0,
    errorPpm,
    track,
  };
}

/** Share of 2,000 placements that the group gets while every node is idle. */
function shareOfGroup(record: TaskRecord): number {
  const input = {
    edge: self,
    ledger: address("ledger", "main"),
    verifier: null,
    limits: production,
    executions: 1,
    commons: { mode: "off", taskMflop: 10, tasksPerJob: 1 },
    gate: "credit",
  } as EdgeInput;
  const { context } = makeEdge(rules).init(input).state;
  let got = 0;
  for (let n = 0; n < 2_000; n++) {
    const turn = beginTurn(rules, context, { entropy: mix32(n) as Seed, atUs: micros(HOUR) });
    for (let each = 0; each < NODES; each++) {
      putNode(turn, address("node", `n${each}`), entryOf(each));
    }
    const tasks = VersionedMap.empty<string, TaskRecord>().set(work.task, record);
    turn.next.jobs = turn.next.jobs.set(job, { commons: false, announced: 0, tasks });
    const chosen = choose(turn, turn.next.ready, work);
    if (Number(chosen?.slice("node/n".length)) < GROUP) got++;
  }
  return got / 2_000;
}

describe("Edge: capture", () => {
  const fresh: TaskRecord = { owners: [], clusters: [], open: [], waiting: 1 };

  test("a fifth of the capacity beside the edge, in one network, gets less than 1.5 fifths", () => {
    const share = shareOfGroup(fresh);
    // two of the sixteen nearest are of one network: 1 - (14 x 13) / (16 x 15) with two looks
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan((1.5 * GROUP) / NODES);
  });

  test("second opinions come from anywhere: it gets no more of them than it has capacity", () => {
    const copied = { ...fresh, owners: [address("contributor", "c39")], clusters: ["20.0.39"] };
    expect(shareOfGroup(copied)).toBeLessThan((1.2 * GROUP) / NODES);
  });
});
