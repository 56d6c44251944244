import { describe, expect, test } from "vitest";
import { type JobContext, type JobInput, newJob, type Task } from "../../actors/job/state.ts";
import { type Address, address } from "../../kernel/address.ts";
import { tiny } from "../../kernel/limits.ts";
import { hasTakers } from "./recoverable.ts";

const owner = (name: string): Address => address("contributor", name);
const ownWord = (name: string) => [owner(name), new Set([owner(name)])] as const;
const able = new Map([ownWord("alice"), ownWord("bob"), ownWord("carol")]);
const input: JobInput = {
  job: address("job", "j"),
  requester: owner("alice"),
  edge: address("edge", "e"),
  ledger: null,
  verifier: address("verifier", "v"),
  commons: false,
  demand: 1,
  tasks: [1],
  inputBytes: 0,
  outputBytes: 0,
  memoryMib: 0,
  executions: 2,
  contents: null,
  exclude: [],
  limits: tiny,
};
const waiting = { attempt: "j.0.1", token: 1, sealed: null, revealing: false };
const fresh: Task = {
  placed: 1,
  lost: 0,
  wanted: 1,
  weighing: 0,
  asked: 0,
  open: [waiting],
  results: [],
  withheld: [],
  forgers: [],
};

function jobWith(task: Partial<Task>, rest: Partial<JobInput> = {}): JobContext {
  const context = newJob({ ...input, ...rest });
  return { ...context, tasks: context.tasks.set(0, { ...fresh, ...task }) };
}
const resultOf = (name: string) => ({
  attempt: `of ${name}`,
  node: address("node", name),
  owner: owner(name),
  digest: "d",
});
const sealedBy = (name: string) => ({
  ...waiting,
  sealed: { node: address("node", name), owner: owner(name), commit: "c" },
});

describe("Recoverable jobs: a task that waits for a copy", () => {
  test("has a taker as long as one owner had no part in it", () => {
    expect(hasTakers(jobWith({}), able)).toBe(true);
    expect(hasTakers(jobWith({ results: [resultOf("bob")] }), able)).toBe(true);
    expect(hasTakers(jobWith({ results: [resultOf("bob"), resultOf("carol")] }), able)).toBe(false);
  });

  test("has none when the others withheld, forged or were kept out", () => {
    const withheld = [sealedBy("bob")];
    expect(hasTakers(jobWith({ withheld }), able)).toBe(true);
    expect(hasTakers(jobWith({ withheld, forgers: [owner("carol")] }), able)).toBe(false);
    expect(hasTakers(jobWith({ withheld }, { exclude: [owner("carol")] }), able)).toBe(false);
    expect(hasTakers(jobWith({ open: [waiting, sealedBy("bob")] }), able)).toBe(true);
  });

  test("needs none when all its copies are sealed: then it is not for want of owners", () => {
    const open = [sealedBy("bob"), sealedBy("carol")];
    expect(hasTakers(jobWith({ open }), able)).toBe(true);
  });

  test("is not for machines of a cluster that had its part", () => {
    const racks = new Map([
      [owner("bob"), new Set(["10.0.0"])],
      [owner("carol"), new Set(["10.0.0"])],
    ]);
    expect(hasTakers(jobWith({}), racks)).toBe(true);
    expect(hasTakers(jobWith({ results: [resultOf("bob")] }), racks)).toBe(false);
  });
});
