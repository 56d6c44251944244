/** A scenario's training run: who takes part in it, and what it came to. */

import type { TrainingContext, TrainingInput } from "../../actors/training/state.ts";
import { makeTraining } from "../../actors/training/training.ts";
import { type Address, address, idOf } from "../../kernel/address.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import type { ActorSpec, Simulator } from "../core/simulator.ts";
import type { TrainingConfig } from "../learning/config.ts";
import { runTrial } from "../learning/harness.ts";
import { firstParameters } from "../learning/network.ts";
import { SimTrainer } from "../learning/trainer.ts";
import type { Scenario } from "../scenario/schema.ts";
import { aggregationPolicies, choosePolicy } from "./policy-table.ts";

/** Memory of the small model; it fits any slot. */
const MEMORY_MIB = 256;

const stepMflopOf = ({ stepVcu }: TrainingConfig) =>
  Math.max(1, Math.round(stepVcu * MFLOP_PER_VCU));

/** The behaviour of kind `training`, by the rule of the scenario; none without a run. */
export function trainingBehaviours({ training }: Scenario): ReadonlyArray<AnyBehaviour> {
  if (training === undefined) return [];
  const { policy, params } = ruleOf(training);
  return [makeTraining({ aggregation: policy, aggregationParams: params })];
}

function ruleOf({ aggregation }: TrainingConfig) {
  return choosePolicy("training.aggregation", aggregationPolicies, aggregation);
}

function trainingAddress(edge: Address): Address {
  return address("training", `${idOf(edge)}.training`);
}

/** The run beside its edge; none where the scenario has none. */
export function trainingSpecs(
  { training, limits, access }: Scenario,
  seed: number,
  at: {
    readonly edge: Address;
    readonly host: number;
    readonly ledger: Address;
    readonly requester: Address;
  },
): ReadonlyArray<ActorSpec> {
  if (training === undefined) return [];
  const { edge, host, ledger, requester } = at;
  const own = trainingAddress(edge);
  const input: TrainingInput = {
    training: own,
    edge,
    ledger: access === "open" ? null : ledger,
    requester,
    demand: null,
    rounds: training.rounds,
    workers: training.workers,
    steps: training.steps,
    stepMflop: stepMflopOf(training),
    memoryMib: MEMORY_MIB,
    boxUs: training.box,
    canary: training.canary,
    theta: Array.from(firstParameters(seed)),
    reference: null,
    limits,
  };
  return [{ address: own, host, input }];
}

/** The port that the run calls and machines compute by; before the actors start. */
export function trainerOf(
  sim: Simulator,
  scenario: Scenario,
  seed: number,
): SimTrainer | undefined {
  const { training, nodes } = scenario;
  if (training === undefined) return undefined;
  const stepMflop = stepMflopOf(training);
  const trainer = new SimTrainer({ sim, config: training, stepMflop, seed, machines: nodes });
  sim.ports.set("trainer", trainer);
  return trainer;
}

/** The operator lets the edge hear the wishes of the run. */
export function admitTraining(sim: Simulator, edge: Address): void {
  const admit = { type: "AdmitTraining", training: trainingAddress(edge) };
  sim.tell(sim.actor(edge), "operator", admit);
}

/** What a run without a training has of each metric. */
const nothing = {
  trainingAccuracy: 0,
  trainingAccuracyClean: 0,
  trainingDrop: 0,
  trainingBackdoor: 0,
  trainingGain: 0,
  trainingRounds: 0,
  trainingUpdates: 0,
  trainingLate: 0,
  trainingDropped: 0,
};

/** Metrics of the run by name; the clean accuracy is that of the same rounds without attackers. */
export function trainingMetrics(
  sim: Simulator,
  of: {
    readonly scenario: Scenario;
    readonly seed: number;
    readonly edge: Address;
    readonly trainer: SimTrainer | undefined;
  },
): Readonly<Record<keyof typeof nothing, number>> {
  const { scenario, seed, edge, trainer } = of;
  const { training } = scenario;
  const state = sim.actors.get(trainingAddress(edge))?.state;
  if (training === undefined || trainer === undefined || state === undefined) return nothing;
  const { context } = state as ChartState<TrainingContext>;
  const { learner } = trainer;
  const theta = Float64Array.from(context.theta);
  const accuracy = learner.accuracy(theta);
  const clean = cleanAccuracy(trainer, training, seed);
  const vcu = trainer.begunMflop / MFLOP_PER_VCU;
  return {
    trainingAccuracy: accuracy,
    trainingAccuracyClean: clean,
    trainingDrop: clean - accuracy,
    trainingBackdoor: learner.backdoorRate(theta),
    trainingGain: vcu === 0 ? 0 : (learner.loss(learner.first) - learner.loss(theta)) / vcu,
    trainingRounds: context.moved,
    trainingUpdates: context.used,
    trainingLate: context.late,
    trainingDropped: context.dropped,
  };
}

const cleanAccuracies = new WeakMap<SimTrainer, number>();

function cleanAccuracy(trainer: SimTrainer, training: TrainingConfig, seed: number): number {
  const known = cleanAccuracies.get(trainer);
  if (known !== undefined) return known;
  const { rounds, workers, steps } = training;
  const rule = aggregationPolicies.find(({ name }) => name === "mean");
  if (rule === undefined) return 0;
  const trial = { rule, params: {}, attack: "none", bad: 0, canary: false } as const;
  const { accuracy } = runTrial(trainer.learner, { ...trial, rounds, workers, steps, seed });
  cleanAccuracies.set(trainer, accuracy);
  return accuracy;
}
