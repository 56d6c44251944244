/** One audit at a time: totals first, then the sampled lines, then the answer. */
import { chartSetup, decide } from "../../kernel/chart.ts";
import type { AuditorMessage } from "./messages.ts";
import {
  type AuditorContext,
  type AuditorInput,
  beginAudit,
  checkAccount,
  giveUp,
  hasSample,
  isAwaited,
  isLastAwaited,
  newAuditor,
} from "./state.ts";

export const auditorMachine = chartSetup<AuditorContext, AuditorMessage, AuditorInput>()({
  guards: {
    isFromLedger: ({ context, event }) => event.from === context.input.ledger,
    isSampled: ({ context, event }) =>
      event.type === "EpochClosed" && event.from === context.input.ledger && hasSample(event),
    isAwaited: ({ context, event }) =>
      event.type === "AccountShown" &&
      event.from === context.input.ledger &&
      isAwaited(context, event),
    isLastAwaited: ({ context, event }) =>
      event.type === "AccountShown" &&
      event.from === context.input.ledger &&
      isLastAwaited(context, event),
  },
  delays: { showTerm: ({ context }) => context.input.limits.epochUs },
}).createMachine({
  id: "auditor",
  context: ({ input }) => newAuditor(input),
  initial: "idle",
  states: {
    idle: {
      // a line that comes after its audit was given up
      meta: { ignores: ["AccountShown"] },
      on: {
        EpochClosed: [
          { guard: "isSampled", target: "auditing", actions: decide(beginAudit) },
          { guard: "isFromLedger", actions: decide(beginAudit) },
        ],
      },
    },
    auditing: {
      after: { showTerm: { target: "idle", actions: decide(giveUp) } },
      on: {
        AccountShown: [
          { guard: "isLastAwaited", target: "idle", actions: decide(checkAccount) },
          { guard: "isAwaited", actions: decide(checkAccount) },
        ],
      },
    },
  },
});
