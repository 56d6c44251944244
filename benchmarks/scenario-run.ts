/** Runs a scenario as the command does, and watches time and memory while it goes. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { RunResult } from "../src/sim/run/result.ts";
import { Run } from "../src/sim/run/run.ts";
import { loadScenario } from "../src/sim/scenario/load.ts";
import { parseOverride } from "../src/sim/scenario/overrides.ts";
import { cpuSeconds } from "./clock.ts";

export interface Ran {
  readonly result: RunResult;
  readonly buildSeconds: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Most memory that the process ever held. */
  readonly peakBytes: number;
}

const SLICE = 50_000;

/** `overrides` such as "nodes=1000". The scenario names no other files. */
export function runScenario(path: string, overrides: ReadonlyArray<string>): Ran {
  const scenario = loadScenario({
    file: basename(path),
    text: readFileSync(path, "utf8"),
    overrides: overrides.map(parseOverride),
  });
  const fromMs = performance.now();
  const run = new Run({ scenario, seed: scenario.seed, files: new Map() });
  const builtMs = performance.now();
  const fromCpu = cpuSeconds();
  const progress = progressLine(builtMs);
  while (!run.advance(SLICE)) progress(run);
  const wallSeconds = (performance.now() - builtMs) / 1_000;
  return {
    result: run.result(),
    buildSeconds: (builtMs - fromMs) / 1_000,
    wallSeconds,
    cpuSeconds: cpuSeconds() - fromCpu,
    peakBytes: process.resourceUsage().maxRSS * 1_024,
  };
}

/** Says on standard error every ten seconds how far the run is. */
function progressLine(startMs: number): (run: Run) => void {
  let saidMs = startMs;
  return (run) => {
    const nowMs = performance.now();
    if (nowMs - saidMs < 10_000) return;
    saidMs = nowMs;
    const { virtualUs, endUs, events } = run.progress();
    const share = ((100 * virtualUs) / endUs).toFixed(1);
    const mib = Math.round(process.memoryUsage().rss / 1_048_576);
    const seconds = Math.round((nowMs - startMs) / 1_000);
    console.error(`${seconds} s: ${share} % of the time, ${events} events, ${mib} MiB`);
  };
}
