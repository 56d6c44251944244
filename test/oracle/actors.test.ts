/** Every chart of ours, any history: the compiled form and XState agree after every step. */
import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import { auditorDelivery, auditorInput } from "../../src/actors/auditor/auditor.arbitrary.ts";
import { makeAuditor } from "../../src/actors/auditor/auditor.ts";
import { auditorMachine } from "../../src/actors/auditor/machine.ts";
import {
  contributorDelivery,
  contributorInput,
} from "../../src/actors/contributor/contributor.arbitrary.ts";
import { makeContributor } from "../../src/actors/contributor/contributor.ts";
import { contributorMachine } from "../../src/actors/contributor/machine.ts";
import { edgeInput, edgeLetter } from "../../src/actors/edge/edge.arbitrary.ts";
import { makeEdge } from "../../src/actors/edge/edge.ts";
import { edgeMachine } from "../../src/actors/edge/machine.ts";
import { jobInput, jobLetter } from "../../src/actors/job/job.arbitrary.ts";
import { makeJob } from "../../src/actors/job/job.ts";
import { jobMachine } from "../../src/actors/job/machine.ts";
import { ledgerDelivery, ledgerInput } from "../../src/actors/ledger/ledger.arbitrary.ts";
import { makeLedger } from "../../src/actors/ledger/ledger.ts";
import { ledgerMachine } from "../../src/actors/ledger/machine.ts";
import { nodeMachine } from "../../src/actors/node/machine.ts";
import { nodeDelivery, nodeInput } from "../../src/actors/node/node.arbitrary.ts";
import { makeNode } from "../../src/actors/node/node.ts";
import { trainingMachine } from "../../src/actors/training/machine.ts";
import { trainingDelivery, trainingInput } from "../../src/actors/training/training.arbitrary.ts";
import { makeTraining } from "../../src/actors/training/training.ts";
import { treasurerMachine } from "../../src/actors/treasurer/machine.ts";
import {
  treasurerInput,
  treasurerLetter,
  treasurerRules,
} from "../../src/actors/treasurer/treasurer.arbitrary.ts";
import { makeTreasurer } from "../../src/actors/treasurer/treasurer.ts";
import { verifierMachine } from "../../src/actors/verifier/machine.ts";
import { verifierDelivery, verifierInput } from "../../src/actors/verifier/verifier.arbitrary.ts";
import { makeVerifier } from "../../src/actors/verifier/verifier.ts";
import type { AnyBehaviour } from "../../src/kernel/behaviour.ts";
import type { StateDescription } from "../../src/kernel/chart/describe.ts";
import { compileChart } from "../../src/kernel/chart.ts";
import type { Delivery } from "../../src/kernel/delivery.ts";
import { mean } from "../../src/policies/aggregation/mean.ts";
import { nearest } from "../../src/policies/placement/nearest.ts";
import { credit } from "../../src/policies/scheduling/credit.ts";
import { quorum } from "../../src/policies/verification/quorum.ts";
import { expectSameAsXState, type Writer } from "./chart-oracle.ts";

const edgeRules = {
  scheduling: credit,
  schedulingParams: Schema.decodeSync(credit.Params)({}),
  placement: nearest,
  placementParams: Schema.decodeSync(nearest.Params)({}),
};
const verificationRule = { policy: quorum, params: Schema.decodeSync(quorum.Params)({}) };

const trainingRules = { aggregation: mean, aggregationParams: {} };

/** The edge's letters are written to its memory; the others do not look. */
const edgeDelivery: fc.Arbitrary<Writer> = edgeLetter.map(
  (write) => (state, n) => write((state as { readonly context: never }).context, n),
);

/** So are the job's. */
const jobDelivery: fc.Arbitrary<Writer> = jobLetter.map((write) => (state) => write(state));

/** The treasurer's answer what it asked. */
const treasurerDelivery: fc.Arbitrary<Writer> = treasurerLetter.map(
  (write) => (state) => write(state),
);

interface Trial {
  readonly behaviour: AnyBehaviour;
  readonly machine: AnyStateMachine;
  readonly input: fc.Arbitrary<unknown>;
  readonly delivery: fc.Arbitrary<Delivery | Writer>;
  /** Histories; enough of them to visit every state. */
  readonly runs?: number;
}

const trials: ReadonlyArray<Trial> = [
  {
    behaviour: makeAuditor(),
    machine: auditorMachine,
    input: fc.constant(auditorInput),
    delivery: auditorDelivery,
  },
  {
    behaviour: makeContributor(),
    machine: contributorMachine,
    input: contributorInput,
    delivery: contributorDelivery,
  },
  {
    behaviour: makeEdge(edgeRules),
    machine: edgeMachine(edgeRules),
    input: edgeInput,
    delivery: edgeDelivery,
    runs: 25,
  },
  { behaviour: makeJob(), machine: jobMachine, input: jobInput, delivery: jobDelivery },
  {
    behaviour: makeLedger(),
    machine: ledgerMachine,
    input: fc.constant(ledgerInput),
    delivery: ledgerDelivery,
  },
  {
    behaviour: makeNode(),
    machine: nodeMachine,
    input: nodeInput,
    delivery: nodeDelivery,
    runs: 300,
  },
  {
    behaviour: makeTraining(trainingRules),
    machine: trainingMachine(trainingRules),
    input: trainingInput,
    delivery: trainingDelivery,
    runs: 200,
  },
  {
    behaviour: makeTreasurer(treasurerRules),
    machine: treasurerMachine(treasurerRules),
    input: fc.constant(treasurerInput),
    delivery: treasurerDelivery,
    runs: 20,
  },
  {
    behaviour: makeVerifier(verificationRule),
    machine: verifierMachine(verificationRule),
    input: verifierInput,
    delivery: verifierDelivery,
  },
];

/** Leaves in which a delivery can find the actor: a fork is left before the step ends. */
function restingLeaves(state: StateDescription): ReadonlyArray<string> {
  const isFork = state.transitions.some(
    ({ kind, guard, target }) => kind === "always" && guard === undefined && target !== undefined,
  );
  if (state.kind === "compound") return state.states.flatMap(restingLeaves);
  return isFork ? [] : [state.at];
}

describe.each(trials.map((trial) => [trial.behaviour.kind, trial] as const))(
  "%s",
  (_kind, { behaviour, machine, input, delivery, runs = 60 }) => {
    const visited = new Set<string>();

    test("any history: the compiled chart does what XState does", () => {
      const encode = Schema.encodeSync(behaviour.State);
      const history = fc.array(delivery, { minLength: 20, maxLength: 60, size: "max" });
      const property = fc.property(input, history, (given, deliveries) => {
        for (const at of expectSameAsXState(machine, given, deliveries, { encode })) {
          visited.add(at);
        }
      });
      fc.assert(property, { numRuns: runs });
    });

    test("the histories visited every state", () => {
      const { root } = compileChart(machine).describe();
      expect([...visited].sort()).toEqual([...restingLeaves(root)].sort());
    });
  },
);
