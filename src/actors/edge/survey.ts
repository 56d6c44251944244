/**
 * Where nodes are. The edge measures the way to a node itself and asks a few other nodes, which it
 * draws, to measure it too; from these round trips it computes the node's place. No node says where
 * it is, and none chooses who measures it: it can only make itself look further away, by answering
 * late, which brings it less work (docs/decisions/0013).
 */
import type { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { send } from "../../kernel/command.ts";
import { type Coordinate, located, nowhere, type Sample } from "../../kernel/coordinate.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { hashText } from "../../kernel/entropy.ts";
import { memberAt, poolSize } from "../../kernel/pool.ts";
import type { Measure, Ping } from "../node/messages.ts";
import type { Measured, Pong } from "./messages.ts";
import {
  type EdgeContext,
  type EdgeRules,
  type NodeEntry,
  type Survey,
  withEntry,
} from "./state.ts";
import { beginTurn, draw, endTurn, putNode, type Turn } from "./turn.ts";

type Decided = Decision<EdgeContext>;

/** Nodes that are asked to measure a newcomer. */
const VANTAGES = 3;
/** Ready nodes looked at for them. */
const LOOKS = 12;
/**
 * An edge that knows more nodes asks none of them. Who is near to it is told by its own round
 * trips; what others add is a direction, and each pair that measures costs memory at both ends for
 * ever.
 */
const CROWD = 2_000;
/** Results that make a node one to believe. */
const PROVEN = 5;
/** A place that is known better than this is kept when its node comes back from where it was. */
const GOOD_PPM = 500_000;
/** Round trips that are no measurement: something was down. */
const RTT_US_MAX = 2_000_000;
/** A returning node's round trip may differ from what its place says by this, or by a third. */
const MOVED_US = 20_000;
/** Half of 32 bits, as a small integer. */
const PROBES = 1_073_741_824;
const noneAsked: ReadonlyArray<Address> = [];
/** The edge itself: the middle of its own coordinates. */
const here: Coordinate = Object.freeze({ x: 0, y: 0, height: 0.01, error: 0.05 });

/** Asks a node that has joined for a Pong. */
export function beginSurvey(turn: Turn, node: Address): void {
  const probe = draw(turn, PROBES);
  const survey: Survey = { probe, sentUs: turn.atUs, asked: [], heard: [] };
  turn.next.surveys = turn.next.surveys.set(node, survey);
  const ping: Ping = { type: "Ping", probe };
  turn.commands.push(send(node, ping));
}

/** True for the answer to the edge's newest Ping. */
export function isSurveyed(context: EdgeContext, delivery: Delivery<Pong>): boolean {
  const survey = context.surveys.get(delivery.from);
  return survey !== undefined && survey.probe === delivery.message.probe;
}

/** The edge has measured the way; others do the same unless the node is where it was before. */
export function noteDistance(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<Pong>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const node = delivery.from;
  const survey = context.surveys.get(node);
  const entry = context.nodes.get(node);
  if (survey === undefined || entry === undefined) return endTurn(turn);
  // as a small integer, which needs no box in a directory of many
  const rttUs = Math.min(delivery.atUs - survey.sentUs, RTT_US_MAX + 1) | 0;
  turn.next.surveys = context.surveys.delete(node);
  if (rttUs > RTT_US_MAX) return endTurn(turn);
  if (isWhereItWas(entry, rttUs)) {
    putNode(turn, node, withEntry(entry, { rttUs }));
    return endTurn(turn);
  }
  putNode(turn, node, besideEdge(node, entry, rttUs));
  const asked = vantagesFor(turn, node, entry);
  if (asked.length === 0) return endTurn(turn);
  const begun = { probe: -1, sentUs: survey.sentUs, asked, heard: [] };
  turn.next.surveys = turn.next.surveys.set(node, begun);
  const measure: Measure = { type: "Measure", node };
  for (const vantage of asked) turn.commands.push(send(vantage, measure));
  return endTurn(turn);
}

function isWhereItWas(entry: NodeEntry, rttUs: number): boolean {
  if (entry.errorPpm > GOOD_PPM) return false;
  const plane = Math.sqrt(entry.x * entry.x + entry.y * entry.y);
  const expected = plane + entry.height;
  return Math.abs(rttUs - expected) <= Math.max(MOVED_US, expected / 3);
}

/** One round trip tells how far, not in which direction: that is drawn from the name. */
function besideEdge(node: Address, entry: NodeEntry, rttUs: number): NodeEntry {
  const sample = { to: here, rttMs: rttUs / 1_000 };
  return placed(entry, located(nowhere, [sample], hashText(node)), { rttUs, samples: 1 });
}

/** Few samples make a place uncertain, however well it fits them. */
function placed(
  entry: NodeEntry,
  { x, y, height, error }: Coordinate,
  { rttUs, samples }: { readonly rttUs: number; readonly samples: number },
): NodeEntry {
  return withEntry(entry, {
    rttUs,
    // a negative zero would need a box, and give one to this field of all entries
    x: Math.round(x * 1_000) | 0,
    y: Math.round(y * 1_000) | 0,
    height: Math.round(height * 1_000) | 0,
    errorPpm: Math.round(1_000_000 * Math.max(error, 1 / samples)) | 0,
  });
}

/** Ready nodes of other clusters, those first that have brought results. */
function vantagesFor(turn: Turn, node: Address, entry: NodeEntry): ReadonlyArray<Address> {
  const { ready, nodes } = turn.next;
  if (nodes.size > CROWD) return noneAsked;
  const size = poolSize(ready);
  const proven: Array<Address> = [];
  const others: Array<Address> = [];
  const clusters = [entry.cluster];
  const first = size === 0 ? 0 : draw(turn, size);
  for (let look = 0; look < Math.min(LOOKS, size) && proven.length < VANTAGES; look++) {
    const vantage = memberAt(ready, size <= LOOKS ? (first + look) % size : draw(turn, size));
    const other = nodes.get(vantage);
    if (vantage === node || other === undefined || clusters.includes(other.cluster)) continue;
    clusters.push(other.cluster);
    (other.finished >= PROVEN ? proven : others).push(vantage);
  }
  return [...proven, ...others].slice(0, VANTAGES);
}

/** A node that was asked says how far another is from it; the last word settles the place. */
export function noteMeasured(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<Measured>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { node, rttUs } = delivery.message;
  const survey = context.surveys.get(node);
  const entry = context.nodes.get(node);
  if (survey === undefined || entry === undefined || !survey.asked.includes(delivery.from)) {
    return endTurn(turn);
  }
  const asked = survey.asked.filter((each) => each !== delivery.from);
  const usable = rttUs > 0 && rttUs <= RTT_US_MAX;
  const heard = usable ? [...survey.heard, { by: delivery.from, rttUs }] : survey.heard;
  const { surveys } = turn.next;
  turn.next.surveys =
    asked.length === 0
      ? surveys.delete(node)
      : surveys.set(node, { probe: survey.probe, sentUs: survey.sentUs, asked, heard });
  // one vantage may never answer: the place is settled without it, and again if it does
  if (heard.length > 0 && asked.length <= 1) settle(turn, node, entry, heard);
  return endTurn(turn);
}

function settle(turn: Turn, node: Address, entry: NodeEntry, heard: Survey["heard"]): void {
  const samples: Array<Sample> = [{ to: here, rttMs: entry.rttUs / 1_000 }];
  for (const { by, rttUs } of heard) {
    const vantage = turn.next.nodes.get(by);
    if (vantage !== undefined) samples.push({ to: coordinateOf(vantage), rttMs: rttUs / 1_000 });
  }
  const place = located(nowhere, samples, hashText(node));
  putNode(turn, node, placed(entry, place, { rttUs: entry.rttUs, samples: samples.length }));
}

function coordinateOf({ x, y, height, errorPpm }: NodeEntry): Coordinate {
  return {
    x: x / 1_000,
    y: y / 1_000,
    height: Math.max(0.01, height / 1_000),
    error: Math.max(1, errorPpm) / 1_000_000,
  };
}
