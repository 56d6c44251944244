/** A job from its price to its end. Tasks live in the context: there may be thousands of them. */
import { chartSetup, decide } from "../../kernel/chart.ts";
import {
  doubleSlow,
  endWait,
  isAwaitedReveal,
  isCommitment,
  isExpected,
  isOpen,
  isStraggler,
  replaceLost,
  takeCommitment,
  takeResult,
} from "./attempts.ts";
import {
  cancel,
  close,
  passDeadline,
  passRefusal,
  reservePrice,
  takeLeave,
  takeLeaveUnpaid,
} from "./ending.ts";
import type { JobMessage } from "./messages.ts";
import { beginTasks, beginUnpaid } from "./place.ts";
import { heedWeighed, isWeighed } from "./reveal.ts";
import { type JobContext, type JobInput, newJob } from "./state.ts";
import { heedVerdict, isAwaited } from "./verdict.ts";

export const jobMachine = chartSetup<JobContext, JobMessage, JobInput>()({
  guards: {
    isUnpaid: ({ context }) => context.input.ledger === null,
    isFromLedger: ({ context, event }) => event.from === context.input.ledger,
    isFromRequester: ({ context, event }) => event.from === context.input.requester,
    isCommitment: ({ context, event }) =>
      event.type === "ResultCommitted" && isCommitment(context, event),
    isAwaitedReveal: ({ context, event }) =>
      event.type === "RevealDue" && isAwaitedReveal(context, event),
    isStraggler: ({ context, event }) =>
      event.type === "AttemptSlow" &&
      event.from === context.input.edge &&
      isStraggler(context, event),
    isExpected: ({ context, event }) =>
      event.type === "ResultReported" && isExpected(context, event),
    isOpen: ({ context, event }) =>
      event.type === "AttemptLost" && event.from === context.input.edge && isOpen(context, event),
    isWeighed: ({ context, event }) => event.type === "Weighed" && isWeighed(context, event),
    isAwaited: ({ context, event }) => event.type === "Verdict" && isAwaited(context, event),
    isOver: ({ context }) => context.ending !== null || context.tasks.size === 0,
    waitsForVerdictsOnly: ({ context }) => context.open === 0,
    hasOpenAttempts: ({ context }) => context.open > 0,
    settles: ({ context }) => context.ending === "settled",
    isCancelled: ({ context }) => context.ending === "cancelled",
  },
  delays: {
    // without a ledger nobody answers, so the job admits itself
    admissionTerm: ({ context: { input } }) => (input.ledger === null ? 0 : input.limits.jobUs),
    jobTerm: ({ context }) => context.input.limits.jobUs,
  },
}).createMachine({
  id: "job",
  context: ({ input }) => newJob(input),
  initial: "submitted",
  states: {
    submitted: {
      entry: decide(reservePrice),
      after: {
        admissionTerm: [
          { guard: "isUnpaid", target: "admitted", actions: decide(beginUnpaid) },
          { target: "closing", actions: decide(passDeadline) },
        ],
      },
      on: {
        Reserved: { guard: "isFromLedger", target: "admitted", actions: decide(beginTasks) },
        ReserveRefused: { guard: "isFromLedger", target: "refused", actions: decide(passRefusal) },
        CancelJob: { guard: "isFromRequester", target: "closing", actions: decide(cancel) },
      },
    },
    admitted: {
      initial: "running",
      always: { guard: "isOver", target: "closing" },
      after: { jobTerm: { target: "closing", actions: decide(passDeadline) } },
      on: {
        // what is too late, forged or told twice is left aside
        ResultCommitted: [{ guard: "isCommitment", actions: decide(takeCommitment) }, {}],
        RevealDue: [{ guard: "isAwaitedReveal", actions: decide(endWait) }, {}],
        AttemptSlow: [{ guard: "isStraggler", actions: decide(doubleSlow) }, {}],
        ResultReported: [{ guard: "isExpected", actions: decide(takeResult) }, {}],
        AttemptLost: [{ guard: "isOpen", actions: decide(replaceLost) }, {}],
        Weighed: [{ guard: "isWeighed", actions: decide(heedWeighed) }, {}],
        Verdict: [{ guard: "isAwaited", actions: decide(heedVerdict) }, {}],
        CancelJob: { guard: "isFromRequester", target: "closing", actions: decide(cancel) },
      },
      states: {
        running: { always: { guard: "waitsForVerdictsOnly", target: "verifying" } },
        verifying: { always: { guard: "hasOpenAttempts", target: "running" } },
      },
    },
    closing: {
      entry: decide(close),
      always: { guard: "isUnpaid", target: "closed", actions: decide(takeLeaveUnpaid) },
      // the escrow may be opened, or refused, while a job that was cancelled already closes
      meta: {
        ignores: [
          "Reserved",
          "ResultCommitted",
          "ResultReported",
          "RevealDue",
          "AttemptLost",
          "AttemptSlow",
          "Weighed",
          "Verdict",
          "CancelJob",
        ],
      },
      on: {
        ReserveRefused: {
          guard: "isFromLedger",
          target: "closed",
          actions: decide(takeLeaveUnpaid),
        },
        JobClosed: { guard: "isFromLedger", target: "closed", actions: decide(takeLeave) },
      },
    },
    // a fork only: no delivery finds a job here
    closed: {
      always: [
        { guard: "settles", target: "settled" },
        { guard: "isCancelled", target: "cancelled" },
        { target: "failed" },
      ],
    },
    settled: { type: "final" },
    failed: { type: "final" },
    refused: { type: "final" },
    cancelled: { type: "final" },
  },
});
