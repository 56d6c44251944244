/** `pingo job submit` and `pingo job wait`. */

import { inVcu } from "../../kernel/credit.ts";
import type { JobStatus, PinGo, Work } from "../client/pingo.ts";
import { Exit } from "../outcome.ts";
import { note, print, printJson } from "../terminal/print.ts";
import { type AskFlags, asked } from "./asked.ts";
import { readJobFile } from "./job-file.ts";
import { partsOf } from "./progress-line.ts";
import { saveResult, showResult } from "./result-command.ts";
import { waitForCredit, waitForStanding } from "./wait-for-credit.ts";
import { exitOfJob, leftRunning, printEnd, waitForJob } from "./wait-for-job.ts";

export interface SubmitFlags extends AskFlags {
  readonly wait?: boolean;
  readonly name?: string;
  readonly key?: string;
  readonly contributor?: string;
  readonly out?: string;
}

export async function submit(path: string, flags: SubmitFlags): Promise<Exit> {
  const { job, files, escrow } = readJobFile(path);
  return asked(flags, async (pingo) => {
    const { name, contributor, key } = flags;
    const waits = flags.wait === true || flags.out !== undefined;
    if (waits && !(await waitForStanding(pingo, contributor))) {
      note("Nothing was handed in.");
      return Exit.interrupted;
    }
    const work = { job, files, name, escrow, contributor };
    const status = await pingo.submit(work, { key });
    if (waits) return followUntilPaid(pingo, { work, status }, flags);
    if (flags.json === true) printJson(status);
    else {
      const { id, kind, tasks, price } = status;
      print(`Job ${id} is accepted: ${tasks.total} ${partsOf(kind)}, ${inVcu(price)}.`);
      print(`  pingo job wait ${id}`);
    }
    return Exit.fine;
  });
}

export async function wait(id: string, flags: SubmitFlags): Promise<Exit> {
  return asked(flags, async (pingo) => follow(pingo, await pingo.status(id), flags));
}

/** A job that is refused for want of credit is handed in again once its owner can pay for it. */
async function followUntilPaid(
  pingo: PinGo,
  handed: { readonly work: Work; readonly status: JobStatus },
  flags: SubmitFlags,
): Promise<Exit> {
  let { status } = handed;
  for (let again = 2; ; again++) {
    const ended = await waitForJob(pingo, status);
    if (ended === undefined) return leftRunning(status.id);
    const then = await waitForCredit(pingo, ended);
    if (then === "over") return showEnd(pingo, ended, flags);
    if (then === "interrupted") {
      note(`Job ${ended.id} stays refused.`);
      return Exit.interrupted;
    }
    // the same words of the user name the same sequence of jobs
    const key = flags.key === undefined ? undefined : `${flags.key}.${again}`;
    status = await pingo.submit(handed.work, { key });
  }
}

async function follow(pingo: PinGo, first: JobStatus, flags: SubmitFlags): Promise<Exit> {
  const ended = await waitForJob(pingo, first);
  return ended === undefined ? leftRunning(first.id) : showEnd(pingo, ended, flags);
}

async function showEnd(pingo: PinGo, ended: JobStatus, flags: SubmitFlags): Promise<Exit> {
  if (flags.out !== undefined && ended.tasks.done > 0) await saveResult(pingo, ended.id, flags);
  if (flags.json !== true) {
    if (flags.out === undefined && ended.tasks.done > 0) await showResult(pingo, ended.id);
    return printEnd(ended);
  }
  printJson(ended);
  return exitOfJob(ended);
}
