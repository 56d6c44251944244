/** The round's attempts: asking for workers, taking in their updates and their losses. */
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, portCall, send } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { MINUTE } from "../../kernel/duration.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import { type OpenRound, ROUNDS } from "../../kernel/ports/rounds.ts";
import { type PublishRound, TRAINER } from "../../kernel/ports/trainer.ts";
import { bytesOf } from "../../kernel/quantise.ts";
import type { PlaceTask } from "../edge/messages.ts";
import type { AttemptLost, ResultReported } from "../job/messages.ts";
import type { Settle } from "../ledger/messages.ts";
import type { PortWord } from "./messages.ts";
import { readPayload, readReference } from "./payload.ts";
import {
  contentOf,
  isCommons,
  type OpenAttempt,
  parametersOf,
  priceOfSteps,
  type Received,
  roundId,
  type TrainingContext,
  taskOf,
  withTraining,
} from "./state.ts";

type Decided = Decision<TrainingContext>;

const TOKENS = 0x1_0000_0000;
/** Envelope of an update: attempt, token, owner, steps. */
const HEADER_BYTES = 64;
/** A worker that does less than this share of the steps has no part. */
const LEAST_STEPS = 0.25;
/** Share of the wanted weight that closes a round whose time is up. */
const QUORUM = 0.6;
/** Quantile of the durations of late by which a round is due. */
const DUE_QUANTILE = 0.75;
/** Calls of the trainer end by then. */
export const TRAINER_US = 5 * MINUTE;

/** Puts the parameters of the round where workers find them. */
export function announce(context: TrainingContext): Decided {
  const { round, theta, input, state } = context;
  const { reference, workers } = input;
  const run = runOf(context);
  const request: PublishRound | OpenRound =
    reference === null
      ? { type: "PublishRound", run, round, theta }
      : { type: "OpenRound", run, round, plan: reference.plan, state, workers };
  const port = reference === null ? TRAINER : ROUNDS;
  const call = portCall(port, publicationKey(input.training, round), request, TRAINER_US);
  return { context, commands: [call] };
}

const publicationKey = (training: string, round: number) => `${training}/publish/${round}`;

export function runOf({ input: { training } }: TrainingContext): string {
  return training.slice(training.indexOf("/") + 1);
}

/** True for the outcome of this round's publication. */
export function isPublication(context: TrainingContext, delivery: Delivery<PortWord>) {
  return delivery.message.key === publicationKey(context.input.training, context.round);
}

/** Keeps what workers compute, where the trainer wrote it down. */
export function takeContents(
  context: TrainingContext,
  { message: { outcome } }: Delivery<PortWord>,
): Decided {
  const contents = outcome.ok && "contents" in outcome.value ? outcome.value.contents : [];
  return { context: withTraining(context, { contents }), commands: noCommands };
}

/** Asks for one execution per worker. */
export function placeRound(context: TrainingContext, delivery: Delivery): Decided {
  const { workers } = context.input;
  const commands: Array<Command> = [];
  const opened: Array<OpenAttempt> = [];
  for (let worker = 0; worker < workers; worker++) {
    const open = newAttempt(context, worker, { placed: worker, delivery });
    opened.push(open);
    commands.push(send(context.input.edge, wishFor(context, open)));
  }
  const open = [...context.open, ...opened];
  return { context: withTraining(context, { open, placed: workers, due: false }), commands };
}

function newAttempt(
  context: TrainingContext,
  worker: number,
  of: {
    readonly placed: number;
    readonly delivery: { readonly entropy: Seed; readonly atUs: number };
  },
): OpenAttempt {
  const { round, input } = context;
  return {
    attempt: `${roundId(input, round)}.${of.placed}`,
    token: pick(of.delivery.entropy, of.placed, TOKENS),
    round,
    worker,
    openedUs: of.delivery.atUs,
  };
}

function wishFor(context: TrainingContext, { attempt, token, round, worker }: OpenAttempt) {
  const { input } = context;
  const parameters = parametersOf(input);
  const wish: PlaceTask = {
    type: "PlaceTask",
    attempt,
    task: taskOf(input, round, worker),
    requester: input.requester,
    standing: context.standing,
    onDebt: context.onDebt,
    commons: isCommons(input),
    content: contentOf(context, round, worker),
    mflop: input.steps * input.stepMflop,
    memoryMib: input.memoryMib,
    // parameters travel to the worker as fp32
    inputBytes: 4 * parameters + HEADER_BYTES,
    outputBytes: bytesOf(parameters) + HEADER_BYTES,
    token,
    exclude: [input.requester],
  };
  return wish;
}

function openAttempt(context: TrainingContext, attempt: string): OpenAttempt | undefined {
  return context.open.find((each) => each.attempt === attempt);
}

/** True for the result of an open attempt with its token. */
export function isExpected(context: TrainingContext, delivery: Delivery<ResultReported>): boolean {
  const { attempt, token } = delivery.message;
  return openAttempt(context, attempt)?.token === token;
}

export function isOpen(context: TrainingContext, delivery: Delivery<AttemptLost>): boolean {
  return (
    delivery.from === context.input.edge &&
    openAttempt(context, delivery.message.attempt) !== undefined
  );
}

/** Pays the steps and keeps the update; what cannot be read, or is too little, has no part. */
export function takeUpdate(context: TrainingContext, delivery: Delivery<ResultReported>): Decided {
  const { attempt, owner, payload } = delivery.message;
  const found = openAttempt(context, attempt);
  if (found === undefined) return { context, commands: noCommands };
  const { input, round } = context;
  const open = context.open.filter((each) => each !== found);
  const durationsUs = [...context.durationsUs, delivery.atUs - found.openedUs];
  const left = withTraining(context, { open, durationsUs: durationsUs.slice(-2 * input.workers) });
  const read =
    input.reference === null ? readPayload(payload, input.theta.length) : readReference(payload);
  const steps = Math.min(read?.steps ?? 0, input.steps);
  if (read === undefined || steps < LEAST_STEPS * input.steps) {
    return { context: withTraining(left, { dropped: left.dropped + 1 }), commands: noCommands };
  }
  const received: Received = { attempt, owner, round: found.round, steps, update: read.update };
  const late = left.late + (found.round < round || left.judged > 0 ? 1 : 0);
  const next = withTraining(left, { received: [...left.received, received], late });
  if (input.ledger === null) return { context: next, commands: noCommands };
  const settle: Settle = {
    type: "Settle",
    task: attempt,
    each: priceOfSteps(input, steps),
    payees: [owner],
    wrong: [],
  };
  return { context: next, commands: [send(input.ledger, settle)] };
}

/** A worker of this round was lost: another takes its place. One of an older round is missed. */
export function replaceLost(context: TrainingContext, delivery: Delivery<AttemptLost>): Decided {
  const found = openAttempt(context, delivery.message.attempt);
  if (found === undefined) return { context, commands: noCommands };
  const { input, placed, round } = context;
  const open = context.open.filter((each) => each !== found);
  const most = input.workers + input.limits.attemptsPerTask;
  if (found.round < round || placed >= most) {
    return { context: withTraining(context, { open }), commands: noCommands };
  }
  const again = newAttempt(context, found.worker, { placed, delivery });
  return {
    context: withTraining(context, { open: [...open, again], placed: placed + 1 }),
    commands: [send(input.edge, wishFor(context, again))],
  };
}

/** In a round that is being judged nobody is replaced. */
export function forgetLost(context: TrainingContext, delivery: Delivery<AttemptLost>): Decided {
  const open = context.open.filter(({ attempt }) => attempt !== delivery.message.attempt);
  return { context: withTraining(context, { open }), commands: noCommands };
}

export function markDue(context: TrainingContext): Decided {
  return { context: withTraining(context, { due: true }), commands: noCommands };
}

/** Everything is in, or the time is up and most of the weight is in. */
export function mayClose(context: TrainingContext): boolean {
  const { open, round, received, due, input } = context;
  if (!open.some((each) => each.round === round)) return true;
  if (!due) return false;
  const weight = received.reduce((sum, each) => sum + (each.round === round ? each.steps : 0), 0);
  return weight >= QUORUM * input.workers * input.steps;
}

/** Length of a round until it is due: p75 of late durations, at least the box and a quarter. */
export function termOf({ durationsUs, input }: TrainingContext): number {
  const least = Math.ceil(1.25 * input.boxUs);
  const sorted = [...durationsUs].sort((a, b) => a - b);
  const predicted = sorted[Math.floor(DUE_QUANTILE * (sorted.length - 1))] ?? 0;
  return Math.min(4 * input.boxUs, Math.max(least, predicted));
}

/** A round that is due and still has no quorum ends with what there is. */
export function patienceOf(context: TrainingContext): number {
  return 4 * termOf(context);
}
