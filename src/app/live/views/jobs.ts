/**
 * The lives of jobs, told from the deliveries of an edge and its jobs: what was accepted, who ran
 * it, what was paid, why it ended. It reads messages and commands only: of a state it may look at
 * `at`, because the maps of a state can be read for a short while only.
 */
import type { JobFailed, JobRefused, JobSettled } from "../../../actors/contributor/messages.ts";
import type { AttemptEnded } from "../../../actors/edge/messages.ts";
import type { JobClosed, ReserveRefused, Verdict } from "../../../actors/job/messages.ts";
import type { JobInput } from "../../../actors/job/state.ts";
import type { Settle } from "../../../actors/ledger/messages.ts";
import type { Assign } from "../../../actors/node/messages.ts";
import { type Address, kindOf } from "../../../kernel/address.ts";
import type { Delivery } from "../../../kernel/delivery.ts";
import type { Message } from "../../../kernel/message.ts";
import type { Seen, View } from "../../../live/view.ts";

export type JobState =
  | "submitted"
  | "running"
  | "verifying"
  | "closing"
  | "settled"
  | "failed"
  | "refused"
  | "cancelled";

/** One execution of a task by a node. */
export interface Attempt {
  readonly task: number;
  readonly node: Address;
  readonly offeredUs: number;
  startedUs: number;
  endedUs: number;
  /** How it ended; "" while it has not. */
  outcome: AttemptEnded["outcome"] | "";
  /** What the verifier made of its result; "" until it has. */
  verdict: "agreed" | "wrong" | "";
}

export interface AcceptedTask {
  readonly digest: string;
  readonly atUs: number;
  /** What one execution of it cost. */
  paid: bigint;
}

export interface Job {
  readonly job: Address;
  readonly edge: Address;
  readonly requester: Address;
  readonly demand: number;
  readonly commons: boolean;
  /** Metered size of each task, MFLOP. */
  readonly tasks: ReadonlyArray<number>;
  readonly contents: ReadonlyArray<string> | null;
  readonly submittedUs: number;
  state: JobState;
  admittedUs: number;
  endedUs: number;
  /** Accepted tasks by index. */
  readonly accepted: Map<number, AcceptedTask>;
  /** By id, in the order of their offers. */
  readonly attempts: Map<string, Attempt>;
  /** Why it failed or was refused, with the rule in words. */
  reason: string;
  spent: bigint;
  refunded: bigint;
}

export interface Jobs {
  readonly byAddress: Map<Address, Job>;
  /** Job of each attempt that has not ended. */
  readonly open: Map<string, Job>;
  /** By requester and demand, commons jobs apart. */
  readonly byDemand: Map<string, Job>;
  /** Jobs that have ended, of people and of the commons. */
  readonly ended: { people: number; commons: number };
}

/** Ended jobs that are kept; the oldest go first. */
const KEPT = { people: 5_000, commons: 100 };

const finals: ReadonlySet<string> = new Set(["settled", "failed", "refused", "cancelled"]);

export function jobKey(requester: Address, demand: number): string {
  return `${requester}#${demand}`;
}

export const jobsView: View<Jobs> = {
  name: "jobs",
  version: 1,
  empty: newJobs,
  fold: (view, seen) => {
    const kind = kindOf(seen.actor);
    if (kind === "edge") foldEdge(view, seen);
    else if (kind === "job") foldJob(view, seen);
    return view;
  },
  save: ({ byAddress }) => {
    const plain = (job: Job) => ({
      ...job,
      accepted: [...job.accepted].map(([index, task]) => [index, { ...task }] as const),
      attempts: [...job.attempts].map(([id, attempt]) => [id, { ...attempt }] as const),
    });
    return [...byAddress.values()].map(plain);
  },
  load: (saved) => {
    const view = newJobs();
    type Saved = Omit<Job, "accepted" | "attempts"> & {
      readonly accepted: ReadonlyArray<readonly [number, AcceptedTask]>;
      readonly attempts: ReadonlyArray<readonly [string, Attempt]>;
    };
    for (const each of saved as ReadonlyArray<Saved>) {
      const { accepted, attempts } = each;
      keep(view, { ...each, accepted: new Map(accepted), attempts: new Map(attempts) });
    }
    return view;
  },
};

function newJobs(): Jobs {
  return {
    byAddress: new Map(),
    open: new Map(),
    byDemand: new Map(),
    ended: { people: 0, commons: 0 },
  };
}

function keep(view: Jobs, job: Job): void {
  view.byAddress.set(job.job, job);
  if (!job.commons) view.byDemand.set(jobKey(job.requester, job.demand), job);
  if (finals.has(job.state)) view.ended[groupOf(job)]++;
  for (const [id, attempt] of job.attempts) if (attempt.outcome === "") view.open.set(id, job);
}

function groupOf({ commons }: Job): "people" | "commons" {
  return commons ? "commons" : "people";
}

function foldEdge(view: Jobs, { actor, delivery, step }: Seen): void {
  noteAttempt(view, delivery);
  for (const command of step.commands) {
    if (command.command === "Spawn" && kindOf(command.address) === "job") {
      open(view, actor, command.input as JobInput, delivery.atUs);
    } else if (command.command === "Send" && command.message.type === "Assign") {
      offer(view, command.to, command.message as Assign, delivery.atUs);
    }
  }
}

function open(view: Jobs, edge: Address, input: JobInput, submittedUs: number): void {
  const { job, requester, demand, commons, tasks, contents } = input;
  keep(view, {
    job,
    edge,
    requester,
    demand,
    commons,
    tasks,
    contents,
    submittedUs,
    state: "submitted",
    admittedUs: 0,
    endedUs: 0,
    accepted: new Map(),
    attempts: new Map(),
    reason: "",
    spent: 0n,
    refunded: 0n,
  });
}

function offer(view: Jobs, node: Address, assign: Assign, offeredUs: number): void {
  const { attempt, task } = assign;
  const job = view.byAddress.get(assign.job);
  if (job === undefined) return;
  job.attempts.set(attempt, {
    task: indexOf(task),
    node,
    offeredUs,
    startedUs: 0,
    endedUs: 0,
    outcome: "",
    verdict: "",
  });
  view.open.set(attempt, job);
}

/** Index of a task: the last part of its id. */
function indexOf(task: string): number {
  return Number(task.slice(task.lastIndexOf(".") + 1));
}

function noteAttempt(view: Jobs, delivery: Delivery): void {
  const message = delivery.message as Message & { readonly attempt?: string };
  if (message.attempt === undefined) return;
  const attempt = view.open.get(message.attempt)?.attempts.get(message.attempt);
  if (attempt === undefined) return;
  if (message.type === "AttemptStarted" && delivery.from === attempt.node) {
    attempt.startedUs = delivery.atUs;
  } else if (message.type === "AttemptEnded" && delivery.from === attempt.node) {
    endAttempt(view, message.attempt, attempt, {
      outcome: (message as AttemptEnded).outcome,
      atUs: delivery.atUs,
    });
  } else if (message.type === "LeaseExpired") {
    endAttempt(view, message.attempt, attempt, { outcome: "expired", atUs: delivery.atUs });
  }
}

function endAttempt(
  view: Jobs,
  id: string,
  attempt: Attempt,
  { outcome, atUs }: { readonly outcome: AttemptEnded["outcome"]; readonly atUs: number },
): void {
  attempt.outcome = outcome;
  attempt.endedUs = atUs;
  view.open.delete(id);
}

function foldJob(view: Jobs, { actor, delivery, step }: Seen): void {
  const job = view.byAddress.get(actor);
  if (job === undefined) return;
  const at = (step.state as { readonly at: string }).at;
  switch (delivery.type) {
    case "Reserved":
      if (job.state === "submitted") job.admittedUs = delivery.atUs;
      break;
    case "ReserveRefused": {
      const { reason, rule } = delivery.message as ReserveRefused;
      job.reason = `${reason}: ${rule}`;
      break;
    }
    case "Verdict":
      heedVerdict(job, delivery.message as Verdict, step.commands, delivery.atUs);
      break;
    case "JobClosed": {
      const { spent, refunded } = delivery.message as JobClosed;
      job.spent = spent;
      job.refunded = refunded;
      break;
    }
  }
  for (const command of step.commands) {
    if (command.command === "Send" && command.to === job.requester) {
      heedAnswer(job, command.message);
    }
  }
  setState(view, job, at, delivery.atUs);
}

/** A verdict counts when the job acts on it: it then has the task's payees paid. */
function heedVerdict(
  job: Job,
  { task, verdict, digest, agreed, wrong }: Verdict,
  commands: Seen["step"]["commands"],
  atUs: number,
): void {
  for (const [ids, said] of [
    [agreed, "agreed"],
    [wrong, "wrong"],
  ] as const) {
    for (const id of ids) {
      const attempt = job.attempts.get(id);
      if (attempt !== undefined) attempt.verdict = said;
    }
  }
  if (verdict !== "accepted") return;
  const settle = commands.find(
    (command) => command.command === "Send" && command.message.type === "Settle",
  );
  const index = indexOf(task);
  if (job.accepted.has(index)) return;
  const paid = settle?.command === "Send" ? (settle.message as Settle).each : 0n;
  job.accepted.set(index, { digest, atUs, paid });
  job.spent += paid;
}

function heedAnswer(job: Job, message: Message): void {
  if (message.type === "JobFailed") job.reason = (message as JobFailed).reason;
  if (message.type === "JobRefused") {
    const { reason, rule } = message as JobRefused;
    job.reason = `${reason}: ${rule}`;
  }
  if (message.type === "JobSettled" || message.type === "JobFailed") {
    const { spent, refunded } = message as JobSettled;
    job.spent = spent;
    job.refunded = refunded;
  }
}

function setState(view: Jobs, job: Job, at: string, atUs: number): void {
  const next = at.startsWith("admitted.") ? at.slice("admitted.".length) : at;
  if (next === job.state) return;
  job.state = next as JobState;
  if (!finals.has(next)) return;
  job.endedUs = atUs;
  for (const id of job.attempts.keys()) view.open.delete(id);
  view.ended[groupOf(job)]++;
  forgetOldest(view, groupOf(job));
}

function forgetOldest(view: Jobs, group: "people" | "commons"): void {
  if (view.ended[group] <= KEPT[group]) return;
  for (const [at, job] of view.byAddress) {
    if (!finals.has(job.state) || groupOf(job) !== group) continue;
    view.byAddress.delete(at);
    view.byDemand.delete(jobKey(job.requester, job.demand));
    view.ended[group]--;
    if (view.ended[group] <= KEPT[group]) return;
  }
}
