/** `pingo job submit` and `pingo job wait`. */

import { inVcu } from "../../kernel/credit.ts";
import type { JobStatus, PinGo } from "../client/pingo.ts";
import { Exit } from "../outcome.ts";
import { note, print, printJson } from "../terminal/print.ts";
import { type AskFlags, asked } from "./asked.ts";
import { waitForStanding } from "./first-credit.ts";
import { readJobFile } from "./job-file.ts";
import { saveResult, showResult } from "./result-command.ts";
import { exitOfJob, leftRunning, printEnd, waitForJob } from "./wait-for-job.ts";

export interface SubmitFlags extends AskFlags {
  readonly wait?: boolean;
  readonly name?: string;
  readonly key?: string;
  readonly contributor?: string;
  readonly out?: string;
}

export async function submit(path: string, flags: SubmitFlags): Promise<Exit> {
  const { job, files } = readJobFile(path);
  return asked(flags, async (pingo) => {
    const { name, contributor, key } = flags;
    const waits = flags.wait === true || flags.out !== undefined;
    if (waits && !(await waitForStanding(pingo, contributor))) {
      note("Nothing was handed in.");
      return Exit.interrupted;
    }
    const status = await pingo.submit({ job, files, name, contributor }, { key });
    if (waits) return follow(pingo, status, flags);
    if (flags.json === true) printJson(status);
    else {
      print(`Job ${status.id} is accepted: ${status.tasks.total} tasks, ${inVcu(status.price)}.`);
      print(`  pingo job wait ${status.id}`);
    }
    return Exit.fine;
  });
}

export async function wait(id: string, flags: SubmitFlags): Promise<Exit> {
  return asked(flags, async (pingo) => follow(pingo, await pingo.status(id), flags));
}

async function follow(pingo: PinGo, first: JobStatus, flags: SubmitFlags): Promise<Exit> {
  const ended = await waitForJob(pingo, first);
  if (ended === undefined) return leftRunning(first.id);
  if (flags.out !== undefined && ended.tasks.done > 0) await saveResult(pingo, ended.id, flags);
  if (flags.json !== true) {
    if (flags.out === undefined && ended.tasks.done > 0) await showResult(pingo, ended.id);
    return printEnd(ended);
  }
  printJson(ended);
  return exitOfJob(ended);
}
