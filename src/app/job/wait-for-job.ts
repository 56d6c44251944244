/** Waits for a job on a terminal: progress, broken lines, and Ctrl-C that leaves the job alone. */

import { over } from "../../adapters/http/shapes.ts";
import { inVcu } from "../../kernel/credit.ts";
import type { JobStatus, PinGo } from "../client/pingo.ts";
import { Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { err, note, print } from "../terminal/print.ts";
import { Progress, waitText } from "../terminal/progress.ts";
import { partsOf, progressLine } from "./progress-line.ts";

/** Undefined when the user no longer wants to wait. */
export async function waitForJob(pingo: PinGo, first: JobStatus): Promise<JobStatus | undefined> {
  if (over.has(first.state)) return first;
  const abort = new AbortController();
  const interrupt = new Interrupt();
  interrupt.onAsk(() => abort.abort());
  const progress = new Progress();
  const sinceMs = performance.now();
  let seen = first;
  const tick = setInterval(
    () => progress.tick(() => progressLine(seen, performance.now() - sinceMs)),
    100,
  );
  try {
    return await pingo.wait(first.id, {
      signal: abort.signal,
      onStatus: (status) => {
        seen = status;
      },
      onLost: (error, inMs) => {
        progress.clear();
        note(`${err.yellow("waiting:")} ${error.message}; trying again in ${waitText(inMs)}`);
      },
    });
  } catch (error) {
    if (interrupt.asked) return undefined;
    throw error;
  } finally {
    clearInterval(tick);
    progress.clear();
  }
}

export function leftRunning(job: string): Exit {
  note(`Job ${job} goes on. Come back with: pingo job wait ${job}`);
  return Exit.interrupted;
}

/** Says how a job ended; 13 when it ended without all of its results. */
export function printEnd(status: JobStatus): Exit {
  const { id, kind, state, tasks, spent, price, reason } = status;
  const why = reason === "" ? "" : `: ${reason}`;
  print(`Job ${id} is ${state}${why}.`);
  print(
    `  ${tasks.done} of ${tasks.total} ${partsOf(kind)}, ${inVcu(spent)} of ${inVcu(price)} paid`,
  );
  if (tasks.done > 0) print(`  pingo job result ${id}`);
  if (state !== "settled") print(`  pingo job explain ${id}`);
  return exitOfJob(status);
}

export function exitOfJob({ state }: JobStatus): Exit {
  return state === "settled" ? Exit.fine : Exit.checkMissed;
}
