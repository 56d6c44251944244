/** Bad input: one sentence that says what to do, exit 2, nothing half written. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { build, objectOf, pingo, scratch, tiny } from "./built.ts";

beforeAll(build, 120_000);

const minimal = "name: bad\nuntil: 1h\nnodes: 4\n";

/** Runs a scenario of this text in an empty folder. */
async function runText(text: string, ...args: ReadonlyArray<string>) {
  const cwd = scratch();
  writeFileSync(join(cwd, "bad.yaml"), text);
  const ended = await pingo(["sim", "run", "bad.yaml", ...args], { cwd });
  return { ...ended, left: readdirSync(cwd).filter((name) => name !== "bad.yaml") };
}

describe.concurrent("a scenario that cannot be run", () => {
  test.each([
    ["an unknown key", `${minimal}nods: 5\n`, "bad.yaml:4: unknown key nods; did you mean nodes?"],
    ["a negative time", "name: bad\nuntil: -1h\n", 'until is negative; give a time such as "6h"'],
    ["no end", "name: bad\nnodes: 4\n", "until is missing, so the run would never end"],
    ["broken YAML", "name: bad\nuntil: [1h\nnodes: 4\n", "bad.yaml:3: this is no YAML"],
    [
      "an unknown rule",
      `${minimal}policies: { scheduling: { rule: raffle } }\n`,
      "policies.scheduling.rule",
    ],
    ["an unknown metric", `${minimal}checks: [{ metric: setled, min: 1 }]\n`, '"settled"'],
    [
      "a file that is not there",
      `${minimal}hosts: { kind: trace, trace: hosts.csv }\n`,
      "there is no such file",
    ],
  ])("%s", async (_, text, sentence) => {
    const { code, stdout, stderr, left } = await runText(text);
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stdout, left }).toEqual({ code: 2, stdout: "", left: [] });
  });

  test("a trace with a broken line names file and line", async () => {
    const cwd = scratch();
    const text = `${minimal}workload: { kind: trace, trace: { file: jobs.csv } }\n`;
    writeFileSync(join(cwd, "bad.yaml"), text);
    writeFileSync(join(cwd, "jobs.csv"), "arrival_s,size\n1,0.1\nsoon,0.1\n");
    const { code, stderr } = await pingo(["sim", "run", "bad.yaml"], { cwd });
    expect(stderr).toContain("jobs.csv:3: arrival time is not a number: soon");
    expect(code).toBe(2);
  });

  test("with --json the error is the one object on stdout", async () => {
    const ended = await runText(`${minimal}access: opn\n`, "--json");
    expect(ended.code).toBe(2);
    expect(ended.stderr).toBe("");
    expect(objectOf(ended)).toEqual({
      error: {
        code: "scenario",
        message: expect.stringContaining("access must be credit, account or open") as string,
        field: "access",
        allowed: ["credit", "account", "open"],
      },
    });
  });
});

describe.concurrent("arguments", () => {
  test.each([
    [["sim", "run", tiny, "--seed", "1.5"], "it must be a whole number such as 7"],
    [["sim", "run", tiny, "--sed=7"], "unknown option '--sed'; did you mean --seed"],
    [["sim", "rnu"], "unknown command 'rnu'; did you mean run?"],
    [["sim", "run", "nowhere.yaml"], "there is no such file or folder"],
    [["sim", "run", tiny, "--set", "polices.scheduling.rule=fcfs"], "did you mean policies?"],
    [["sim", "run", tiny, "--out", tiny], "name another folder"],
    [["sim", "explain", tiny], "name one actor"],
    [["sim", "explain", tiny, "--node", "n99"], "did you mean node/n"],
    [["sim", "replay", tiny], "neither a trace nor a failure"],
    [["node", "statsu"], "unknown command 'statsu'; did you mean status?"],
    [["sim", "sweep", tiny, "--seeds", "9999999"], "it must be from 1 to 1,000,000"],
    [["sim", "run", tiny, "--until", "-1h"], '--until: "-1h" is no time to run'],
    [["sim", "swarm", "--defect", "none", "--runs", "1"], 'there is no defect "none"'],
    [["sim", "sweep", tiny, "--seeds", "0"], "it must be from 1 to 1,000,000"],
  ])("%j", async (args, sentence) => {
    const { code, stdout, stderr } = await pingo(args);
    expect(stderr.toLowerCase()).toContain(sentence.toLowerCase());
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("help shows examples and exit codes", async () => {
    const { code, stdout } = await pingo(["sim", "run", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("$ pingo sim run scenarios/first-light.yaml");
    expect(stdout).toContain("130 interrupted");
  });
});

test("a full disk leaves no report behind", async () => {
  const cwd = scratch();
  const { code, stderr } = await pingo(["sim", "run", tiny, "--out", "o"], { cwd, fileLimitKb: 2 });
  expect(stderr).toContain("free some space");
  expect(code).toBe(2);
  expect(readdirSync(join(cwd, "o"))).toEqual([]);
});

test("a full disk leaves no trace behind", async () => {
  const cwd = scratch();
  const args = ["sim", "run", tiny, "--out", "o", "--trace", "t/run.trace"];
  const { code, stderr } = await pingo(args, { cwd, fileLimitKb: 2 });
  expect(stderr).toContain("cannot write the trace");
  expect(code).toBe(2);
  expect(readdirSync(join(cwd, "t"))).toEqual([]);
  expect(existsSync(join(cwd, "o/report.html"))).toBe(false);
});
