/** What happened to a job as lines for people, read from the views and therefore never lost. */
import { idOf } from "../../kernel/address.ts";
import { inVcu } from "../../kernel/credit.ts";
import type { Demand } from "../live/views/demands.ts";
import type { Attempt, Job } from "../live/views/jobs.ts";
import type { LogFacts } from "./network-handle.ts";

/** Newest lines that are shown. */
const SHOWN = 2_000;

export function jobLines(
  demand: Demand | undefined,
  job: Job | ReadonlyArray<LogFacts> | undefined,
): { readonly lines: ReadonlyArray<LogFacts>; readonly dropped: number } {
  const own = job === undefined ? [] : isLines(job) ? job : linesOf(job);
  const lines = [...demandLines(demand), ...own];
  lines.sort((a, b) => a.atUs - b.atUs);
  const dropped = Math.max(0, lines.length - SHOWN);
  return { lines: lines.slice(dropped), dropped };
}

function isLines(job: Job | ReadonlyArray<LogFacts>): job is ReadonlyArray<LogFacts> {
  return Array.isArray(job);
}

function demandLines(demand: Demand | undefined): ReadonlyArray<LogFacts> {
  if (demand === undefined) return [];
  const { contributor: actor, askedUs, answer, reason, answeredUs } = demand;
  const asked = { atUs: askedUs, actor, what: `asks for ${demand.tasks.length} tasks` };
  if (answer === undefined) return [asked];
  const why = reason === "" ? "" : `: ${reason}`;
  return [asked, { atUs: answeredUs, actor, what: `is told that it ${wordOf(answer)}${why}` }];
}

function wordOf(answer: NonNullable<Demand["answer"]>): string {
  return answer === "failed" ? "has failed" : `is ${answer}`;
}

function linesOf(job: Job): ReadonlyArray<LogFacts> {
  const { job: actor, edge, submittedUs, admittedUs, endedUs, state, refunded, spent } = job;
  const lines: Array<LogFacts> = [{ atUs: submittedUs, actor: edge, what: `opens ${actor}` }];
  if (admittedUs > 0) lines.push({ atUs: admittedUs, actor, what: "has its price in escrow" });
  for (const attempt of job.attempts.values()) lines.push(...attemptLines(attempt));
  for (const [index, { digest, atUs, paid }] of job.accepted) {
    const what = `believes ${digest.slice(0, 16)}… of task ${index}, pays ${inVcu(paid)}`;
    lines.push({ atUs, actor, what });
  }
  if (endedUs > 0) {
    const what = `is ${state}: ${inVcu(spent)} paid, ${inVcu(refunded)} returned`;
    lines.push({ atUs: endedUs, actor, what });
  }
  return lines;
}

function attemptLines(attempt: Attempt): ReadonlyArray<LogFacts> {
  const { task, node: actor, offeredUs, startedUs, endedUs, outcome, verdict } = attempt;
  const judged =
    verdict === "" ? "" : `, its result ${verdict === "agreed" ? "agreed" : "was wrong"}`;
  return [
    { atUs: offeredUs, actor, what: `is offered task ${task}` },
    ...(startedUs > 0 ? [{ atUs: startedUs, actor, what: `begins task ${task}` }] : []),
    ...(endedUs > 0
      ? [{ atUs: endedUs, actor, what: `ends task ${task}: ${outcome}${judged}` }]
      : []),
  ].map((line) => ({ ...line, actor: `node/${idOf(line.actor)}` }));
}
