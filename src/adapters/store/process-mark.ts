/**
 * Who holds something on this machine: a process by its number and, where the system tells, by when
 * it started, so that a later process with the same number is not taken for it.
 */
import { readFileSync } from "node:fs";

export interface ProcessMark {
  readonly pid: number;
  /** Ticks since the machine's start; "" where that cannot be known. */
  readonly started: string;
}

/** Instead of a start: such a process runs no more, it only waits for its parent to notice. */
const ZOMBIE = "zombie";

let own: ProcessMark | undefined;

export function ownMark(): ProcessMark {
  own ??= { pid: process.pid, started: startedOf(process.pid) };
  return own;
}

/** True when the process is known to be gone. */
export function isGone({ pid, started }: ProcessMark): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  const now = startedOf(pid);
  return now === ZOMBIE || (started !== "" && now !== "" && now !== started);
}

/** The 22nd field of Linux's /proc/<pid>/stat; the name before it may hold anything. */
function startedOf(pid: number): string {
  if (process.platform !== "linux") return "";
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? ZOMBIE : (fields[19] ?? "");
  } catch {
    return "";
  }
}
