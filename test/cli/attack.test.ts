/** `pingo sim attack`: the same search whoever computes it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { build, objectOf, pingo, scratch, tiny } from "./built.ts";

beforeAll(build, 120_000);

/** Half an hour of a dozen machines, with these adversaries. */
function attacked(adversaries: string): { readonly cwd: string; readonly args: readonly string[] } {
  const cwd = scratch();
  const text = `${readFileSync(tiny, "utf8")}adversaries: ${adversaries}\n`;
  writeFileSync(join(cwd, "attacked.yaml"), text);
  return { cwd, args: ["sim", "attack", "attacked.yaml", "--until", "30min"] };
}

const liars = "[{ kind: saboteur, count: 3, digests: independent }]";

describe("pingo sim attack", () => {
  test("finds the same strategy with one worker and with two, and writes it", async () => {
    const { cwd, args } = attacked(liars);
    const search = [...args, "--budget", "4", "--json"];
    const one = await pingo([...search, "--workers", "1", "--out", "one"], { cwd });
    const two = await pingo([...search, "--workers", "2", "--out", "two"], { cwd });
    const { wallMs, ...told } = objectOf(one);
    const { wallMs: other, ...again } = objectOf(two);
    expect([one.code, two.code]).toEqual([0, 0]);
    expect([wallMs, other]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(again).toEqual(told);
    expect(told).toMatchObject({ objective: "gain", metric: "attackerGain", evaluations: 4 });
    const { best, generations } = told as {
      readonly best: { readonly strategy: object; readonly unseenSeeds: ReadonlyArray<number> };
      readonly generations: ReadonlyArray<object>;
    };
    expect(Object.keys(best.strategy)).toEqual([
      "adversaries.0.rate",
      "adversaries.0.digests",
      "adversaries.0.computes",
    ]);
    expect(best.unseenSeeds).toHaveLength(5);
    expect(generations).toHaveLength(1);
    expect(readdirSync(join(cwd, "one"))).toEqual(["attack.json"]);
    const written = readFileSync(join(cwd, "one/attack.json"), "utf8");
    expect(JSON.parse(written)).toEqual(told);
  });

  test("the replay line repeats the best run's score", async () => {
    const { cwd, args } = attacked(liars);
    const ended = await pingo([...args, "--budget", "2", "--objective", "profit", "--json"], {
      cwd,
    });
    const { best, replay } = objectOf(ended) as {
      readonly best: { readonly score: number };
      readonly replay: string;
    };
    const again = [...replay.split(" ").slice(2), "--json"];
    const { metrics } = objectOf(await pingo(again, { cwd })) as {
      readonly metrics: Readonly<Record<string, number>>;
    };
    expect(metrics.attackerProfitVcu).toBe(best.score);
  });

  test.each([
    ["[]", [], "attacked.yaml has no adversaries"],
    ["[{ kind: free-rider, count: 2 }]", [], "have no parameters that could be searched"],
    [liars, ["--objective", "fame"], "fame"],
    [liars, ["--budget", "0"], "--budget"],
  ])("adversaries %s with %j: one sentence, exit 2, nothing written", async (text, flags, says) => {
    const { cwd, args } = attacked(text);
    const ended = await pingo([...args, ...flags], { cwd });
    expect(ended.stderr).toContain(says);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect([ended.code, ended.stdout]).toEqual([2, ""]);
    expect(existsSync(join(cwd, "out"))).toBe(false);
  });

  test("with --json an error is the one object on stdout", async () => {
    const { cwd, args } = attacked("[]");
    const ended = await pingo([...args, "--json"], { cwd });
    expect([ended.code, ended.stderr]).toEqual([2, ""]);
    expect(objectOf(ended)).toMatchObject({ error: { field: "adversaries" } });
  });
});
