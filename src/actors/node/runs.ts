/** The attempts that a node holds: taking them on, pausing them for the owner, ending them. */
import { kindOf } from "../../kernel/address.ts";
import {
  type Command,
  cancelTimer,
  noCommands,
  portCall,
  reply,
  send,
  startTimer,
} from "../../kernel/command.ts";
import { commitmentTo } from "../../kernel/commitment.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { SECOND } from "../../kernel/duration.ts";
import { integerIn } from "../../kernel/integer-in-text.ts";
import {
  type AbortRun,
  RUNNER,
  type RunModel,
  type RunnerOutcome,
} from "../../kernel/ports/model-runner.ts";
import type { AttemptEnded, AttemptStarted } from "../edge/messages.ts";
import type { ResultCommitted, ResultReported } from "../job/messages.ts";
import { left, toEdge } from "./membership.ts";
import type { Assign, LeaseEnded, OwnerStanding, Revoke } from "./messages.ts";
import { seal } from "./sealed.ts";
import { type Decided, type NodeContext, noRuns, type Run, withNode, withRun } from "./state.ts";

/** The machine is its owner's again within this time, whatever the runner says. */
const ABORT_US = SECOND;
/** Before the key of a run: the key of the call that ends it. */
const ABORT = "abort/";

export function canTake(context: NodeContext, delivery: Delivery<Assign>): boolean {
  return delivery.from === context.edge && context.runs.length < context.slots;
}

export function takeOn(context: NodeContext, delivery: Delivery<Assign>): Decided {
  const { attempt, task, job, content, mflop, memoryMib, inputBytes, outputBytes, token, leaseUs } =
    delivery.message;
  const run: Run = {
    attempt,
    task,
    job,
    content,
    mflop,
    memoryMib,
    inputBytes,
    outputBytes,
    token,
    leaseUs,
    doneMflop: 0,
    takenUs: delivery.atUs,
    restarts: 0,
    phase: "running",
  };
  const started: AttemptStarted = { type: "AttemptStarted", attempt };
  const lease: LeaseEnded = { type: "LeaseEnded", attempt };
  return {
    context: withNode(context, { runs: [...context.runs, run] }),
    commands: [reply(started), startTimer(leaseKey(attempt), leaseUs, lease), start(run)],
  };
}

/** Not able, or not this edge's any more: says so at once instead of letting the offer expire. */
export function refuse(context: NodeContext, delivery: Delivery<Assign>): Decided {
  return { context, commands: [reply(ended(delivery.message.attempt, "refused"))] };
}

export function holds(context: NodeContext, attempt: string): boolean {
  return context.runs.some((run) => run.attempt === attempt);
}

/** True for outcomes of the current start, or of its abort, of a run that is still held. */
export function concernsRun(context: NodeContext, delivery: Delivery<RunnerOutcome>): boolean {
  const { key } = delivery.message;
  return context.runs.some((run) => isKeyOf(run, key) || isAbortKeyOf(run, key));
}

export function heedOutcome(context: NodeContext, delivery: Delivery<RunnerOutcome>): Decided {
  const { key, outcome } = delivery.message;
  const run = context.runs.find((each) => isKeyOf(each, key));
  if (run === undefined) return heedAbort(context, delivery);
  if (outcome.ok) return report(context, run, outcome.value);
  // the abort of this run says where its checkpoint stands
  if (outcome.reason === "aborted" && run.phase === "stopping") {
    return { context, commands: noCommands };
  }
  return drop(context, run, [cancelTimer(leaseKey(run.attempt)), ...tell(context, run, "killed")]);
}

/** The runner let go: the run waits for the owner to go, or starts again if that happened. */
function heedAbort(context: NodeContext, delivery: Delivery<RunnerOutcome>): Decided {
  const { key, outcome } = delivery.message;
  const run = context.runs.find((each) => isAbortKeyOf(each, key));
  if (run === undefined || run.phase !== "stopping") return { context, commands: noCommands };
  const doneMflop = outcome.ok ? outcome.value.doneMflop : run.doneMflop;
  const held: Run = withRun(run, { doneMflop, phase: "held" });
  if (context.busy) return { context: replace(context, run, held), commands: noCommands };
  const again = restarted(held);
  return { context: replace(context, run, again), commands: [start(again)] };
}

/** Jobs get a commitment first; a training run takes what it asked for at once. */
function report(
  context: NodeContext,
  run: Run,
  value: { readonly digest: string; readonly payload: string; readonly fetchUs: number },
): Decided {
  const { task, attempt, token, job } = run;
  const { owner } = context;
  const { digest, payload, fetchUs } = value;
  const isSealed = kindOf(job) === "job";
  const word: ResultCommitted | ResultReported = isSealed
    ? {
        type: "ResultCommitted",
        task,
        attempt,
        token,
        owner,
        commit: commitmentTo({ worker: owner, task, token, digest }),
      }
    : { type: "ResultReported", task, attempt, token, owner, digest, payload };
  const kept = isSealed ? seal(context, { attempt, task, job, token, digest }) : context;
  return drop(kept, run, [
    cancelTimer(leaseKey(attempt)),
    send(job, word),
    ...toEdge(context, ended(attempt, "done", fetchUs)),
  ]);
}

/** The lease ended on the node's own clock, so the edge's has not ended yet. */
export function endLease(context: NodeContext, delivery: Delivery<LeaseEnded>): Decided {
  const run = context.runs.find((each) => each.attempt === delivery.message.attempt);
  if (run === undefined) return { context, commands: noCommands };
  return drop(context, run, [...abort(run), ...tell(context, run, "expired")]);
}

/** The edge has written the attempt off already, so there is nothing to tell, unless it asked. */
export function heedRevoke(context: NodeContext, delivery: Delivery<Revoke>): Decided {
  const run = context.runs.find((each) => each.attempt === delivery.message.attempt);
  if (run === undefined) return { context, commands: noCommands };
  const asked = delivery.message.reason === "preempted";
  return drop(context, run, [
    cancelTimer(leaseKey(run.attempt)),
    ...abort(run),
    ...(asked ? tell(context, run, "given-back") : noCommands),
  ]);
}

/** The owner needs the machine: everything stops, leases run on. */
export function pause(context: NodeContext): Decided {
  const commands = context.drain ? [] : [...toEdge(context, { type: "NodePaused" })];
  const runs = context.runs.map((run): Run => {
    if (run.phase !== "running") return run;
    commands.push(...abort(run));
    return withRun(run, { phase: "stopping" });
  });
  return { context: withNode(context, { busy: true, runs: shared(runs) }), commands };
}

/** The owner is gone: continues from the checkpoints that are there already. */
export function resume(context: NodeContext): Decided {
  const commands = context.drain ? [] : [...toEdge(context, { type: "NodeResumed" })];
  const runs = context.runs.map((run) => {
    if (run.phase !== "held") return run;
    const again = restarted(run);
    commands.push(start(again));
    return again;
  });
  return { context: withNode(context, { busy: false, runs: shared(runs) }), commands };
}

/** The contributor was suspended: what runs is finished, the edge offers nothing more. */
export function beginDraining(context: NodeContext, delivery: Delivery<OwnerStanding>): Decided {
  const { probation } = delivery.message;
  return {
    context: withNode(context, { probation, drain: true }),
    commands: toEdge(context, { type: "NodePaused" }),
  };
}

export function endDraining(context: NodeContext, delivery: Delivery<OwnerStanding>): Decided {
  const { probation } = delivery.message;
  const standing = { type: "NodeStanding", probation };
  return {
    context: withNode(context, { probation, drain: false }),
    commands: [
      ...(probation === context.probation ? [] : toEdge(context, standing)),
      ...toEdge(context, { type: "NodeResumed" }),
    ],
  };
}

/** The machine goes down: gives everything back while it still can. */
export function leaveNow(context: NodeContext): Decided {
  const commands: Array<Command> = [];
  for (const run of context.runs) {
    // Aborted too: a call left open would be issued again when the machine is back.
    commands.push(cancelTimer(leaseKey(run.attempt)), ...abort(run));
    commands.push(...tell(context, run, "abandoned"));
  }
  commands.push(...toEdge(context, left("stopping")));
  return { context: withNode(context, { busy: false, runs: noRuns, probe: null }), commands };
}

/**
 * The machine is up. If it went without a word, the shell has just issued its calls again: those
 * runs would cost the owner's time for results that nobody awaits. The owner's use is told afresh.
 */
export function comeBack(context: NodeContext): Decided {
  const commands: Array<Command> = [];
  for (const run of context.runs) {
    commands.push(cancelTimer(leaseKey(run.attempt)), ...abort(run));
    commands.push(...tell(context, run, "abandoned"));
  }
  return { context: withNode(context, { busy: false, runs: noRuns, probe: null }), commands };
}

function leaseKey(attempt: string): string {
  return `lease/${attempt}`;
}

/** Key of the call that runs it now; ports answer a key once. */
function keyOf(run: Run): string {
  return `${run.attempt}/${run.takenUs}/${run.restarts}`;
}

function abortKeyOf(run: Run): string {
  return `${ABORT}${keyOf(run)}`;
}

/** keyOf(run) === key.slice(from), without writing it down: outcomes ask often. */
function isKeyOf({ attempt, takenUs, restarts }: Run, key: string, from = 0): boolean {
  if (!key.startsWith(attempt, from)) return false;
  const first = from + attempt.length;
  const second = key.indexOf("/", first + 1);
  return (
    key[first] === "/" &&
    integerIn(key, first + 1, second) === takenUs &&
    integerIn(key, second + 1, key.length) === restarts
  );
}

function isAbortKeyOf(run: Run, key: string): boolean {
  return key.startsWith(ABORT) && isKeyOf(run, key, ABORT.length);
}

function start(run: Run): Command {
  const { task, content, mflop, doneMflop, inputBytes, outputBytes } = run;
  const request: RunModel = {
    type: "RunModel",
    task,
    content,
    mflop,
    doneMflop,
    inputBytes,
    outputBytes,
  };
  return portCall(RUNNER, keyOf(run), request, run.leaseUs);
}

function abort(run: Run): ReadonlyArray<Command> {
  if (run.phase !== "running") return noCommands;
  const request: AbortRun = { type: "AbortRun", run: keyOf(run) };
  return [portCall(RUNNER, abortKeyOf(run), request, ABORT_US)];
}

function restarted(run: Run): Run {
  return withRun(run, { restarts: run.restarts + 1, phase: "running" });
}

function ended(attempt: string, outcome: AttemptEnded["outcome"], fetchUs = 0): AttemptEnded {
  return { type: "AttemptEnded", attempt, outcome, fetchUs };
}

function tell(
  context: NodeContext,
  run: Run,
  outcome: AttemptEnded["outcome"],
): ReadonlyArray<Command> {
  return toEdge(context, ended(run.attempt, outcome));
}

function drop(context: NodeContext, run: Run, commands: ReadonlyArray<Command>): Decided {
  const runs = context.runs.filter((each) => each !== run);
  return { context: withNode(context, { runs: shared(runs) }), commands };
}

function replace(context: NodeContext, run: Run, by: Run): NodeContext {
  return withNode(context, { runs: context.runs.map((each) => (each === run ? by : each)) });
}

/** Nodes without runs share one list. */
function shared(runs: ReadonlyArray<Run>): ReadonlyArray<Run> {
  return runs.length === 0 ? noRuns : runs;
}
