import { describe, expect, test } from "vitest";
import type { BlobId } from "../../live/blobs.ts";
import type { NodeFacts } from "./network-handle.ts";
import type { PlannedJob } from "./planner.ts";
import { sharedAmong } from "./shared-among.ts";

const machine = (owner: string, state = "idle"): NodeFacts => {
  const facts = { edge: "e0", slots: 1, slotMflops: 5_000, running: 0, done: 0 };
  return { id: `of-${owner}`, owner, state, ...facts };
};
const work = { tasks: [], inputBytes: 1, outputBytes: 1, memoryMib: 1 };
const tasks: PlannedJob = { name: "read", kind: "infer", work, assembly: null };
const run: PlannedJob = {
  ...tasks,
  kind: "train",
  training: {
    plan: "a".repeat(64) as BlobId,
    parameters: 2,
    rounds: 1,
    workers: 3,
    steps: 8,
    stepMflop: 1,
    memoryMib: 1,
    boxUs: 1_000,
    canary: false,
  },
};
const owners = (nodes: ReadonlyArray<NodeFacts>) => sharedAmong(run, nodes, "you").training?.owners;

describe("Training: how many owners share a round", () => {
  test("as many as are there and are not the requester", () => {
    expect(owners([machine("you"), machine("ada"), machine("ben"), machine("ben")])).toBe(2);
  });

  test("with owners enough nothing is said of it", () => {
    expect(owners(["ada", "ben", "cleo"].map((owner) => machine(owner)))).toBeUndefined();
  });

  test("who is busy for now counts, who is away does not", () => {
    expect(owners([machine("ada", "paused"), machine("ben", "away")])).toBe(1);
  });

  test("nobody but the requester: refused with what to do", () => {
    for (const nodes of [[], [machine("you")], [machine("ada", "away")]]) {
      expect(() => owners(nodes)).toThrow(/needs machines of other owners .* hand the job in when/);
    }
  });

  test("a job of tasks is left as it is", () => {
    expect(sharedAmong(tasks, [], "you")).toBe(tasks);
  });
});
