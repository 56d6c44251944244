/**
 * Profiles the main job as it ships (dist/) and leaves what it finds in out/profile:
 *
 *   npm run profile [-- scenarios/steady.yaml]
 *
 * clinic draws the flame graph and the heap profile. It is installed beside this file when first
 * needed; without a registry Node's own profiler takes its place.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { heapFlags } from "../../src/app/heap.ts";
import { markdown } from "../report.ts";
import { type CpuProfile, hottest } from "./hottest.ts";

const HERE = "benchmarks/profile";
const OUT = "out/profile";
const CLINIC = `${HERE}/node_modules/clinic/bin.js`;
const ROWS = 20;

/** The command with the flags that it would give itself: a profiler follows one process only. */
function mainJob(scenario: string): ReadonlyArray<string> {
  const report = ["--out", join(OUT, "report")];
  return [...heapFlags(1), "dist/app/pingo.js", "sim", "run", scenario, "--json", ...report];
}

function installed(): boolean {
  if (existsSync(CLINIC)) return true;
  console.error("installing clinic for the first profile …");
  const args = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"];
  const npm = spawnSync("npm", args, { cwd: HERE, stdio: ["ignore", "ignore", "inherit"] });
  return npm.status === 0 && existsSync(CLINIC);
}

/** Runs one of clinic's tools; the HTML file that it wrote. */
function clinic(tool: "flame" | "heapprofiler", scenario: string): string | undefined {
  const scratch = resolve(OUT, `.${tool}`);
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  // Without these two it asks for usage statistics, gets no answer and does nothing.
  const env = { ...process.env, NO_INSIGHT: "1" };
  const flags = ["--open=false", `--dest=${scratch}`];
  const command = [CLINIC, tool, ...flags, "--", process.execPath, ...mainJob(scenario)];
  const stdio = ["ignore", "ignore", "pipe"] as const;
  const ran = spawnSync(process.execPath, command, { env, stdio: [...stdio], encoding: "utf8" });
  const html = allFiles(scratch).find((file) => file.endsWith(".html"));
  if (html === undefined) {
    console.error(`clinic ${tool} wrote nothing (${ran.status ?? ran.signal}): ${ran.stderr}`);
    return undefined;
  }
  const kept = join(OUT, `${tool}.html`);
  cpSync(html, kept);
  rmSync(scratch, { recursive: true, force: true });
  return kept;
}

function allFiles(folder: string): ReadonlyArray<string> {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? allFiles(path) : [path];
  });
}

/** Node's own profile, as a file for a browser's developer tools and as a table. */
function nodeProfile(scenario: string): string {
  const folder = join(OUT, "node");
  rmSync(folder, { recursive: true, force: true });
  const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`];
  spawnSync(process.execPath, [...flags, ...mainJob(scenario)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [file] = allFiles(folder).filter((each) => each.endsWith(".cpuprofile"));
  if (file === undefined) throw new Error("the profiler wrote nothing; does the job run?");
  const rows = hottest(JSON.parse(readFileSync(file, "utf8")) as CpuProfile, ROWS);
  console.log(markdown([["function", "file", "self"], ...rows]));
  return file;
}

function main(scenario = "scenarios/first-light.yaml"): void {
  mkdirSync(OUT, { recursive: true });
  const written: Array<string | undefined> = [nodeProfile(scenario)];
  if (installed()) written.push(clinic("flame", scenario), clinic("heapprofiler", scenario));
  else console.error("clinic cannot be installed here; Node's own profile has to do");
  for (const file of written) if (file !== undefined) console.log(`wrote ${file}`);
}

main(process.argv[2]);
