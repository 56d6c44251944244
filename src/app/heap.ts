/**
 * Memory of the process. A large scenario needs more heap than V8 takes by itself, and a young
 * generation in which short-lived messages die before they are copied. Both are fixed when a
 * process starts, so the command starts itself once more with the flags it needs.
 */
import { spawn } from "node:child_process";
import { totalmem } from "node:os";

const YOUNG = "--max-semi-space-size";
const OLD = "--max-old-space-size";
const SHARE = 0.75;
const MEBIBYTE = 1_048_576;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Subcommands that simulate in this process; the others are up at once and stay small. */
const heavy = new Set(["run", "replay", "explain"]);

/** Flags for a process that shares the machine with `processes - 1` like it. */
export function heapFlags(processes: number): ReadonlyArray<string> {
  const limit = process.constrainedMemory();
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const old = Math.floor((memory * SHARE) / processes / MEBIBYTE);
  return [`${OLD}=${old}`, `${YOUNG}=64`, "--min-semi-space-size=64"];
}

/** Flags of this process without those that {@link heapFlags} sets. */
export function otherFlags(): ReadonlyArray<string> {
  return process.execArgv.filter((flag) => !/^--(max-old|(max|min)-semi)-?space-size/.test(flag));
}

/**
 * Runs the same command in a process with enough memory and gives its exit code; undefined when
 * this process is the one to do the work.
 */
export async function respawned(args: ReadonlyArray<string>): Promise<number | undefined> {
  const isHelp = args.some((arg) => arg === "--help" || arg === "-h");
  const isHeavy = args[0] === "sim" && heavy.has(args[1] ?? "") && !isHelp;
  const has = (flag: string) => process.execArgv.some((arg) => arg.startsWith(flag));
  const script = process.argv[1];
  if (!isHeavy || has(YOUNG) || script === undefined) {
    endWithParent();
    return undefined;
  }
  // Whoever chose a heap keeps it: the last of two equal flags wins.
  const flags = [...heapFlags(1), ...process.execArgv];
  const child = spawn(process.execPath, [...flags, script, ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

/** A child whose parent was killed has nobody to answer to. The channel keeps nothing alive. */
function endWithParent(): void {
  if (process.channel === undefined) return;
  process.once("disconnect", () => process.exit(1));
  process.channel?.unref();
}
