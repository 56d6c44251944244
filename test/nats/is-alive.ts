/** Whether a process runs: a killed one whose parent is gone may stay in the table as a zombie. */
import { isGone } from "../../src/adapters/store/process-mark.ts";

export function isAlive(pid = 0): boolean {
  return !isGone({ pid, started: "" });
}
