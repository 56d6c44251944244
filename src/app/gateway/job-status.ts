/** What is shown of a job: the gateway's record joined with what the network says. */
import type { JobState, JobStatus } from "../../adapters/http/shapes.ts";
import { idOf } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Ending, JobRecord } from "./job-records.ts";
import type { JobFacts } from "./network-handle.ts";
import { traceIdOf } from "./spans.ts";

export function statusOf(
  record: JobRecord,
  facts: JobFacts | undefined,
  networkName: string,
): Omit<JobStatus, "escrow"> {
  const { id, accepted, ended } = record;
  const { name, kind, contributor, tasks, price, atUs } = accepted;
  const job = ended === undefined ? (facts?.job ?? null) : ended.job;
  const known = ended === undefined ? standingOf(record, facts) : { ...ended, running: 0 };
  return {
    id,
    name,
    kind,
    contributor,
    state: known.state,
    reason: known.reason,
    tasks: { total: tasks, running: known.running, done: known.done },
    price,
    spent: known.spent,
    acceptedUs: atUs,
    endedUs: ended?.atUs ?? null,
    result: ended?.result ?? null,
    trace: job === null ? "" : traceIdOf(networkName, idOf(job)),
  };
}

function standingOf(record: JobRecord, facts: JobFacts | undefined) {
  if (facts === undefined) {
    return { state: "accepted" as const, reason: "", running: 0, done: 0, spent: nanoVcu(0n) };
  }
  const { reason, running, done } = facts;
  return { state: stateOf(record, facts), reason, running, done, spent: nanoVcu(facts.spent) };
}

/** The network settles a cancelled job like any other; that somebody asked for it only we know. */
function stateOf(record: JobRecord, facts: JobFacts): JobState {
  const wasCut = record.cancelAsked && facts.done < record.accepted.tasks;
  return facts.state === "settled" && wasCut ? "cancelled" : facts.state;
}

/** How a job ended; undefined while it goes on. */
export function endingOf(record: JobRecord, facts: JobFacts): Omit<Ending, "result"> | undefined {
  if (facts.state === "waiting" || facts.state === "running") return undefined;
  const { job, reason, done, spent, endedUs } = facts;
  return {
    job,
    state: stateOf(record, facts),
    reason,
    done,
    spent: nanoVcu(spent),
    atUs: endedUs ?? Date.now() * 1_000,
  };
}
