/** `pingo sim run`, `replay` and `explain`: what they print, write and answer. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { build, objectOf, pingo, scratch, tiny } from "./built.ts";

beforeAll(build, 120_000);

test("prints one object with the promised keys, and writes the report", async () => {
  const cwd = scratch();
  const ended = await pingo(["sim", "run", tiny, "--seed", "7", "--json"], { cwd });
  expect(ended.code).toBe(0);
  expect(objectOf(ended)).toEqual({
    scenario: "tiny",
    seed: 7,
    hash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    virtualMs: expect.any(Number) as number,
    wallMs: expect.any(Number) as number,
    events: expect.any(Number) as number,
    metrics: expect.objectContaining({ settled: expect.any(Number) as number }) as object,
    checks: expect.arrayContaining([
      { name: "paid-once", value: 0, bound: "= 0 violations", pass: true },
    ]) as object,
    verdict: "pass",
  });
  expect(readdirSync(join(cwd, "out/tiny-7")).sort()).toEqual(["report.html", "result.json"]);
  expect(readFileSync(join(cwd, "out/tiny-7/report.html"), "utf8")).toContain("</html>");
});

test("the same seed gives the same hash, also without a compiler; another another", async () => {
  const hashOf = async (seed: string, execArgv: ReadonlyArray<string> = []) =>
    objectOf(await pingo(["sim", "run", tiny, "--seed", seed, "--json"], { execArgv })).hash;
  const [first, jitless, other] = await Promise.all([
    hashOf("7"),
    hashOf("7", ["--jitless"]),
    hashOf("8"),
  ]);
  expect(jitless).toBe(first);
  expect(other).not.toBe(first);
});

test("a table for people, and exit 13 when a check is missed", async () => {
  const args = ["--set", "checks.0={metric: settled, min: 100000}", "--until", "1h"];
  const { code, stdout } = await pingo(["sim", "run", tiny, ...args]);
  expect(code).toBe(13);
  expect(stdout).toMatch(/settled +\d+ +>= 100000 +MISSED/);
  expect(stdout).toMatch(/verdict +fail/);
  expect(stdout).not.toContain("\u001b");
});

test("verify compares every delivery", async () => {
  const { code, stdout } = await pingo(["sim", "run", tiny, "--verify"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/verdict +pass/);
});

test("Ctrl-C keeps a partial report and gives 130", async () => {
  const cwd = scratch();
  const args = ["sim", "run", tiny, "--until", "20000h", "--out", "o", "--json"];
  const ended = await pingo(args, { cwd, interrupt: true });
  expect(ended.code).toBe(130);
  expect(objectOf(ended)).toMatchObject({ scenario: "tiny", interrupted: true });
  expect(readdirSync(join(cwd, "o")).sort()).toEqual(["report.html", "result.json"]);
});

test("a trace is replayed; a changed or cut one is noticed", async () => {
  const cwd = scratch();
  const args = ["sim", "run", tiny, "--until", "1h", "--trace", "run.trace"];
  expect((await pingo(args, { cwd })).code).toBe(0);
  expect(readdirSync(cwd).sort()).toEqual(["out", "run.trace"]);
  const lines = readFileSync(join(cwd, "run.trace"), "utf8").trimEnd().split("\n");
  const changed = lines.with(100, lines[100]!.replace(/"at":\d/, '"at":9'));
  writeFileSync(join(cwd, "changed.trace"), `${changed.join("\n")}\n`);
  writeFileSync(join(cwd, "torn.trace"), `${lines.with(50, '{"at":17').join("\n")}\n`);
  writeFileSync(join(cwd, "short.trace"), `${lines.toSpliced(80, 900).join("\n")}\n`);
  const [same, other, torn, short] = await Promise.all(
    ["run", "changed", "torn", "short"].map((name) =>
      pingo(["sim", "replay", `${name}.trace`], { cwd }),
    ),
  );
  expect(same?.stdout).toContain(`all ${(lines.length - 2).toLocaleString("en")} deliveries`);
  expect(same?.code).toBe(0);
  expect(other?.code).toBe(12);
  expect(other?.stderr).toContain("delivery 100 is not the same in both");
  expect(other?.stderr).toContain('trace   {"at":9');
  expect(torn).toMatchObject({ code: 2, stdout: "" });
  expect(torn?.stderr).toContain("torn.trace:51: this line of the trace is cut or changed");
  expect(short?.code).toBe(12);
});

test("explain tells the story of a contributor, with the rule behind a refusal", async () => {
  const [contributor, node] = await Promise.all([
    pingo(["sim", "explain", tiny, "--contributor", "c03"]),
    pingo(["sim", "explain", tiny, "--node", "node/n03", "--json"]),
  ]);
  expect(contributor.code).toBe(0);
  expect(contributor.stdout).toMatch(
    /^contributor\/c03 in tiny, seed 1\n\d\d:\d\d:\d\d\.\d{3} {2}/,
  );
  expect(contributor.stdout).toMatch(/job refused: .*\n +because /);
  expect(objectOf(node)).toMatchObject({ scenario: "tiny", seed: 1, actor: "node/n03" });
  expect(objectOf(node).story).toContainEqual(
    expect.objectContaining({ way: "in", peer: "edge/e0", type: "Welcome" }),
  );
});

test("validate says what a scenario holds", async () => {
  const ended = await pingo(["sim", "validate", tiny, "--json"]);
  expect(ended.code).toBe(0);
  expect(objectOf(ended)).toEqual({ valid: true, scenario: "tiny", nodes: 12, until: "2h" });
});
