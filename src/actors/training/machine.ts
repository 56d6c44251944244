/** A training run: rounds of local steps with a time box, until there are enough of them. */
import { portAddress } from "../../kernel/address.ts";
import { chartSetup, type Decision, decide } from "../../kernel/chart.ts";
import type { TrainingMessage } from "./messages.ts";
import {
  beginJudging,
  closeTried,
  closeUntried,
  endRun,
  giveUp,
  isTrial,
  isUnheard,
  needsNoTrial,
  noteStanding,
  reserveRun,
  settle,
  takeLeave,
} from "./round.ts";
import {
  isCommons,
  newTraining,
  type TrainingContext,
  type TrainingInput,
  type TrainingRules,
} from "./state.ts";
import {
  announce,
  forgetLost,
  isExpected,
  isOpen,
  isPublication,
  markDue,
  mayClose,
  patienceOf,
  placeRound,
  replaceLost,
  takeContents,
  takeUpdate,
  termOf,
} from "./updates.ts";

/** Whoever runs the edge. */
const OPERATOR = portAddress("operator");

type Rule<D> = (
  rules: TrainingRules,
  context: TrainingContext,
  delivery: D,
) => Decision<TrainingContext>;

/** Updates of the round before may come at any time; older and forged ones are left aside. */
const lateUpdates = [{ guard: "isExpected" as const, actions: decide(takeUpdate) }, {}] as const;
const losses = [{ guard: "isOpen" as const, actions: decide(forgetLost) }, {}] as const;

const chart = chartSetup<TrainingContext, TrainingMessage, TrainingInput>()({
  guards: {
    isUnpaid: ({ context }) => context.input.ledger === null,
    isFromLedger: ({ context, event }) => event.from === context.input.ledger,
    mayEnd: ({ context: { input }, event }) =>
      event.from === OPERATOR || (!isCommons(input) && event.from === input.requester),
    isExpected: ({ context, event }) =>
      event.type === "ResultReported" && isExpected(context, event),
    isOpen: ({ context, event }) => event.type === "AttemptLost" && isOpen(context, event),
    isPublished: ({ context, event }) =>
      event.type === "PortOutcome" && event.message.outcome.ok && isPublication(context, event),
    isUnpublished: ({ context, event }) =>
      event.type === "PortOutcome" && isPublication(context, event),
    isTrial: ({ context, event }) => event.type === "PortOutcome" && isTrial(context, event),
    isUnheard: ({ context, event }) => event.type === "PortOutcome" && isUnheard(context, event),
    needsNoTrial: ({ context }) => needsNoTrial(context),
    mayClose: ({ context }) => mayClose(context),
    goesOn: ({ context }) => context.ending === null,
    hasFailed: ({ context }) => context.ending === "failed",
  },
  delays: {
    // without a ledger nobody answers, so the run admits itself
    admissionTerm: ({ context: { input } }) => (input.ledger === null ? 0 : input.limits.jobUs),
    roundTerm: ({ context }) => termOf(context),
    roundPatience: ({ context }) => patienceOf(context),
  },
});

const opening = {
  entry: decide(reserveRun),
  after: {
    admissionTerm: [
      { guard: "isUnpaid", target: "announcing" },
      { target: "settling", actions: decide(giveUp) },
    ],
  },
  on: {
    Reserved: { guard: "isFromLedger", target: "announcing", actions: decide(noteStanding) },
    ReserveRefused: { guard: "isFromLedger", target: "ended", actions: decide(giveUp) },
    EndTraining: [{ guard: "mayEnd", target: "settling", actions: decide(endRun) }, {}],
  },
} as const;

/** The run is over; what is still on its way is left aside, and the parameters stay. */
const over = {
  meta: { ignores: ["ResultReported", "AttemptLost", "PortOutcome", "EndTraining"] },
} as const;
const end = [{ guard: "mayEnd" as const, actions: decide(endRun) }, {}] as const;

export const trainingMachine = (rules: TrainingRules) => {
  const by = <D>(rule: Rule<D>) =>
    decide<TrainingContext, D>((context, delivery) => rule(rules, context, delivery));
  return chart.createMachine({
    id: "training",
    context: ({ input }) => newTraining(input),
    initial: "opening",
    states: {
      opening,
      announcing: {
        entry: decide(announce),
        on: {
          PortOutcome: [
            { guard: "isPublished", target: "collecting", actions: decide(takeContents) },
            { guard: "isUnpublished", target: "announcing", reenter: true },
            {},
          ],
          ResultReported: lateUpdates,
          AttemptLost: losses,
          EndTraining: end,
        },
      },
      collecting: {
        entry: decide(placeRound),
        always: { guard: "mayClose", target: "judging" },
        after: { roundTerm: { actions: decide(markDue) }, roundPatience: { target: "judging" } },
        on: {
          ResultReported: lateUpdates,
          AttemptLost: [{ guard: "isOpen", actions: decide(replaceLost) }, {}],
          EndTraining: end,
        },
      },
      judging: {
        entry: decide(beginJudging),
        always: { guard: "needsNoTrial", target: "published", actions: by(closeUntried) },
        on: {
          PortOutcome: [
            { guard: "isUnheard", target: "judging", reenter: true },
            { guard: "isTrial", target: "published", actions: by(closeTried) },
            {},
          ],
          ResultReported: lateUpdates,
          AttemptLost: losses,
          EndTraining: end,
        },
      },
      // a fork only: the round has moved the parameters
      published: { always: [{ guard: "goesOn", target: "announcing" }, { target: "settling" }] },
      settling: {
        entry: decide(settle),
        always: { guard: "isUnpaid", target: "ended" },
        // the escrow may be opened, or refused, while a run that was ended already closes
        meta: {
          ignores: ["Reserved", "ReserveRefused", "ResultReported", "AttemptLost", "EndTraining"],
        },
        on: { JobClosed: { guard: "isFromLedger", target: "ended" } },
      },
      ended: {
        entry: decide(takeLeave),
        always: [{ guard: "hasFailed", target: "failed" }, { target: "done" }],
      },
      done: over,
      failed: over,
    },
  });
};
