/** `pingo sim compare`: paired runs, the same numbers whoever computes them. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { build, objectOf, pingo, scratch, tiny } from "./built.ts";

beforeAll(build, 120_000);

/** Twenty machines for two hours. */
const village = ["--set", "nodes=20", "--until", "2h"];
const compare = ["sim", "compare", tiny, ...village];

test("gives the same numbers with one worker and with two", async () => {
  const args = [...compare, "--policies", "ours,fcfs", "--seeds", "3", "--json"];
  const [one, two] = await Promise.all(
    ["1", "2"].map((workers) => pingo([...args, "--workers", workers])),
  );
  const { wallMs, ...told } = objectOf(one!);
  const { wallMs: other, ...again } = objectOf(two!);
  expect(one?.code).toBe(0);
  expect([wallMs, other]).toEqual([expect.any(Number), expect.any(Number)]);
  expect(again).toEqual(told);
  expect(told).toMatchObject({
    scenario: "tiny",
    seeds: [1, 2, 3],
    policies: ["ours", "fcfs"],
    metrics: { demands: { ours: { mean: expect.any(Number) as number, n: 3 } } },
    winners: { wrongPaid: ["ours", "fcfs"] },
  });
  expect(Object.keys(told).sort()).toEqual([
    "losses",
    "metrics",
    "policies",
    "scenario",
    "seeds",
    "winners",
  ]);
});

test("rivals under the same seeds meet the same demand", async () => {
  const args = [...compare, "--policies", "ours,quorum3", "--seeds", "2", "--json"];
  const { metrics } = objectOf(await pingo(args)) as {
    readonly metrics: Readonly<Record<string, { readonly ours: object; readonly quorum3: object }>>;
  };
  expect(metrics.demands?.quorum3).toEqual(metrics.demands?.ours);
  expect(metrics.redundancy?.quorum3).not.toEqual(metrics.redundancy?.ours);
});

test("prints a table and writes a page that stands alone", async () => {
  const cwd = scratch();
  const args = [...compare, "--policies", "ours,equal", "--seeds", "2", "--out", "o"];
  const { code, stdout } = await pingo(args, { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/metric +ours +equal +better/);
  expect(stdout).toContain("2 seeds, the same for all");
  expect(readdirSync(join(cwd, "o")).sort()).toEqual(["compare.html", "compare.json"]);
  const page = readFileSync(join(cwd, "o/compare.html"), "utf8");
  expect(page).toContain("</html>");
  expect(page).not.toMatch(/NaN|Infinity|undefined|<script|https?:/);
});

test("exit 13 when ours misses a check; a rival may", async () => {
  const cwd = scratch();
  const text = `${readFileSync(tiny, "utf8")}checks:\n  - { metric: redundancy, max: 2.5 }\n`;
  writeFileSync(join(cwd, "bound.yaml"), text);
  const args = ["sim", "compare", "bound.yaml", "--seeds", "1", "--until", "1h"];
  const fine = await pingo([...args, "--policies", "ours,quorum3"], { cwd });
  const ours = ["--set", "policies.verification={rule: quorum, agree: 3}"];
  const missed = await pingo([...args, ...ours, "--policies", "ours,quorum2"], { cwd });
  expect([fine.code, missed.code]).toEqual([0, 13]);
  expect(missed.stdout).toContain("ours missed: redundancy");
});

test("an unknown name, or one alone, is told before anything runs", async () => {
  const unknown = await pingo([...compare, "--policies", "ours,fcsf", "--seeds", "2"]);
  expect(unknown.code).toBe(2);
  const told = /^error: --policies: there are no rules named "fcsf"; did you mean fcfs\?/;
  expect(unknown.stderr).toMatch(told);
  expect(unknown.stderr).toMatch(/ known are ours, .*\n$/);
  const alone = await pingo([...compare, "--policies", "ours", "--seeds", "2", "--json"]);
  expect(alone.code).toBe(2);
  expect(objectOf(alone)).toMatchObject({ error: { field: "--policies" } });
});

test("Ctrl-C compares the seeds that all have finished and gives 130", async () => {
  const args = ["--policies", "ours,equal", "--seeds", "5000", "--workers", "1", "--json"];
  const ended = await pingo([...compare, ...args], { interrupt: true });
  expect(ended.code).toBe(130);
  expect(objectOf(ended)).toMatchObject({ interrupted: true });
});

test("a gate is run under its rival too, and fails when nothing differs", async () => {
  const cwd = scratch();
  const gate = "gate: true\nrival: { policies: quorum3, differs: [redundancy, disputes] }\n";
  writeFileSync(join(cwd, "gate.yaml"), `${readFileSync(tiny, "utf8")}${gate}`);
  const args = ["sim", "run", "gate.yaml", "--until", "1h", "--json"];
  const differs = await pingo(args, { cwd });
  const idle = await pingo([...args, "--set", "rival.differs=[disputes]"], { cwd });
  expect([differs.code, idle.code]).toEqual([0, 13]);
  expect(objectOf(differs).checks).toContainEqual({
    name: "rival-differs",
    value: 1,
    bound: ">= 1 of redundancy, disputes differs under quorum3",
    pass: true,
  });
  expect(objectOf(idle)).toMatchObject({ verdict: "fail" });
  expect(readFileSync(join(cwd, "out/tiny-1/report.html"), "utf8")).toContain('id="rival"');
});
