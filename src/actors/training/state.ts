/**
 * A training run's memory, which is also its checkpoint: parameters, momentum and what is under
 * way. It goes through JSON without losing a bit, so a run that is restored goes on as it would
 * have.
 */
import { Schema } from "effect";
import { Address, idOf } from "../../kernel/address.ts";
import { type NanoVcu, nanoVcu, priceOf } from "../../kernel/credit.ts";
import { Limits } from "../../kernel/limits.ts";
import type { AnyAggregationPolicy } from "../../kernel/policies/aggregation.ts";
import { Standing } from "../../kernel/policies/scheduling.ts";

/** The rule of this run with its parameters: what `makeTraining` is given. */
export interface TrainingRules {
  readonly aggregation: AnyAggregationPolicy;
  readonly aggregationParams: unknown;
}

const Numbers = Schema.Array(Schema.Number);

export const TrainingInput = Schema.Struct({
  training: Address,
  edge: Address,
  /** null: nothing is charged. */
  ledger: Schema.NullOr(Address),
  /** On whose behalf it runs, and who pays. */
  requester: Address,
  /** The requester's own number of it. null: a run of the commons, which the mint pays. */
  demand: Schema.NullOr(Schema.Int),
  rounds: Schema.Int,
  /** Executions of a round. */
  workers: Schema.Int,
  /**
   * Owners that share them: none has a second one before each has one. Without it every worker is
   * another owner's.
   */
  owners: Schema.optionalWith(Schema.Int, { exact: true }),
  /** Local steps that a worker is asked for, and the most that count. */
  steps: Schema.Int,
  stepMflop: Schema.Int,
  memoryMib: Schema.Int,
  /** Time that a worker has for its steps; it does as many as fit. */
  boxUs: Schema.Int,
  /** Updates are tried on held-out data before they count. */
  canary: Schema.Boolean,
  /** First parameters; none where they are kept by reference. */
  theta: Numbers,
  /**
   * Live, parameters and updates are blobs: the plan's id, and how many parameters there are. null:
   * they travel in messages, as small ones of a simulation do.
   */
  reference: Schema.NullOr(Schema.Struct({ plan: Schema.String, parameters: Schema.Int })),
  limits: Schema.typeSchema(Limits),
});
export type TrainingInput = typeof TrainingInput.Type;

const OpenAttempt = Schema.Struct({
  attempt: Schema.String,
  token: Schema.Int,
  round: Schema.Int,
  worker: Schema.Int,
  openedUs: Schema.Int,
});
export type OpenAttempt = typeof OpenAttempt.Type;

/** An update that came in and has not had its part in a round yet. */
const Received = Schema.Struct({
  attempt: Schema.String,
  owner: Address,
  round: Schema.Int,
  steps: Schema.Int,
  /** Hexadecimal text of the quantised pseudo-gradient, or the id of the blob that holds it. */
  update: Schema.String,
});
export type Received = typeof Received.Type;

export const TrainingContext = Schema.Struct({
  input: TrainingInput,
  /** What the ledger says of the requester; the commons have no standing. */
  standing: Standing,
  onDebt: Schema.Boolean,
  /** Number of the open round; rounds that brought nothing count too. */
  round: Schema.Int,
  theta: Numbers,
  velocity: Numbers,
  /** By reference: blob of the state after the last round that moved it; empty at first. */
  state: Schema.String,
  /** By reference: what each worker of the open round computes. */
  contents: Schema.Array(Schema.String),
  /** Aggregate of the last round: where the next one's aggregation begins. */
  previous: Numbers,
  /** Attempts asked for in this round. */
  placed: Schema.Int,
  /** Attempts of this round and the one before that may still bring an update. */
  open: Schema.Array(OpenAttempt),
  received: Schema.Array(Received),
  /** Of `received`, how many are judged now; those after them wait for the next round. */
  judged: Schema.Int,
  /** How long updates of late took from the opening of their round, oldest first. */
  durationsUs: Schema.Array(Schema.Int),
  /** The round's time is up: it ends as soon as there is a quorum. */
  due: Schema.Boolean,
  /** Rounds in a row that brought nothing. */
  barren: Schema.Int,
  ending: Schema.NullOr(Schema.Literal("done", "failed")),
  /** Of the whole run: rounds that moved the parameters, updates used, late, left out. */
  moved: Schema.Int,
  used: Schema.Int,
  late: Schema.Int,
  dropped: Schema.Int,
});
export type TrainingContext = typeof TrainingContext.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withTraining(
  old: TrainingContext,
  change: Partial<TrainingContext>,
): TrainingContext {
  return {
    input: change.input ?? old.input,
    standing: change.standing ?? old.standing,
    onDebt: change.onDebt ?? old.onDebt,
    round: change.round ?? old.round,
    theta: change.theta ?? old.theta,
    velocity: change.velocity ?? old.velocity,
    state: change.state ?? old.state,
    contents: change.contents ?? old.contents,
    previous: change.previous ?? old.previous,
    placed: change.placed ?? old.placed,
    open: change.open ?? old.open,
    received: change.received ?? old.received,
    judged: change.judged ?? old.judged,
    durationsUs: change.durationsUs ?? old.durationsUs,
    due: change.due ?? old.due,
    barren: change.barren ?? old.barren,
    ending: change.ending === undefined ? old.ending : change.ending,
    moved: change.moved ?? old.moved,
    used: change.used ?? old.used,
    late: change.late ?? old.late,
    dropped: change.dropped ?? old.dropped,
  };
}

const nothing = nanoVcu(0n);
const noStanding: Standing = { balance: nothing, earned: nothing, spent: nothing, rate: nothing };

export function newTraining(input: TrainingInput): TrainingContext {
  const zeros = input.theta.map(() => 0);
  return {
    input,
    standing: noStanding,
    onDebt: false,
    round: 0,
    theta: input.theta,
    velocity: zeros,
    state: "",
    contents: [],
    previous: zeros,
    placed: 0,
    open: [],
    received: [],
    judged: 0,
    durationsUs: [],
    due: false,
    barren: 0,
    ending: null,
    moved: 0,
    used: 0,
    late: 0,
    dropped: 0,
  };
}

export function isCommons({ demand }: TrainingInput): boolean {
  return demand === null;
}

/**
 * The edge gives no owner two executions of a task. So a round is one task, or, where there are
 * fewer owners than workers, as many tasks as an owner has workers.
 */
function sharesOf({ workers, owners }: TrainingInput): number {
  return owners === undefined ? 1 : Math.ceil(workers / Math.max(1, owners));
}

export function taskOf(input: TrainingInput, round: number, worker: number): string {
  const shares = sharesOf(input);
  return shares === 1 ? roundId(input, round) : `${roundId(input, round)}-${worker % shares}`;
}

export function tasksOf(input: TrainingInput, round: number): ReadonlyArray<string> {
  return Array.from({ length: sharesOf(input) }, (_, share) => taskOf(input, round, share));
}

/** Attempts are named by their round, whichever task they are of. */
export function roundId({ training }: TrainingInput, round: number): string {
  return `${idOf(training)}.${round}`;
}

export function parametersOf({ theta, reference }: TrainingInput): number {
  return reference?.parameters ?? theta.length;
}

/** What the runner computes: parameters and data are found by this name. */
export function contentOf(
  { input: { training }, contents }: TrainingContext,
  round: number,
  worker: number,
): string {
  const named = contents[worker];
  if (named !== undefined) return named;
  return `train:${idOf(training)}:${round}:${worker}`;
}

/** What `steps` verified steps earn. */
export function priceOfSteps({ stepMflop }: TrainingInput, steps: number): NanoVcu {
  return priceOf(stepMflop * steps);
}

/** The most that the whole run can cost. */
export function priceOfRun(input: TrainingInput): NanoVcu {
  const { rounds, workers, steps } = input;
  return nanoVcu(priceOfSteps(input, steps) * BigInt(rounds) * BigInt(workers));
}
