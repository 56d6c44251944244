/** A job's progress in one line: a bar on a terminal, words elsewhere. */

import { inVcu } from "../../kernel/credit.ts";
import type { JobStatus } from "../client/pingo.ts";
import { waitText } from "../terminal/progress.ts";

const WIDTH = 24;

/** What a job of this kind is counted in. */
export function partsOf(kind: string): "rounds" | "tasks" {
  return kind === "train" ? "rounds" : "tasks";
}

/** "3 of 8 done, 4 workers running" */
export function doneText({ kind, tasks: { done, running, total } }: JobStatus): string {
  const workers = partsOf(kind) === "rounds" ? " workers" : "";
  return `${done} of ${total} done, ${running}${workers} running`;
}

/** "[######------------------] 3 of 12 tasks, 2 running, 0.25 VCU paid, 12 s" */
export function progressLine({ kind, state, tasks, spent }: JobStatus, waitedMs: number): string {
  const { done, running, total } = tasks;
  const filled = total === 0 ? 0 : Math.floor((done / total) * WIDTH);
  const bar = `[${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}]`;
  const parts = [
    `${bar} ${done} of ${total} ${partsOf(kind)}`,
    state === "running" ? `${running} running` : state,
    `${inVcu(spent)} paid`,
    waitText(waitedMs),
  ];
  return parts.join(", ");
}
