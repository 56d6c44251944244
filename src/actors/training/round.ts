/** The end of a round: the canary, the aggregate, the outer step; and the end of the run. */

import { canaryKeeps } from "../../kernel/canary.ts";
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, portCall, send } from "../../kernel/command.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Message } from "../../kernel/message.ts";
import { outerStep } from "../../kernel/outer-step.ts";
import type { Vector, WorkerUpdate } from "../../kernel/policies/aggregation.ts";
import { type CloseRound, ROUNDS } from "../../kernel/ports/rounds.ts";
import { TRAINER, type TryUpdates } from "../../kernel/ports/trainer.ts";
import { readQuantised, restore } from "../../kernel/quantise.ts";
import type { JobFailed, JobRefused, JobSettled } from "../contributor/messages.ts";
import type { CancelTask, JobEnded } from "../edge/messages.ts";
import type { JobClosed, Reserved, ReserveRefused } from "../job/messages.ts";
import type { Reserve } from "../ledger/messages.ts";
import type { PortWord } from "./messages.ts";
import {
  isCommons,
  priceOfRun,
  type Received,
  type TrainingContext,
  type TrainingRules,
  tasksOf,
  withTraining,
} from "./state.ts";
import { runOf, TRAINER_US } from "./updates.ts";

type Decided = Decision<TrainingContext>;

/** A late update counts half. */
const LATE_WEIGHT = 0.5;
/** Rounds in a row without any update after which a run gives up. */
const BARREN_ROUNDS = 8;

/** Asks the ledger to mint the price of the whole run into escrow. */
export function reserveRun(context: TrainingContext): Decided {
  const { ledger, requester } = context.input;
  if (ledger === null) return { context, commands: noCommands };
  const amount = priceOfRun(context.input);
  const reserve: Reserve = {
    type: "Reserve",
    requester,
    amount,
    commons: isCommons(context.input),
  };
  return { context, commands: [send(ledger, reserve)] };
}

/** By it the edge tells whose turn it is; runs of the commons have none. */
export function noteStanding(context: TrainingContext, delivery: Delivery<Reserved>): Decided {
  if (isCommons(context.input)) return { context, commands: noCommands };
  const { standing, onDebt } = delivery.message;
  return { context: withTraining(context, { standing, onDebt }), commands: noCommands };
}

/** What is here now is judged; what comes from now on waits for the next round. */
export function beginJudging(context: TrainingContext): Decided {
  const { received, input, round } = context;
  const judging = withTraining(context, { judged: received.length });
  if (needsNoTrial(context)) return { context: judging, commands: noCommands };
  const request: TryUpdates | CloseRound =
    input.reference === null
      ? {
          type: "TryUpdates",
          run: runOf(context),
          round,
          updates: received.map(({ update }) => update),
        }
      : closing(context, input.reference.plan);
  const port = input.reference === null ? TRAINER : ROUNDS;
  return {
    context: judging,
    commands: [portCall(port, trialKey(context), request, TRAINER_US)],
  };
}

/** By reference the trainer makes the outer step: it has what the updates' names stand for. */
function closing(context: TrainingContext, plan: string): CloseRound {
  const { received, round, state, input } = context;
  const updates = received.map((each) => ({
    id: each.attempt,
    cluster: each.owner,
    weight: weightOf(context, each),
    blob: each.update,
  }));
  const { canary } = input;
  return { type: "CloseRound", run: runOf(context), round, plan, state, canary, updates };
}

const trialKey = ({ input, round }: TrainingContext) => `${input.training}/try/${round}`;

export function isTrial(context: TrainingContext, delivery: Delivery<PortWord>): boolean {
  return delivery.message.key === trialKey(context);
}

/** Nothing to ask the trainer for: no update, or none that has to be tried. */
export function needsNoTrial({ input, received }: TrainingContext): boolean {
  return received.length === 0 || (!input.canary && input.reference === null);
}

/** By reference there is no round without the trainer: it is asked again. */
export function isUnheard(context: TrainingContext, delivery: Delivery<PortWord>): boolean {
  const { outcome } = delivery.message;
  const isStep = outcome.ok && "state" in outcome.value;
  return context.input.reference !== null && isTrial(context, delivery) && !isStep;
}

/** Without a word of the trainer every update has its part: the aggregation holds by itself. */
export function closeTried(
  rules: TrainingRules,
  context: TrainingContext,
  delivery: Delivery<PortWord>,
): Decided {
  const { outcome } = delivery.message;
  if (outcome.ok && "state" in outcome.value) {
    const { state, used } = outcome.value;
    const next = withTraining(context, { state, moved: context.moved + (used > 0 ? 1 : 0) });
    return endRound(next, used);
  }
  const losses = outcome.ok && "losses" in outcome.value ? outcome.value.losses : [];
  const judged = context.received.slice(0, context.judged);
  const kept =
    losses.length === judged.length ? judged.filter((_, i) => canaryKeeps(losses, i)) : judged;
  return closeRound(rules, context, kept);
}

export function closeUntried(rules: TrainingRules, context: TrainingContext): Decided {
  return closeRound(rules, context, context.received.slice(0, context.judged));
}

/** One outer step of what was kept. */
function closeRound(
  rules: TrainingRules,
  context: TrainingContext,
  kept: ReadonlyArray<Received>,
): Decided {
  const updates = kept.map((each) => workerUpdate(context, each));
  return endRound(updates.length === 0 ? context : moved(rules, context, updates), updates.length);
}

/** The parameters have moved by `used` updates; the next round begins with what came since. */
function endRound(context: TrainingContext, used: number): Decided {
  const { round, received, judged, open } = context;
  // the round before this one is too old now; this one's stragglers may come late once
  const gone = open.filter((each) => each.round < round).length;
  const barren = judged === 0 ? context.barren + 1 : 0;
  const next = withTraining(context, {
    round: round + 1,
    placed: 0,
    open: open.filter((each) => each.round === round),
    received: received.slice(judged),
    judged: 0,
    due: false,
    barren,
    contents: [],
    used: context.used + used,
    dropped: context.dropped + (judged - used) + gone,
    ending: context.ending ?? endingAfter(context, barren),
  });
  return { context: next, commands: round === 0 ? [] : cancels(next, round - 1) };
}

/** Nothing of this round is wanted any more. */
function cancels({ input }: TrainingContext, round: number): ReadonlyArray<Command> {
  return tasksOf(input, round).map((task) => {
    const cancel: CancelTask = { type: "CancelTask", task };
    return send(input.edge, cancel);
  });
}

function endingAfter({ round, input }: TrainingContext, barren: number) {
  if (barren >= BARREN_ROUNDS) return "failed" as const;
  return round + 1 >= input.rounds ? ("done" as const) : null;
}

function moved(
  rules: TrainingRules,
  context: TrainingContext,
  updates: ReadonlyArray<WorkerUpdate>,
): TrainingContext {
  const { aggregation, aggregationParams } = rules;
  const previous = Float64Array.from(context.previous);
  const { update, dropped } = aggregation.aggregate(aggregationParams, previous, updates);
  const state = {
    theta: Float64Array.from(context.theta),
    velocity: Float64Array.from(context.velocity),
  };
  const { theta, velocity } = outerStep(state, update, updates.length);
  return withTraining(context, {
    theta: numbersOf(theta),
    velocity: numbersOf(velocity),
    previous: numbersOf(update),
    moved: context.moved + 1,
    dropped: context.dropped + dropped.length,
  });
}

/** JSON has no -0: adding zero makes it a 0, so that what is restored is the same to the bit. */
function numbersOf(vector: Vector): ReadonlyArray<number> {
  return Array.from(vector, (x) => x + 0);
}

function weightOf({ round }: TrainingContext, { round: of, steps }: Received): number {
  return of < round ? steps * LATE_WEIGHT : steps;
}

function workerUpdate(context: TrainingContext, received: Received): WorkerUpdate {
  const { input } = context;
  const { attempt, owner, update } = received;
  const read = readQuantised(update, input.theta.length);
  return {
    id: attempt,
    cluster: owner,
    weight: weightOf(context, received),
    update: read === undefined ? new Float64Array(input.theta.length) : restore(read),
  };
}

export function endRun(context: TrainingContext): Decided {
  return { context: withTraining(context, { ending: "done" }), commands: noCommands };
}

export function giveUp(context: TrainingContext): Decided {
  return { context: withTraining(context, { ending: "failed" }), commands: noCommands };
}

/** Takes back what is open and closes the escrow. */
export function settle(context: TrainingContext): Decided {
  const { input, open } = context;
  const rounds = [...new Set(open.map(({ round }) => round))];
  const commands: Array<Command> = rounds.flatMap((round) => cancels(context, round));
  if (input.ledger !== null) commands.push(send(input.ledger, { type: "CloseJob" }));
  return { context: withTraining(context, { open: [] }), commands };
}

/** The edge forgets the run; it stays, so that its parameters can be read. */
export function takeLeave(context: TrainingContext, delivery: Delivery): Decided {
  const { edge, training } = context.input;
  const commons = isCommons(context.input);
  const ended: JobEnded = { type: "JobEnded", job: training, commons };
  return { context, commands: [send(edge, ended), ...answer(context, delivery.message)] };
}

const nothing = nanoVcu(0n);

/** What the requester is told: the last word is the ledger's where there is one. */
function answer(context: TrainingContext, last: Message): ReadonlyArray<Command> {
  const { requester, demand, training: job } = context.input;
  if (demand === null) return noCommands;
  if (last.type === "ReserveRefused") {
    const { reason, rule, have, need } = last as ReserveRefused;
    const refused: JobRefused = { type: "JobRefused", demand, reason, rule, have, need };
    return [send(requester, refused)];
  }
  const { spent, refunded } =
    last.type === "JobClosed" ? (last as JobClosed) : { spent: nothing, refunded: nothing };
  const paid = { demand, job, spent, refunded };
  if (context.ending !== "failed") {
    const settled: JobSettled = { type: "JobSettled", ...paid };
    return [send(requester, settled)];
  }
  const reason = context.barren >= BARREN_ROUNDS ? "attempts-exhausted" : "deadline";
  const failed: JobFailed = { type: "JobFailed", reason, ...paid };
  return [send(requester, failed)];
}
