/** `pingo sim sweep` and `swarm`: the same numbers whoever computes them, failures that stay. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { build, objectOf, pingo, scratch, tiny } from "./built.ts";

beforeAll(build, 120_000);

test("a sweep gives the same numbers with one worker and with two", async () => {
  const args = ["sim", "sweep", tiny, "--seeds", "3", "--until", "1h"];
  const varied = ["--set", "policies.scheduling.rule=credit,fcfs"];
  const one = await pingo([...args, ...varied, "--workers", "1"]);
  const two = await pingo([...args, ...varied, "--workers", "2"]);
  expect(one.code).toBe(0);
  expect(two.stdout).toBe(one.stdout);
  expect(one.stdout).toContain("policies.scheduling.rule=fcfs: 3 of 3 runs pass");
  expect(one.stdout).toMatch(/settled +[\d.,]+ +± +[\d.,]+/);
  expect(one.stderr).toContain("1 of 6 runs were run twice");
});

test("a sweep in JSON: settings, intervals, hashes", async () => {
  const args = ["sim", "sweep", tiny, "--seeds", "2", "--first-seed", "5", "--until", "1h"];
  const ended = await pingo([...args, "--json"]);
  expect(objectOf(ended)).toMatchObject({
    scenario: "tiny",
    seeds: [5, 6],
    settings: [{ set: {}, runs: 2, passed: 2 }],
    repeated: 1,
    verdict: "pass",
  });
});

test("Ctrl-C in a sweep prints the runs so far and gives 130", async () => {
  const args = ["sim", "sweep", tiny, "--seeds", "5000", "--workers", "1", "--json"];
  const ended = await pingo(args, { interrupt: true });
  expect(ended.code).toBe(130);
  expect(objectOf(ended)).toMatchObject({ interrupted: true });
});

test("a swarm passes, and is the same for any number of workers", async () => {
  const args = ["sim", "swarm", "--runs", "4", "--seed", "40", "--json"];
  const one = objectOf(await pingo([...args, "--workers", "1"]));
  const two = objectOf(await pingo([...args, "--workers", "2"]));
  expect(one).toMatchObject({ runs: 4, firstSeed: 40, verdict: "pass" });
  expect(two).toEqual(one);
});

test("a planted defect is found, shrunk and replayed with its exit code", async () => {
  const cwd = scratch();
  const args = ["sim", "swarm", "--runs", "50", "--defect", "pays-twice"];
  const found = await pingo(args, { cwd });
  expect(found.code).toBe(10);
  expect(found.stdout).toContain("it drew");
  const line = found.stdout.trimEnd().split("\n").at(-1) ?? "";
  expect(line).toMatch(/^npx pingo sim replay out\/swarm\/failure-pays-twice-\d+\.yaml$/);
  const file = line.split(" ").at(-1) ?? "";
  expect(readFileSync(join(cwd, file), "utf8")).toContain("checker: paid-once");
  const again = await pingo(["sim", "replay", file, "--json"], { cwd });
  expect(again.code).toBe(10);
  expect(objectOf(again)).toMatchObject({ same: true, failure: { checker: "paid-once" } });
});
