/** A node: looks for an edge, is idle most of its life, works, and yields to its owner. */
import { chartSetup, decide } from "../../kernel/chart.ts";
import { production } from "../../kernel/limits.ts";
import {
  answerPing,
  beginErrand,
  chooseEdge,
  chooseEdgeNow,
  decline,
  endErrand,
  heedStanding,
  isAwaitedPong,
  isErrandAnswer,
  isLastPong,
  join,
  noteBusy,
  noteIdle,
  notePong,
  probeEdges,
  retire,
} from "./membership.ts";
import type { NodeMessage } from "./messages.ts";
import {
  beginDraining,
  canTake,
  comeBack,
  concernsRun,
  endDraining,
  endLease,
  heedOutcome,
  heedRevoke,
  holds,
  leaveNow,
  pause,
  refuse,
  resume,
  takeOn,
} from "./runs.ts";
import { isAskedToReveal, reveal } from "./sealed.ts";
import { type NodeContext, type NodeInput, newNode } from "./state.ts";

/** What may happen to the runs of a node; what concerns none of them came too late. */
const onRuns = {
  PortOutcome: { guard: "concernsRun" as const, actions: decide(heedOutcome) },
  LeaseEnded: { guard: "holdsLease" as const, actions: decide(endLease) },
  Revoke: { guard: "holdsRevoked" as const, actions: decide(heedRevoke) },
};

/** Its delays are those of production; `makeNode` provides others. */
export const nodeMachine = chartSetup<NodeContext, NodeMessage, NodeInput>()({
  guards: {
    knowsEdge: ({ context }) => context.edge !== null,
    isFromEdge: ({ context, event }) => event.from === context.edge,
    isFromEdgeWhileBusy: ({ context, event }) => event.from === context.edge && context.busy,
    isLastPong: ({ context, event }) => event.type === "Pong" && isLastPong(context, event),
    isAwaitedPong: ({ context, event }) => event.type === "Pong" && isAwaitedPong(context, event),
    isErrandAnswer: ({ context, event }) => event.type === "Pong" && isErrandAnswer(context, event),
    anEdgeAnswered: ({ context }) => context.probe !== null && context.probe.nearest !== null,
    canTake: ({ context, event }) => event.type === "Assign" && canTake(context, event),
    concernsRun: ({ context, event }) =>
      event.type === "PortOutcome" && concernsRun(context, event),
    holdsLease: ({ context, event }) =>
      event.type === "LeaseEnded" && holds(context, event.message.attempt),
    holdsRevoked: ({ context, event }) =>
      event.type === "Revoke" &&
      event.from === context.edge &&
      holds(context, event.message.attempt),
    isAskedToReveal: ({ context, event }) =>
      event.type === "Reveal" && isAskedToReveal(context, event),
    isSuspended: ({ event }) => event.type === "OwnerStanding" && event.message.drain,
    isSuspendedWithoutRuns: ({ context, event }) =>
      event.type === "OwnerStanding" && event.message.drain && context.runs.length === 0,
    isAllowed: ({ event }) => event.type === "OwnerStanding" && !event.message.drain,
    hasNoRuns: ({ context }) => context.runs.length === 0,
    hasRuns: ({ context }) => context.runs.length > 0,
    shallDrain: ({ context }) => context.drain,
    hasDrained: ({ context }) => context.drain && context.runs.length === 0,
  },
  delays: { probeTerm: production.probeUs, joinTerm: production.joinUs },
}).createMachine({
  id: "node",
  context: ({ input }) => newNode(input),
  initial: "offline",
  // what comes too late for a run that has ended, or for a round of probes that is over
  meta: { ignores: ["PortOutcome", "LeaseEnded", "Revoke", "Pong", "OwnerIdle"] },
  on: {
    // without a stop before it the machine vanished, and all that it did is lost
    HostStarted: { target: ".joining", actions: decide(comeBack) },
    HostStopping: { target: ".offline", actions: decide(leaveNow) },
    Assign: { actions: decide(refuse) },
    // what is sealed outlives the run, a pause and a restart
    Reveal: [{ guard: "isAskedToReveal", actions: decide(reveal) }, {}],
    Ping: { actions: decide(answerPing) },
    Measure: [{ guard: "isFromEdge", actions: decide(beginErrand) }, {}],
    Pong: { guard: "isErrandAnswer", actions: decide(endErrand) },
    Welcome: [{ guard: "isFromEdge" }, { actions: decide(decline) }],
    OwnerStanding: [
      {
        guard: "isSuspendedWithoutRuns",
        target: ".retired",
        actions: [decide(heedStanding), decide(retire)],
      },
      { actions: decide(heedStanding) },
    ],
  },
  states: {
    offline: {
      meta: { ignores: ["OwnerBusy"] },
      on: { HostStopping: {}, Ping: {}, Measure: {} },
    },
    joining: {
      initial: "starting",
      on: { OwnerBusy: { actions: decide(noteBusy) }, OwnerIdle: { actions: decide(noteIdle) } },
      states: {
        // a fork only
        starting: {
          always: [{ guard: "knowsEdge", target: "registering" }, { target: "probing" }],
        },
        probing: {
          entry: decide(probeEdges),
          after: {
            probeTerm: [
              { guard: "anEdgeAnswered", target: "registering", actions: decide(chooseEdge) },
              { target: "probing", reenter: true },
            ],
          },
          on: {
            Pong: [
              { guard: "isLastPong", target: "registering", actions: decide(chooseEdgeNow) },
              { guard: "isAwaitedPong", actions: decide(notePong) },
            ],
          },
        },
        registering: {
          entry: decide(join),
          // the edge may be gone for good, so the search begins anew
          after: { joinTerm: "probing" },
          on: {
            Welcome: [
              { guard: "isFromEdgeWhileBusy", target: "#node.paused", actions: decide(pause) },
              { guard: "isFromEdge", target: "#node.idle" },
            ],
          },
        },
      },
    },
    idle: {
      on: {
        Assign: { guard: "canTake", target: "working", actions: decide(takeOn) },
        OwnerBusy: { target: "paused", actions: decide(pause) },
      },
    },
    working: {
      always: { guard: "hasNoRuns", target: "idle" },
      on: {
        ...onRuns,
        Assign: { guard: "canTake", actions: decide(takeOn) },
        OwnerBusy: { target: "paused", actions: decide(pause) },
        OwnerStanding: {
          guard: "isSuspended",
          target: "draining",
          actions: decide(beginDraining),
        },
      },
    },
    paused: {
      always: { guard: "hasDrained", target: "retired", actions: decide(retire) },
      meta: { ignores: ["OwnerBusy"] },
      on: {
        ...onRuns,
        OwnerIdle: [
          { guard: "shallDrain", target: "draining", actions: decide(resume) },
          { guard: "hasRuns", target: "working", actions: decide(resume) },
          { target: "idle", actions: decide(resume) },
        ],
      },
    },
    draining: {
      always: { guard: "hasNoRuns", target: "retired", actions: decide(retire) },
      on: {
        ...onRuns,
        OwnerBusy: { target: "paused", actions: decide(pause) },
        OwnerStanding: { guard: "isAllowed", target: "working", actions: decide(endDraining) },
      },
    },
    // out of the directory; only its contributor's word brings it back
    retired: {
      on: {
        // a new start: whether the owner is there is told afresh
        HostStarted: { actions: decide(noteIdle) },
        HostStopping: {},
        OwnerBusy: { actions: decide(noteBusy) },
        OwnerIdle: { actions: decide(noteIdle) },
        OwnerStanding: [
          { guard: "isAllowed", target: "joining", actions: decide(heedStanding) },
          {},
        ],
      },
    },
  },
});
