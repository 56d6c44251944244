/** Finding an edge, being in its directory, leaving it. */
import { type Command, noCommands, reply, send } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Micros } from "../../kernel/duration.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { Message } from "../../kernel/message.ts";
import type {
  Pong as EdgePong,
  Join,
  Measured,
  NodeLeft,
  NodeStanding,
  Ping,
} from "../edge/messages.ts";
import type { Measure, OwnerStanding, Pong } from "./messages.ts";
import { type Decided, type NodeContext, withNode } from "./state.ts";

/** Longer round trips are all the same; as a small integer it needs no box in a million nodes. */
const RTT_US_MAX = 2_000_000_000;

/** Asks all edges at once; the round trips are differences of the node's own clock. */
export function probeEdges(context: NodeContext, delivery: { readonly atUs: Micros }): Decided {
  const { edges } = context;
  const rounds = context.rounds + 1;
  const probe = { sentUs: delivery.atUs, waiting: edges.length, nearest: null, rttUs: 0 };
  const commands = edges.map((edge, index) => {
    const ping: Ping = { type: "Ping", probe: rounds * edges.length + index };
    return send(edge, ping);
  });
  return { context: withNode(context, { rounds, probe }), commands };
}

/** True for the Pong that edge number `probe` of this round owes. */
export function isAwaitedPong(context: NodeContext, delivery: Delivery<Pong>): boolean {
  const index = delivery.message.probe - context.rounds * context.edges.length;
  return context.probe !== null && index >= 0 && context.edges[index] === delivery.from;
}

export function isLastPong(context: NodeContext, delivery: Delivery<Pong>): boolean {
  return isAwaitedPong(context, delivery) && context.probe?.waiting === 1;
}

export function notePong(context: NodeContext, delivery: Delivery<Pong>): Decided {
  const { probe } = context;
  invariant(probe !== null, "a Pong is awaited while probing");
  const rttUs = Math.min(delivery.atUs - probe.sentUs, RTT_US_MAX) | 0;
  const isNearer = probe.nearest === null || rttUs < probe.rttUs;
  const next = {
    sentUs: probe.sentUs,
    waiting: probe.waiting - 1,
    nearest: isNearer ? delivery.from : probe.nearest,
    rttUs: isNearer ? rttUs : probe.rttUs,
  };
  return { context: withNode(context, { probe: next }), commands: noCommands };
}

/** Settles on the nearest edge that answered; another one that knows this node is told. */
export function chooseEdge(context: NodeContext): Decided {
  const { probe, edge } = context;
  invariant(probe !== null && probe.nearest !== null, "an edge answered");
  const { nearest, rttUs } = probe;
  const commands = edge === null || edge === nearest ? noCommands : [send(edge, left("stopping"))];
  return { context: withNode(context, { edge: nearest, rttUs, probe: null }), commands };
}

/** The last answer came: takes it into account and settles. */
export function chooseEdgeNow(context: NodeContext, delivery: Delivery<Pong>): Decided {
  return chooseEdge(notePong(context, delivery).context);
}

export function join(context: NodeContext): Decided {
  const { edge, owner, slots, slotMflops, rttUs, probation, network } = context;
  invariant(edge !== null, "a node joins the edge it has chosen");
  const offer: Join = { type: "Join", owner, slots, slotMflops, rttUs, probation, network };
  return { context, commands: [send(edge, offer)] };
}

/** Whoever measures the way to this node gets its answer. */
export function answerPing(context: NodeContext, delivery: Delivery<Ping>): Decided {
  const pong: EdgePong = { type: "Pong", probe: delivery.message.probe };
  return { context, commands: [reply(pong)] };
}

/** The edge wants to know how far another node is; a new errand replaces an unanswered one. */
export function beginErrand(context: NodeContext, delivery: Delivery<Measure>): Decided {
  const { atUs, entropy, message } = delivery;
  // nobody can answer before the question came: thirty bits, as a small integer
  const errand = { node: message.node, probe: entropy >>> 2, sentUs: atUs };
  const ping: Ping = { type: "Ping", probe: errand.probe };
  return { context: withNode(context, { errand }), commands: [send(message.node, ping)] };
}

export function isErrandAnswer({ errand }: NodeContext, delivery: Delivery<Pong>): boolean {
  return (
    errand !== null && errand.node === delivery.from && errand.probe === delivery.message.probe
  );
}

export function endErrand(context: NodeContext, delivery: Delivery<Pong>): Decided {
  const { errand } = context;
  invariant(errand !== null, "a Pong answers an errand");
  const rttUs = Math.min(delivery.atUs - errand.sentUs, RTT_US_MAX) | 0;
  const measured: Measured = { type: "Measured", node: errand.node, rttUs };
  return { context: withNode(context, { errand: null }), commands: toEdge(context, measured) };
}

/** An edge that this node has turned away from took its old offer. */
export function decline(context: NodeContext): Decided {
  return { context, commands: [reply(left("stopping"))] };
}

export function left(reason: NodeLeft["reason"]): NodeLeft {
  return { type: "NodeLeft", reason };
}

/** A message to the node's edge, or none while it has none. */
export function toEdge({ edge }: NodeContext, message: Message): ReadonlyArray<Command> {
  return edge === null ? noCommands : [send(edge, message)];
}

/** Takes the contributor's word over; the edge hears what changes its choice. */
export function heedStanding(context: NodeContext, delivery: Delivery<OwnerStanding>): Decided {
  const { probation, drain } = delivery.message;
  const next = withNode(context, { probation, drain });
  if (probation === context.probation) return { context: next, commands: noCommands };
  const standing: NodeStanding = { type: "NodeStanding", probation };
  return { context: next, commands: toEdge(context, standing) };
}

/** Nothing runs and nothing more shall: leaves the directory until the contributor says else. */
export function retire(context: NodeContext): Decided {
  return {
    context: withNode(context, { drain: true }),
    commands: toEdge(context, left("drained")),
  };
}

export function noteBusy(context: NodeContext): Decided {
  return { context: withNode(context, { busy: true }), commands: noCommands };
}

export function noteIdle(context: NodeContext): Decided {
  return { context: withNode(context, { busy: false }), commands: noCommands };
}
