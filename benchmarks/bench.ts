/**
 * Runs the benchmarks one after the other, each in a process of its own, and writes what they
 * found into benchmarks/README.md.
 *
 *   npm run bench -- [--only phold,first-light] [--date 2026-11-22] [--smoke]
 *
 * With --smoke everything is tiny and nothing is written: it only shows that all still run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { isMet, type Report, textOf } from "./report.ts";

const README = "benchmarks/README.md";
const SCRIPTS = "out/benchmarks/benchmarks";
/** The young generation that the product gives itself. */
const YOUNG = ["--max-semi-space-size=64", "--min-semi-space-size=64"];
/** Eight GiB in one process: what is not young generation, code and buffers. */
const LARGE = [...YOUNG, "--max-old-space-size=7168"];
/** The same for a hundred thousand nodes: what is under way there lives longer. */
const VAST = [
  "--max-semi-space-size=256",
  "--min-semi-space-size=256",
  "--max-old-space-size=7168",
];

interface Benchmark {
  readonly name: string;
  readonly script: string;
  readonly flags: ReadonlyArray<string>;
  /** A file without which it cannot run. */
  readonly needs?: string;
}

const benchmarks: ReadonlyArray<Benchmark> = [
  { name: "chart-step", script: "chart-step.js", flags: YOUNG },
  { name: "allocation", script: "allocation.js", flags: YOUNG },
  { name: "claims", script: "claims.js", flags: YOUNG },
  { name: "phold", script: "phold/phold.js", flags: [] },
  { name: "idle-nodes", script: "idle-nodes.js", flags: [...LARGE, "--expose-gc"] },
  {
    name: "first-light",
    script: "first-light.js",
    flags: LARGE,
    needs: "scenarios/first-light.yaml",
  },
  { name: "placement", script: "placement.js", flags: [...YOUNG, "--expose-gc"] },
  { name: "hundred-thousand", script: "hundred-thousand.js", flags: VAST },
  { name: "live-jobs", script: "live-jobs.js", flags: YOUNG },
  { name: "nats", script: "nats.js", flags: YOUNG },
  { name: "local-chain", script: "local-chain.js", flags: [...YOUNG, "--expose-gc"] },
  { name: "agent", script: "agent.js", flags: [] },
  { name: "onnx", script: "onnx.js", flags: YOUNG },
  { name: "compare", script: "compare.js", flags: [], needs: "dist/app/pingo.js" },
];

function run({ name, script, flags }: Benchmark, smoke: boolean): Report {
  const args = [...flags, `${SCRIPTS}/${script}`, "--json", ...(smoke ? ["--smoke"] : [])];
  const ran = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", smoke ? "pipe" : "inherit"],
    maxBuffer: 64 * 1_048_576,
  });
  if (ran.status !== 0) {
    throw new Error(`${name} ended with ${ran.status ?? ran.signal}: ${ran.stderr ?? ""}`);
  }
  return JSON.parse(ran.stdout) as Report;
}

/** Day of the last commit: a run of one commit writes one text, whenever it is made. */
function commitDate(): string {
  const git = spawnSync("git", ["log", "-1", "--format=%cs"], { encoding: "utf8" });
  return git.status === 0 ? git.stdout.trim() : "unknown day";
}

/** `load`: what else the machine did just before; figures taken on a busy one say so. */
function machineText(date: string, load: number): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 1_073_741_824);
  return [
    `${date}, ${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}, ${gib} GiB,`,
    `${process.platform} ${process.arch}, Node ${process.versions.node},`,
    `load average ${load.toFixed(1)} (${cpus().length} is all that the machine has).`,
  ].join("\n");
}

/** Puts text between the marks of a section. */
function withSection(readme: string, name: string, text: string): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = readme.indexOf(from);
  const end = readme.indexOf(to);
  if (start < 0 || end < start) throw new Error(`${README} has no section ${name}`);
  return `${readme.slice(0, start + from.length)}\n\n${text}\n\n${readme.slice(end)}`;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      smoke: { type: "boolean", default: false },
      only: { type: "string" },
      date: { type: "string" },
    },
  });
  const only = values.only?.split(",");
  for (const benchmark of benchmarks) {
    const { name, needs } = benchmark;
    if (only !== undefined && !only.includes(name)) continue;
    if (needs !== undefined && !existsSync(needs)) {
      console.log(`${name}: skipped, there is no ${needs}`);
      continue;
    }
    const [load = 0] = loadavg();
    const report = run(benchmark, values.smoke);
    if (values.smoke) {
      console.log(`${name}: runs, hash ${report.hash}`);
      continue;
    }
    const missed = report.figures.filter((figure) => !isMet(figure));
    console.log(`## ${name}\n\n${textOf(report)}\n\n${missed.length} goals missed\n`);
    const text = `${machineText(values.date ?? commitDate(), load)}\n\n${textOf(report)}`;
    writeFileSync(README, withSection(readFileSync(README, "utf8"), name, text));
  }
}

main();
