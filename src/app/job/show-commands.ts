/**
 * `pingo job list|status|tasks|logs|explain|cancel`: what the gateway says, for people or
 * programs.
 */
import type { JobState } from "../../adapters/http/shapes.ts";
import { inVcu } from "../../kernel/credit.ts";
import { formatDuration } from "../../kernel/duration.ts";
import type { JobStatus } from "../client/pingo.ts";
import { Exit } from "../outcome.ts";
import { note, out, print, printJson } from "../terminal/print.ts";
import { tableLines } from "../terminal/table.ts";
import { type AskFlags, asked } from "./asked.ts";
import { doneText, partsOf } from "./progress-line.ts";
import { exitOfJob } from "./wait-for-job.ts";

export interface ListFlags extends AskFlags {
  readonly state?: JobState;
  readonly limit?: number;
  readonly cursor?: string;
}

export async function showList(flags: ListFlags): Promise<Exit> {
  const { state, limit, cursor } = flags;
  const page = await asked(flags, (pingo) => pingo.list({ state, limit, cursor }));
  if (flags.json === true) {
    printJson(page);
    return Exit.fine;
  }
  if (page.jobs.length === 0) print("No jobs. Hand one in with: pingo job submit job.yaml");
  else for (const line of tableLines(jobColumns, page.jobs.map(jobRow))) print(line);
  if (page.next !== null) note(`There are more: pingo job list --cursor ${page.next}`);
  return Exit.fine;
}

const jobColumns = [
  { title: "job" },
  { title: "name" },
  { title: "state" },
  { title: "done", align: "right" },
  { title: "paid", align: "right" },
  { title: "accepted" },
] as const;

function jobRow(job: JobStatus): ReadonlyArray<string> {
  const { id, name, kind, state, tasks, spent, acceptedUs } = job;
  const done = `${tasks.done} of ${tasks.total} ${partsOf(kind)}`;
  return [id, name, state, done, inVcu(spent), instant(acceptedUs)];
}

function instant(us: number): string {
  return `${new Date(us / 1_000).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

export async function showStatus(id: string, flags: AskFlags): Promise<Exit> {
  const job = await asked(flags, (pingo) => pingo.status(id));
  if (flags.json === true) printJson(job);
  else printStatus(job);
  return Exit.fine;
}

function printStatus(job: JobStatus): void {
  const { id, name, kind, state, reason, price, spent, acceptedUs, endedUs, trace } = job;
  const { result, escrow } = job;
  const took = endedUs === null ? [] : [["took", formatDuration(endedUs - acceptedUs)]];
  const rows = [
    ["job", `${out.bold(id)} ${name} (${kind})`],
    ["state", reason === "" ? state : `${state}: ${reason}`],
    [partsOf(kind), doneText(job)],
    ["price", inVcu(price)],
    ["paid", inVcu(spent)],
    ["accepted", instant(acceptedUs)],
    ...took,
    ...(result === null ? [] : [["result", result]]),
    ...(escrow === null ? [] : [["escrow", `${escrow.address}: ${escrow.what}`]]),
    ["trace", trace],
  ];
  for (const line of tableLines([{ title: "" }, { title: "" }], rows)) print(line);
}

export async function showTasks(id: string, flags: ListFlags): Promise<Exit> {
  const { limit, cursor } = flags;
  const page = await asked(flags, (pingo) => pingo.tasks(id, { limit, cursor }));
  if (flags.json === true) {
    printJson(page);
    return Exit.fine;
  }
  const columns = [
    { title: "task", align: "right" },
    { title: "state" },
    { title: "MFLOP", align: "right" },
    { title: "nodes" },
    { title: "result" },
  ] as const;
  const rows = page.tasks.map((task) => [
    `${task.index}`,
    task.state,
    `${task.mflop}`,
    task.nodes.join(", "),
    task.digest ?? "",
  ]);
  for (const line of tableLines(columns, rows)) print(line);
  if (page.next !== null) note(`There are more: pingo job tasks ${id} --cursor ${page.next}`);
  return Exit.fine;
}

export async function showLogs(id: string, flags: AskFlags): Promise<Exit> {
  const { lines, dropped } = await asked(flags, (pingo) => pingo.log(id));
  if (flags.json === true) {
    printJson({ lines, dropped });
    return Exit.fine;
  }
  if (dropped > 0) note(`${dropped} older lines are not shown.`);
  for (const { atUs, actor, what } of lines) {
    print(`${new Date(atUs / 1_000).toISOString()}  ${actor} ${what}`);
  }
  return Exit.fine;
}

export async function showExplanation(id: string, flags: AskFlags): Promise<Exit> {
  const explanation = await asked(flags, (pingo) => pingo.explain(id));
  if (flags.json === true) {
    printJson(explanation);
    return Exit.fine;
  }
  const { job, facts } = explanation;
  print(`${out.bold(`Job ${job.id}`)} ${job.name}: ${job.state}`);
  for (const { what, numbers } of facts) {
    const shown = Object.entries(numbers).map(([key, value]) => `${key}=${value}`);
    print(`- ${what}${shown.length === 0 ? "" : ` ${out.dim(`(${shown.join(", ")})`)}`}`);
  }
  return Exit.fine;
}

export async function cancel(id: string, flags: AskFlags): Promise<Exit> {
  const job = await asked(flags, (pingo) => pingo.cancel(id));
  if (flags.json === true) {
    printJson(job);
    return Exit.fine;
  }
  const isOver = job.endedUs !== null;
  print(isOver ? `Job ${id} is ${job.state}.` : `Job ${id} is asked to end; what is done is paid.`);
  return isOver && job.state !== "cancelled" ? exitOfJob(job) : Exit.fine;
}
