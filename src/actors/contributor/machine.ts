/** The life of a contributor, from its first Ping to what the ledger makes of it. */
import { portAddress } from "../../kernel/address.ts";
import { chartSetup, decide } from "../../kernel/chart.ts";
import type { ContributorMessage, StandingState } from "./messages.ts";
import {
  beginProbation,
  type ContributorContext,
  type ContributorInput,
  changeNodes,
  endEarning,
  heedStanding,
  isNews,
  isOwnEdge,
  keepEdge,
  keepEdgeOpenly,
  newContributor,
  noteCorrection,
  passFailure,
  passRefusal,
  passResult,
  probeEdges,
  refuseApplicant,
  refuseInProbation,
  refuseRevoked,
  refuseSuspended,
  submitDemand,
  submitTraining,
  withdrawDemand,
} from "./state.ts";

const requester = portAddress("requester");

const heed = (state: StandingState) => ({
  guard: { type: "brings" as const, params: { state } },
  target: state,
  actions: decide(heedStanding),
});
/** Where the ledger's word leads from any standing; the last line leaves old news aside. */
const onStandingChanged = [
  heed("probation"),
  heed("active"),
  heed("suspended"),
  heed("revoked"),
  { guard: "isFromLedger" as const },
];

export const contributorMachine = chartSetup<
  ContributorContext,
  ContributorMessage,
  ContributorInput
>()({
  guards: {
    isFromRequester: ({ event }) => event.from === requester,
    isFromEdge: ({ context, event }) => isOwnEdge(context, event.from),
    opensTheGate: ({ context, event }) =>
      context.input.gate === "open" && isOwnEdge(context, event.from),
    brings: ({ context, event }, { state }: { readonly state: StandingState }) =>
      event.type === "StandingChanged" &&
      event.from === context.input.ledger &&
      event.message.state === state &&
      isNews(context, event),
    isFromLedger: ({ context, event }) => event.from === context.input.ledger,
  },
  delays: { probeTerm: ({ context }) => context.input.limits.probeUs },
}).createMachine({
  id: "contributor",
  context: ({ input }) => newContributor(input),
  initial: "applicant",
  on: {
    DemandWithdrawn: { guard: "isFromRequester", actions: decide(withdrawDemand) },
    NodesChanged: { guard: "isFromRequester", actions: decide(changeNodes) },
    JobRefused: { actions: decide(passRefusal) },
    JobSettled: { actions: decide(passResult) },
    JobFailed: { actions: decide(passFailure) },
    ResultCorrected: { actions: decide(noteCorrection) },
    EarningEnded: { actions: decide(endEarning) },
  },
  states: {
    applicant: {
      initial: "probing",
      on: {
        DemandArrived: { guard: "isFromRequester", actions: decide(refuseApplicant) },
        TrainingWanted: { guard: "isFromRequester", actions: decide(refuseApplicant) },
      },
      // the answer to OpenAccount says it again
      meta: { ignores: ["StandingChanged"] },
      states: {
        probing: {
          entry: decide(probeEdges),
          after: { probeTerm: { target: "probing", reenter: true } },
          on: {
            Pong: [
              {
                guard: "opensTheGate",
                target: "#contributor.active",
                actions: decide(keepEdgeOpenly),
              },
              { guard: "isFromEdge", target: "applying", actions: decide(keepEdge) },
            ],
          },
        },
        applying: {
          meta: { ignores: ["Pong"] },
          on: {
            AccountOpened: {
              guard: "isFromLedger",
              target: "#contributor.probation",
              actions: decide(beginProbation),
            },
          },
        },
      },
    },
    probation: {
      meta: { ignores: ["Pong", "AccountOpened"] },
      on: {
        DemandArrived: { guard: "isFromRequester", actions: decide(refuseInProbation) },
        TrainingWanted: { guard: "isFromRequester", actions: decide(refuseInProbation) },
        StandingChanged: onStandingChanged,
      },
    },
    active: {
      meta: { ignores: ["Pong", "AccountOpened"] },
      on: {
        DemandArrived: { guard: "isFromRequester", actions: decide(submitDemand) },
        TrainingWanted: { guard: "isFromRequester", actions: decide(submitTraining) },
        StandingChanged: onStandingChanged,
      },
    },
    suspended: {
      meta: { ignores: ["Pong", "AccountOpened"] },
      on: {
        DemandArrived: { guard: "isFromRequester", actions: decide(refuseSuspended) },
        TrainingWanted: { guard: "isFromRequester", actions: decide(refuseSuspended) },
        StandingChanged: onStandingChanged,
      },
    },
    revoked: {
      meta: { ignores: ["Pong", "AccountOpened", "StandingChanged"] },
      on: {
        DemandArrived: { guard: "isFromRequester", actions: decide(refuseRevoked) },
        TrainingWanted: { guard: "isFromRequester", actions: decide(refuseRevoked) },
      },
    },
  },
});
