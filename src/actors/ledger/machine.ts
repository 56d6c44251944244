/**
 * The ledger's epochs. It serves in every state, and the time of an epoch runs only after credit
 * may have moved: an idle ledger costs nothing.
 */
import { chartSetup, decide } from "../../kernel/chart.ts";
import {
  beginEpoch,
  canShow,
  closeEpoch,
  hasMoved,
  isUnderAudit,
  publishDispute,
  publishEpoch,
  showAccount,
} from "./epoch.ts";
import type { LedgerMessage } from "./messages.ts";
import { appeal, endTerm, isFromVerifier, slash, strikeOut } from "./penalties.ts";
import {
  closeJob,
  isClosed,
  isOpen,
  type LedgerContext,
  type LedgerInput,
  newLedger,
  openAccount,
  reserve,
  settle,
} from "./state.ts";

export const ledgerMachine = chartSetup<LedgerContext, LedgerMessage, LedgerInput>()({
  guards: {
    isReservable: ({ context, event }) =>
      event.type === "Reserve" && event.message.amount >= 0n && !isClosed(context, event.from),
    isSettleable: ({ context, event }) =>
      event.type === "Settle" && event.message.each >= 0n && isOpen(context, event.from),
    isFromVerifier: ({ event }) => isFromVerifier(event),
    isShowable: ({ context, event }) => event.type === "ShowAccount" && canShow(context, event),
    isUnderAudit: ({ context, event }) =>
      (event.type === "EpochConfirmed" || event.type === "EpochDisputed") &&
      isUnderAudit(context, event),
    isUnderAuditAndMoved: ({ context, event }) =>
      (event.type === "EpochConfirmed" || event.type === "EpochDisputed") &&
      isUnderAudit(context, event) &&
      hasMoved(context),
    isForAuditor: ({ context }) => context.input.auditor !== null && hasMoved(context),
  },
  delays: { epochTerm: ({ context }) => context.input.limits.epochUs },
}).createMachine({
  id: "ledger",
  context: ({ input }) => newLedger(input),
  initial: "idle",
  on: {
    OpenAccount: { actions: decide(openAccount) },
    Reserve: { guard: "isReservable", actions: decide(reserve) },
    Settle: { guard: "isSettleable", actions: decide(settle) },
    CloseJob: { actions: decide(closeJob) },
    Slash: { guard: "isFromVerifier", actions: decide(slash) },
    Appeal: { actions: decide(appeal) },
    Reexamined: { guard: "isFromVerifier", actions: decide(strikeOut) },
    TermEnded: { actions: decide(endTerm) },
  },
  states: {
    idle: {
      on: {
        Reserve: { guard: "isReservable", target: "open", actions: decide(reserve) },
        Settle: { guard: "isSettleable", target: "open", actions: decide(settle) },
        CloseJob: { target: "open", actions: decide(closeJob) },
        Slash: { guard: "isFromVerifier", target: "open", actions: decide(slash) },
        Reexamined: { guard: "isFromVerifier", target: "open", actions: decide(strikeOut) },
      },
    },
    open: {
      after: {
        epochTerm: [
          { guard: "isForAuditor", target: "closing", actions: decide(closeEpoch) },
          { target: "idle", actions: decide(beginEpoch) },
        ],
      },
    },
    closing: {
      on: {
        ShowAccount: { guard: "isShowable", actions: decide(showAccount) },
        EpochConfirmed: [
          { guard: "isUnderAuditAndMoved", target: "open", actions: decide(publishEpoch) },
          { guard: "isUnderAudit", target: "idle", actions: decide(publishEpoch) },
        ],
        EpochDisputed: [
          { guard: "isUnderAuditAndMoved", target: "open", actions: decide(publishDispute) },
          { guard: "isUnderAudit", target: "idle", actions: decide(publishDispute) },
        ],
      },
    },
  },
});
