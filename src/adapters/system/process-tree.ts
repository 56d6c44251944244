/**
 * What Linux tells about a process and those that it started: CPU time, memory that nothing but
 * killing gives back, and who they are. Everywhere else there is no cheap way and all is unknown.
 */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, which the kernel promises to programs whatever its own clock is. */
const TICK_MS = 10;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // Gone, or somebody else's: either way there is nothing to know.
    return undefined;
  }
}

/** CPU time of /proc/PID/stat, milliseconds. The name in brackets may hold blanks and brackets. */
export function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Behind the state are ppid, pgrp, …; user and system time are the 14th and 15th of all.
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Memory of /proc/PID/status that is in no file, MiB: what is in a file can be dropped. */
export function memoryMibOf(status: string): number {
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  const own = kib("RssAnon") + kib("RssShmem") + (kib("VmSwap") || 0);
  return (Number.isNaN(own) ? kib("VmRSS") || 0 : own) / 1_024;
}

/** CPU time of all of them so far, milliseconds; undefined when the first is gone or unknown. */
export function cpuMs(pids: ReadonlyArray<number>): number | undefined {
  let sum: number | undefined;
  for (const pid of pids) {
    const stat = read(`/proc/${pid}/stat`);
    if (stat !== undefined) sum = (sum ?? 0) + cpuMsOf(stat);
    else if (sum === undefined) return undefined;
  }
  return sum;
}

export function memoryMib(pids: ReadonlyArray<number>): number {
  return pids.reduce((sum, pid) => {
    const status = read(`/proc/${pid}/status`);
    return status === undefined ? sum : sum + memoryMibOf(status);
  }, 0);
}

/** The process and all that descend from it, itself first. */
export function treeOf(root: number): ReadonlyArray<number> {
  const tree = [root];
  for (let i = 0; i < tree.length; i++) tree.push(...childrenOf(tree[i] ?? 0));
  return tree;
}

function childrenOf(pid: number): ReadonlyArray<number> {
  let threads: ReadonlyArray<string> = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads.flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? "").split(" ").filter(Boolean).map(Number),
  );
}

/**
 * Processes whose environment holds `mark`. A grandchild whose parent has died belongs to nobody's
 * tree any more, and one that opened a session of its own to nobody's group; the mark it has kept.
 */
export function marked(mark: string): ReadonlyArray<number> {
  let names: ReadonlyArray<string> = [];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => (read(`/proc/${name}/environ`) ?? "").split("\0").includes(mark))
    .map(Number);
}
