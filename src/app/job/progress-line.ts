/** A job's progress in one line: a bar on a terminal, words elsewhere. */

import { inVcu } from "../../kernel/credit.ts";
import type { JobStatus } from "../client/pingo.ts";
import { waitText } from "../terminal/progress.ts";

const WIDTH = 24;

/** "[######------------------] 3 of 12 tasks, 2 running, 0.25 VCU paid, 12 s" */
export function progressLine({ state, tasks, spent }: JobStatus, waitedMs: number): string {
  const { done, running, total } = tasks;
  const filled = total === 0 ? 0 : Math.floor((done / total) * WIDTH);
  const bar = `[${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}]`;
  const parts = [
    `${bar} ${done} of ${total} tasks`,
    state === "running" ? `${running} running` : state,
    `${inVcu(spent)} paid`,
    waitText(waitedMs),
  ];
  return parts.join(", ");
}
