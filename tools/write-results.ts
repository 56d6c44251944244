/**
 * Sweeps scenarios over many seeds and writes what their checks measured into docs/results.md.
 *
 *   npx tsx tools/write-results.ts [--only free-rider,rotator] [--seeds 20]
 *
 * Each scenario's figures are kept in docs/results/<name>.json, so a sweep may be run alone and the
 * page is written from all that there are. It needs `npm run build` before.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { loadScenario } from "../src/sim/scenario/load.ts";
import type { Check, Scenario } from "../src/sim/scenario/schema.ts";

const PAGE = "docs/results.md";
const FOLDER = "docs/results";
const [FROM, TO] = ["<!-- table -->", "<!-- /table -->"];
/** Where the same rows go on a scenario's own page, if it wants them. */
const [FIGURES_FROM, FIGURES_TO] = ["<!-- figures -->", "<!-- /figures -->"];

interface Interval {
  readonly mean: number;
  readonly half: number;
}

/** What is kept of a sweep. */
interface Kept {
  readonly scenario: string;
  readonly seeds: number;
  readonly passed: number;
  readonly missed: ReadonlyArray<string>;
  readonly metrics: Readonly<Record<string, Interval>>;
}

interface Swept {
  readonly settings: ReadonlyArray<{
    readonly passed: number;
    readonly missed: ReadonlyArray<string>;
    readonly metrics: Readonly<Record<string, Interval>>;
  }>;
}

const pathOf = (name: string) => `scenarios/${name}.yaml`;

function scenarioOf(name: string): Scenario {
  const text = readFileSync(pathOf(name), "utf8");
  return loadScenario({ file: `${name}.yaml`, text, overrides: [] });
}

function sweep(name: string, seeds: number): Kept {
  const args = ["bin/pingo.js", "sim", "sweep", pathOf(name), "--seeds", String(seeds), "--json"];
  const swept = JSON.parse(outputOf(args)) as Swept;
  const [setting] = swept.settings;
  if (setting === undefined) throw new Error(`the sweep of ${name} has no setting`);
  const wanted = new Set(scenarioOf(name).checks.map(({ metric }) => metric));
  const metrics = Object.fromEntries(
    Object.entries(setting.metrics).filter(([metric]) => wanted.has(metric)),
  );
  const { passed, missed } = setting;
  return { scenario: name, seeds, passed, missed, metrics };
}

/** A sweep that missed a check ends with a code of its own and has its figures all the same. */
function outputOf(args: ReadonlyArray<string>): string {
  try {
    return execFileSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 64 * 1_048_576,
    });
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string };
    if (stdout === undefined || stdout === "") throw error;
    return stdout;
  }
}

function figure(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The claim is judged by the end of the 95 % interval that is nearer to the bound. */
function rowOf({ metric, min, max }: Check, { metrics }: Kept): string {
  const found = metrics[metric];
  if (found === undefined) return `| | \`${metric}\` | not measured | | |`;
  const [low, high] = [found.mean - found.half, found.mean + found.half];
  const goal = [
    ...(min === undefined ? [] : [`≥ ${figure(min)}`]),
    ...(max === undefined ? [] : [`≤ ${figure(max)}`]),
  ].join(", ");
  const met = (min === undefined || low >= min) && (max === undefined || high <= max);
  const spread = found.half === 0 ? "" : ` (${figure(low)} to ${figure(high)})`;
  const verdict = met ? "yes" : "**no**";
  return `| | \`${metric}\` | ${figure(found.mean)}${spread} | ${goal} | ${verdict} |`;
}

function sectionOf(kept: Kept): ReadonlyArray<string> {
  const { name, gate, checks } = scenarioOf(kept.scenario);
  const title = `| [${name}](scenarios/${name}.md)${gate ? ", gate" : ""} | | | | |`;
  return [title, ...checks.map((check) => rowOf(check, kept))];
}

/** The figures of one scenario between the marks of its own page. */
function writePage(kept: Kept): void {
  const path = `docs/scenarios/${kept.scenario}.md`;
  if (!existsSync(path)) return;
  const rows = scenarioOf(kept.scenario).checks.map((check) => rowOf(check, kept).slice(3));
  const head = ["| metric | mean (95 % interval) | check | met |", "|---|---|---|---|"];
  const text = [`${kept.seeds} seeds:`, "", ...head, ...rows.map((row) => `|${row}`)].join("\n");
  const page = readFileSync(path, "utf8");
  if (page.includes(FIGURES_FROM)) {
    writeFileSync(path, between(page, text, [FIGURES_FROM, FIGURES_TO]));
  }
}

function between(page: string, text: string, [from, to]: readonly [string, string]): string {
  const [begin, end] = [page.indexOf(from) + from.length, page.indexOf(to)];
  if (begin < from.length || end < begin) throw new Error(`a page has no place between ${from}`);
  return `${page.slice(0, begin)}\n\n${text}\n\n${page.slice(end)}`;
}

function tableOf(all: ReadonlyArray<Kept>): string {
  const head = [
    "| scenario | metric | mean (95 % interval) | goal | met |",
    "|---|---|---|---|---|",
  ];
  const seeds = [...new Set(all.map((kept) => kept.seeds))].sort((a, b) => a - b).join(" or ");
  const passed = all.filter((kept) => kept.passed === kept.seeds).length;
  return [
    `${seeds} seeds each; ${passed} of ${all.length} scenarios pass under all. Each row is of`,
    "`npx pingo sim sweep scenarios/<scenario>.yaml --seeds 20`.",
    "",
    ...head,
    ...all.flatMap(sectionOf),
  ].join("\n");
}

function main(): void {
  const { values } = parseArgs({
    options: { only: { type: "string" }, seeds: { type: "string", default: "20" } },
  });
  mkdirSync(FOLDER, { recursive: true });
  for (const name of values.only?.split(",") ?? []) {
    const kept = sweep(name, Number(values.seeds));
    writeFileSync(`${FOLDER}/${name}.json`, `${JSON.stringify(kept, null, 2)}\n`);
    console.error(`${name}: ${kept.passed} of ${kept.seeds} pass ${kept.missed.join(", ")}`);
  }
  const all = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => basename(file, ".json"))
    .map((name) => JSON.parse(readFileSync(`${FOLDER}/${name}.json`, "utf8")) as Kept);
  for (const kept of all) writePage(kept);
  writeFileSync(PAGE, between(readFileSync(PAGE, "utf8"), tableOf(all), [FROM, TO]));
}

main();
