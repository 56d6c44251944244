/**
 * The words put before a command so that it runs behind all others, or only when nobody else wants
 * the processor. They must come before it: on Linux a priority is a thread's own, and threads
 * inherit it at birth.
 */
import { spawnSync } from "node:child_process";
import type { SlotPriority } from "../../live/slots.ts";

const wishes: Readonly<Partial<Record<NodeJS.Platform, ReadonlyArray<ReadonlyArray<string>>>>> = {
  // SCHED_IDLE first: it also takes the idle class of the disk's queue.
  linux: [["chrt", "-i", "0", "nice", "-n", "19"]],
  // Background: efficiency cores, throttled disk.
  darwin: [["taskpolicy", "-b", "nice", "-n", "19"]],
};
const atLeast: ReadonlyArray<string> = ["nice", "-n", "19"];

const found: { idle?: ReadonlyArray<string>; low?: ReadonlyArray<string> } = {};

/** Tried once: a machine may lack the program or forbid the class. Empty where none works. */
export function prefixOf(priority: SlotPriority): ReadonlyArray<string> {
  switch (priority) {
    case "idle":
      found.idle ??= firstThatWorks([...(wishes[process.platform] ?? []), atLeast]);
      return found.idle;
    case "low":
      found.low ??= firstThatWorks([atLeast]);
      return found.low;
    case "normal":
      return [];
  }
}

function firstThatWorks(prefixes: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> {
  if (process.platform === "win32") return [];
  return (
    prefixes.find(([program = "", ...rest]) => {
      const tried = spawnSync(program, [...rest, "true"], { stdio: "ignore", timeout: 5_000 });
      return tried.status === 0;
    }) ?? []
  );
}
