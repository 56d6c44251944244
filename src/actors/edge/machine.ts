/** An edge: serves, turns jobs away while too much waits, finishes what it has at its end. */
import { portAddress } from "../../kernel/address.ts";
import { chartSetup, type Decision, decide } from "../../kernel/chart.ts";
import {
  answerPing,
  bidFarewell,
  expire,
  isPresent,
  noteEnd,
  notePresence,
  noteRested,
  noteStanding,
  startLease,
  welcome,
} from "./directory.ts";
import type { EdgeMessage } from "./messages.ts";
import { admitTraining, openTraining } from "./open-training.ts";
import {
  admit,
  cancelTask,
  closeCommons,
  closeEdge,
  endJob,
  isOverloaded,
  isRelieved,
  isTooLarge,
  queueWish,
  recheck,
  refuseDraining,
  refuseLarge,
  refuseOverloaded,
  retry,
} from "./queue.ts";
import { type EdgeContext, type EdgeInput, type EdgeRules, newEdge } from "./state.ts";
import { isSurveyed, noteDistance, noteMeasured } from "./survey.ts";

/** Whoever runs the edge. */
const OPERATOR = portAddress("operator");

import { noteLate } from "./straggler.ts";

type Rule<D> = (rules: EdgeRules, context: EdgeContext, delivery: D) => Decision<EdgeContext>;

export const edgeMachine = (rules: EdgeRules) => {
  const by = <D>(rule: Rule<D>) =>
    decide<EdgeContext, D>((context, delivery) => rule(rules, context, delivery));
  const turnAway = { actions: by(refuseOverloaded) };
  const close = { actions: by(refuseDraining) };
  return chartSetup<EdgeContext, EdgeMessage, EdgeInput>()({
    guards: {
      isPresent: ({ context, event }) => isPresent(context, event.from),
      isFromOperator: ({ event }) => event.from === OPERATOR,
      isFromVerifier: ({ context, event }) => event.from === context.input.verifier,
      isKnownJob: ({ context, event }) => context.jobs.has(event.from),
      isSurveyed: ({ context, event }) => event.type === "Pong" && isSurveyed(context, event),
      isOpenAttempt: ({ context, event }) =>
        (event.type === "LeaseExpired" || event.type === "AttemptLate") &&
        context.attempts.has(event.message.attempt),
      isTooLarge: ({ context, event }) => event.type === "SubmitJob" && isTooLarge(context, event),
      isOverloaded: ({ context }) => isOverloaded(rules, context),
      isRelieved: ({ context }) => isRelieved(rules, context),
    },
  }).createMachine({
    id: "edge",
    context: ({ input }) => newEdge(rules, input),
    initial: "serving",
    on: {
      Ping: { actions: by(answerPing) },
      Join: { actions: by(welcome) },
      Pong: [{ guard: "isSurveyed", actions: by(noteDistance) }, {}],
      Measured: { actions: by(noteMeasured) },
      NodeRested: { actions: by(noteRested) },
      // nodes that were never taken in, or have left, have nothing to say
      NodePaused: [{ guard: "isPresent", actions: by(notePresence) }, {}],
      NodeResumed: [{ guard: "isPresent", actions: by(notePresence) }, {}],
      NodeStanding: [{ guard: "isPresent", actions: by(noteStanding) }, {}],
      NodeLeft: [{ guard: "isPresent", actions: by(bidFarewell) }, {}],
      AttemptStarted: { actions: by(startLease) },
      AttemptEnded: { actions: by(noteEnd) },
      AttemptLate: [{ guard: "isOpenAttempt", actions: by(noteLate) }, {}],
      LeaseExpired: [{ guard: "isOpenAttempt", actions: by(expire) }, {}],
      // a job that has ended, or was never opened here, has no wishes
      PlaceTask: [{ guard: "isKnownJob", actions: by(queueWish) }, {}],
      CancelTask: [{ guard: "isKnownJob", actions: by(cancelTask) }, {}],
      Recheck: [{ guard: "isFromVerifier", actions: by(recheck) }, {}],
      JobEnded: [{ guard: "isKnownJob", actions: by(endJob) }, {}],
      Retry: { actions: by(retry) },
      AdmitTraining: [{ guard: "isFromOperator", actions: by(admitTraining) }, {}],
      CloseCommons: { actions: by(closeCommons) },
      DrainEdge: { target: ".draining", actions: by(closeEdge) },
    },
    states: {
      serving: {
        always: { guard: "isOverloaded", target: "degraded" },
        on: {
          SubmitJob: [{ guard: "isTooLarge", actions: by(refuseLarge) }, { actions: by(admit) }],
          SubmitTraining: { actions: by(openTraining) },
        },
      },
      degraded: {
        always: { guard: "isRelieved", target: "serving" },
        on: { SubmitJob: turnAway, SubmitTraining: turnAway },
      },
      draining: {
        // no answer: nodes and contributors find another edge
        on: { Ping: {}, Join: {}, DrainEdge: {}, SubmitJob: close, SubmitTraining: close },
      },
    },
  });
};
