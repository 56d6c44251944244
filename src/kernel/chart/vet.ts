/** Refuses, before anything is compiled, the states and transitions we cannot translate. */
import {
  type ChartNode,
  type ChartSource,
  type ChartTransition,
  childrenOf,
  listOf,
  pathOf,
  subtree,
} from "./node.ts";
import { ChartUnsupported } from "./unsupported.ts";

const stateKeys = new Set(
  (
    "id type initial states entry exit on always after onDone meta tags description " +
    "context version schemas types options"
  )
    .trim()
    .split(" "),
);
const transitionKeys = new Set(
  (
    "target actions guard reenter meta description " +
    // what XState adds while it resolves the transition
    "source eventType toJSON event delay"
  )
    .trim()
    .split(" "),
);

/** Throws {@link ChartUnsupported} at the first thing that a compiled chart cannot do. */
export function vet(chart: ChartSource): void {
  if (chart.root.type !== "compound") {
    throw new ChartUnsupported(`a root of type "${chart.root.type}"`, "");
  }
  if (chart.root.config.onDone !== undefined) {
    throw new ChartUnsupported('"onDone" on the root', "");
  }
  for (const node of subtree(chart.root)) {
    vetNode(node, chart);
    const always = node.always ?? [];
    for (const transition of [...node.transitions.values()].flat().concat(always)) {
      vetTransition(transition, pathOf(node));
    }
  }
}

function vetNode(node: ChartNode, chart: ChartSource): void {
  const at = pathOf(node);
  if (node.type === "parallel" || node.type === "history") {
    throw new ChartUnsupported(`a ${node.type} state`, at);
  }
  for (const key of Object.keys(node.config)) {
    if (!stateKeys.has(key)) throw new ChartUnsupported(`"${key}"`, at);
  }
  if (node.key.includes(".") && node.parent !== undefined) {
    throw new ChartUnsupported("a dot in a state's name", at);
  }
  if (chart.idMap.get(node.id) !== node) throw new ChartUnsupported(`two ids "${node.id}"`, at);
  if (node.type !== "compound" && childrenOf(node).length > 0) {
    throw new ChartUnsupported(`states inside a ${node.type} state`, at);
  }
  if (listOf(node.config.initial).length > 1 || node.initial.target.length > 1) {
    throw new ChartUnsupported("several initial states", at);
  }
  for (const type of Object.keys(node.config.on ?? {})) {
    if (type.startsWith("xstate.")) throw new ChartUnsupported(`on "${type}"`, at);
    if (type !== "*" && type.includes("*")) {
      throw new ChartUnsupported(`the partial wildcard "${type}"`, at);
    }
  }
  for (const delay of Object.keys(node.config.after ?? {})) vetDelay(delay, at, chart);
}

function vetDelay(delay: string, at: string, chart: ChartSource): void {
  if (!Number.isNaN(Number(delay))) {
    throw new ChartUnsupported(`the unnamed delay ${delay}: name it under "delays"`, at);
  }
  const value = chart.implementations.delays[delay];
  if (typeof value !== "function" && typeof value !== "number") {
    throw new ChartUnsupported(`the undefined delay "${delay}"`, at);
  }
}

function vetTransition(transition: ChartTransition, at: string): void {
  for (const key of Object.keys(transition)) {
    if (!transitionKeys.has(key)) throw new ChartUnsupported(`"${key}" on a transition`, at);
  }
  const targets = transition.target ?? [];
  if (targets.length > 1) throw new ChartUnsupported("several targets", at);
  for (const target of targets) {
    if (typeof target !== "object" || !("path" in target)) {
      throw new ChartUnsupported("a computed target", at);
    }
  }
}
