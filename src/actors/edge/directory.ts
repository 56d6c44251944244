/** What nodes say: who is there, with how many slots, and what became of their attempts. */
import type { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { reply } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Pong } from "../contributor/messages.ts";
import type { Revoke, Welcome } from "../node/messages.ts";
import { openCommons } from "./commons-job.ts";
import { serve } from "./dispatch.ts";
import type {
  AttemptEnded,
  AttemptStarted,
  Join,
  LeaseExpired,
  NodeLeft,
  NodePaused,
  NodeRested,
  NodeResumed,
  NodeStanding,
  Ping,
} from "./messages.ts";
import {
  type EdgeContext,
  type EdgeRules,
  type NodeEntry,
  noHistory,
  type OpenAttempt,
  withAttempt,
  withEntry,
} from "./state.ts";
import { watchLease } from "./straggler.ts";
import { beginSurvey } from "./survey.ts";
import { afterFetch } from "./track.ts";
import {
  beginTurn,
  endAttempt,
  endRest,
  endTurn,
  hasToRest,
  hear,
  putNode,
  removeNode,
  type Turn,
} from "./turn.ts";

type Decided = Decision<EdgeContext>;

export function answerPing(
  _rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<Ping>,
): Decided {
  const pong: Pong = { type: "Pong", probe: delivery.message.probe };
  return { context, commands: [reply(pong)] };
}

/** Takes the node in; open attempts that it no longer knows of end by their leases. */
export function welcome(rules: EdgeRules, context: EdgeContext, delivery: Delivery<Join>): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { owner, slots, slotMflops, rttUs, probation, network } = delivery.message;
  const known = context.nodes.get(delivery.from);
  const { attempts, finished, started, x, y, height, errorPpm, track } = known ?? noHistory;
  const entry: NodeEntry = {
    owner,
    slots,
    slotMflops,
    rttUs,
    probation,
    presence: "here",
    silent: known !== undefined && hasToRest(known),
    finished,
    started,
    attempts,
    cluster: network === "" ? owner : network,
    upSinceS: Math.floor(delivery.atUs / 1_000_000),
    x,
    y,
    height,
    errorPpm,
    track,
  };
  putNode(turn, delivery.from, entry);
  const answer: Welcome = { type: "Welcome" };
  turn.commands.push(reply(answer));
  beginSurvey(turn, delivery.from);
  return finish(turn, delivery.from);
}

/** Ends a step in which a node may have got free. */
function finish(turn: Turn, node: Address): Decided {
  serve(turn, node);
  openCommons(turn);
  return endTurn(turn);
}

/** True for nodes of the directory that have not left. */
export function isPresent(context: EdgeContext, node: Address): boolean {
  const presence = context.nodes.get(node)?.presence;
  return presence !== undefined && presence !== "away";
}

export function notePresence(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<NodePaused | NodeResumed>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const entry = context.nodes.get(delivery.from);
  if (entry === undefined) return endTurn(turn);
  const presence = delivery.message.type === "NodePaused" ? "paused" : "here";
  putNode(turn, delivery.from, withEntry(entry, { presence, silent: hasToRest(entry) }));
  return finish(turn, delivery.from);
}

export function noteStanding(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<NodeStanding>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const entry = context.nodes.get(delivery.from);
  if (entry === undefined) return endTurn(turn);
  const { probation } = delivery.message;
  putNode(turn, delivery.from, withEntry(entry, { probation, silent: hasToRest(entry) }));
  return finish(turn, delivery.from);
}

/** The node goes: its attempts are lost now, not when their leases end. */
export function bidFarewell(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<NodeLeft>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const node = delivery.from;
  const entry = context.nodes.get(node);
  if (entry === undefined) return endTurn(turn);
  putNode(turn, node, withEntry(entry, { presence: "away", silent: hasToRest(entry) }));
  for (const attempt of entry.attempts) endAttempt(turn, attempt, "abandoned");
  if (delivery.message.reason === "drained") removeNode(turn, node);
  return endTurn(turn);
}

export function startLease(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<AttemptStarted>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { from, message } = delivery;
  hear(turn, from);
  const open = context.attempts.get(message.attempt);
  if (open === undefined || open.node !== from) {
    const revoke: Revoke = { type: "Revoke", attempt: message.attempt, reason: "unknown" };
    turn.commands.push(reply(revoke));
  } else if (open.phase === "offered") {
    // only the first word starts a lease, else a node could prolong it for ever
    turn.next.attempts = context.attempts.set(
      message.attempt,
      withAttempt(open, { phase: "leased", startedUs: delivery.atUs }),
    );
    watchLease(turn, message.attempt, open);
  }
  return finish(turn, from);
}

export function noteEnd(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<AttemptEnded>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { attempt, outcome, fetchUs } = delivery.message;
  const open = context.attempts.get(attempt);
  const isOpen = open?.node === delivery.from;
  if (isOpen && fetchUs > 0) noteFetch(turn, open, fetchUs);
  if (isOpen) endAttempt(turn, attempt, outcome);
  // after the end: an expired lease would silence it again; a refusal is no word to go by
  if (!isOpen || outcome !== "refused") hear(turn, delivery.from);
  return finish(turn, delivery.from);
}

/**
 * The node's word on how long its input took, as far as the whole run allows it. A lie only moves
 * time between line and processor, and what the edge compares is the sum of both.
 */
function noteFetch(turn: Turn, open: OpenAttempt, fetchUs: number): void {
  const entry = turn.next.nodes.get(open.node);
  const { inputBytes, startedUs } = open;
  if (entry === undefined || inputBytes === 0 || startedUs === 0) return;
  if (fetchUs > turn.atUs - startedUs) return;
  const track = afterFetch(entry.track, inputBytes, fetchUs);
  putNode(turn, open.node, withEntry(entry, { track }));
}

/** The edge's own clock: the offer was not taken, or the lease ended without a word. */
export function expire(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<LeaseExpired>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { attempt } = delivery.message;
  const open = context.attempts.get(attempt);
  if (open !== undefined) {
    endAttempt(turn, attempt, open.phase === "offered" ? "not-taken" : "expired");
  }
  return endTurn(turn);
}

/** The edge's own clock: a node that had refused, or failed too often, may have work again. */
export function noteRested(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<NodeRested>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { node } = delivery.message;
  endRest(turn, node);
  return finish(turn, node);
}
