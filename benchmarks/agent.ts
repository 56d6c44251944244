/**
 * What the agent costs a machine on which it does nothing: share of a core and memory, with the
 * real sensors, the rule and its page, after the start is over.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startNodeAgent } from "../src/app/node/node-agent.ts";
import { type Flags, flagsOf, printReport, type Report } from "./report.ts";

const CPU_GOAL_PERCENT = 0.5;
const MEMORY_GOAL_MIB = 120;
const MEBIBYTE = 1_048_576;
const SETTLE_MS = 3_000;
/** Never on what load there is: the benchmark is about an agent whose slots are empty. */
const RULE = "50% when idle, 100% at night, never on battery, max 4GB";

interface Cost {
  readonly cpuPercent: number;
  readonly startMs: number;
  readonly memoryMib: number;
  readonly rule: string;
}

const pause = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** CPU time of programs that were asked and have ended; 0 where the system does not tell. */
function childrenMs(): number {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return 0;
  }
}

/** The agent alone in a process of its own: what the measuring costs is not counted. */
async function child(seconds: number): Promise<void> {
  const { agent, close } = await startNodeAgent({ give: RULE, port: 0 });
  const started = process.cpuUsage();
  await pause(SETTLE_MS);
  const before = process.cpuUsage();
  const children = childrenMs();
  const since = performance.now();
  await pause(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  const cost: Cost = {
    cpuPercent:
      ((user + system) / 1_000 + childrenMs() - children) / (performance.now() - since) / 0.01,
    startMs: (started.user + started.system) / 1_000,
    memoryMib: process.memoryUsage.rss() / MEBIBYTE,
    rule: agent.status().rule,
  };
  process.send?.(cost);
  await close();
  process.disconnect?.();
}

async function measure(seconds: number): Promise<Report> {
  const script = fileURLToPath(import.meta.url);
  const agent = spawn(process.execPath, [script, "child", String(seconds)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [cost] = (await Promise.race([once(agent, "message"), failed(agent)])) as [Cost];
  return {
    benchmark: "agent",
    hash: createHash("sha256").update(cost.rule).digest("hex").slice(0, 16),
    figures: [
      { name: "processor", value: cost.cpuPercent, unit: "% of a core", atMost: CPU_GOAL_PERCENT },
      { name: "resident memory", value: cost.memoryMib, unit: "MiB", atMost: MEMORY_GOAL_MIB },
    ],
    table: [
      ["seconds", "processor, % of a core", "start, ms of CPU", "resident, MiB"],
      [
        String(seconds),
        cost.cpuPercent.toFixed(3),
        cost.startMs.toFixed(0),
        cost.memoryMib.toFixed(1),
      ],
    ],
    notes: [
      "CPU time of the process and the programs that it asks, after its start: other load on the " +
        "machine hardly shows.",
      "Sensors, rule and page of an agent whose slots are empty; no network is joined.",
    ],
  };
}

async function failed(agent: ReturnType<typeof spawn>): Promise<never> {
  const [code] = (await once(agent, "exit")) as [number | null];
  throw new Error(`the agent ended with ${code}`);
}

async function main(flags: Flags): Promise<void> {
  const [mode, seconds] = flags.rest;
  if (mode === "child") await child(Number(seconds));
  else printReport(await measure(flags.smoke ? 2 : Number(mode ?? 60)), flags);
}

await main(flagsOf());
