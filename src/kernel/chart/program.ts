/** The compiled form: per leaf and message type, the edges in the order in which XState asks. */
import type { Message } from "../message.ts";
import {
  type ChartNode,
  type ChartSource,
  type ChartTransition,
  ignoresOf,
  lineage,
  listOf,
  pathOf,
  subtree,
} from "./node.ts";
import {
  cancelTimerOperation,
  type Decider,
  type Guard,
  guardOf,
  type Operation,
  operationOf,
  startTimerOperation,
} from "./operation.ts";
import { initialRoute, type Route, routeOf } from "./route.ts";
import { ChartUnsupported } from "./unsupported.ts";

export interface Edge {
  readonly guard: Guard | undefined;
  /** Exits, the transition's own actions, entries: in XState's order. */
  readonly operations: ReadonlyArray<Operation>;
  readonly to: Leaf;
  /** The event that entering a nested final state raises. */
  readonly raises: Message["type"] | undefined;
  /** The whole edge is one `decide` and nothing can follow it: the step is a straight line. */
  readonly only: Decider | undefined;
}

export interface Leaf {
  readonly at: string;
  readonly edges: ReadonlyMap<string, ReadonlyArray<Edge>>;
  /** Edges for a type that no state on the path names: the wildcards. */
  readonly otherwise: ReadonlyArray<Edge>;
  readonly always: ReadonlyArray<Edge>;
  readonly ignores: ReadonlySet<string>;
  /** A final state of the root: the chart has ended. */
  readonly ended: boolean;
}

export interface Program {
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly initial: Edge;
  readonly contextOf: (input: unknown) => unknown;
}

interface Draft {
  readonly chart: ChartSource;
  readonly leaves: ReadonlyMap<ChartNode, Mutable<Leaf>>;
  readonly entries: Map<ChartNode, ReadonlyArray<Operation>>;
  readonly exits: Map<ChartNode, ReadonlyArray<Operation>>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const noEdges: ReadonlyArray<Edge> = [];

/** Builds the tables of a vetted chart. */
export function programOf(chart: ChartSource): Program {
  const nodes = subtree(chart.root).filter((node) => node.type !== "compound");
  const draft: Draft = {
    chart,
    leaves: new Map(nodes.map((node) => [node, emptyLeaf(node)])),
    entries: new Map(subtree(chart.root).map((node) => [node, entryOf(node, chart)])),
    exits: new Map(subtree(chart.root).map((node) => [node, exitOf(node, chart)])),
  };
  for (const [node, leaf] of draft.leaves) fillLeaf(node, leaf, draft);
  const route = initialRoute(chart.root);
  return {
    leaves: new Map([...draft.leaves.values()].map((leaf) => [leaf.at, leaf])),
    initial: edgeOf(route, { guard: undefined, actions: [] }, draft),
    contextOf: contextOf(chart),
  };
}

function emptyLeaf(node: ChartNode): Mutable<Leaf> {
  return {
    at: pathOf(node),
    edges: new Map(),
    otherwise: noEdges,
    always: noEdges,
    ignores: new Set(lineage(node).flatMap(ignoresOf)),
    ended: node.type === "final" && node.parent?.parent === undefined,
  };
}

function fillLeaf(node: ChartNode, leaf: Mutable<Leaf>, draft: Draft): void {
  const built = new Map<ChartTransition, Edge>();
  const edge = (transition: ChartTransition): Edge => {
    const known = built.get(transition);
    if (known !== undefined) return known;
    const at = pathOf(transition.source);
    const guard = guardOf(transition.guard, at, draft.chart);
    const actions = transition.actions.map((action) => operationOf(action, at, draft.chart));
    const fresh = edgeOf(routeOf(node, transition), { guard, actions }, draft);
    built.set(transition, fresh);
    return fresh;
  };
  const path = lineage(node);
  const types = new Set(path.flatMap((one) => [...one.transitions.keys()]));
  types.delete("*");
  const edgesFor = (type: string) =>
    path
      .flatMap((one) => [...(one.transitions.get(type) ?? []), ...(one.transitions.get("*") ?? [])])
      .map(edge);
  leaf.edges = new Map([...types].map((type) => [type, edgesFor(type)]));
  leaf.otherwise = path.flatMap((one) => one.transitions.get("*") ?? []).map(edge);
  leaf.always = path.flatMap((one) => one.always ?? []).map(edge);
}

function edgeOf(
  route: Route,
  own: { readonly guard: Guard | undefined; readonly actions: ReadonlyArray<Operation> },
  draft: Draft,
): Edge {
  const to = draft.leaves.get(route.to) as Leaf;
  const operations = [
    ...route.exits.flatMap((node) => draft.exits.get(node) ?? []),
    ...own.actions,
    ...route.enters.flatMap(({ node, byDefault }) => [
      ...(draft.entries.get(node) ?? []),
      ...(byDefault ? initialActions(node, draft) : []),
    ]),
  ];
  const entered = route.enters.length > 0;
  if (entered && to.ended) {
    // XState exits every state when the chart ends
    operations.push(...lineage(route.to).flatMap((node) => draft.exits.get(node) ?? []));
  }
  const final = entered && route.to.type === "final" && !to.ended;
  const raises = final ? `xstate.done.state.${route.to.parent?.id}` : undefined;
  const straight = operations.length === 1 && !final && !hasAlways(route.to);
  const only = straight ? operations[0]?.decider : undefined;
  return { guard: own.guard, operations, to, raises, only };
}

function hasAlways(leaf: ChartNode): boolean {
  return lineage(leaf).some((node) => (node.always ?? []).length > 0);
}

function initialActions(node: ChartNode, draft: Draft): ReadonlyArray<Operation> {
  const at = pathOf(node);
  return node.initial.actions.map((action) => operationOf(action, at, draft.chart));
}

/** The user's entry actions, then one StartTimer for each delay of `after`. */
function entryOf(node: ChartNode, chart: ChartSource): ReadonlyArray<Operation> {
  const own = listOf(node.config.entry).length;
  return node.entry.map((action, index) => {
    if (index < own) return operationOf(action, pathOf(node), chart);
    const { id, delay } = action as { readonly id: string; readonly delay: string };
    return startTimerOperation(id, chart.implementations.delays[delay]);
  });
}

/** The user's exit actions, then one CancelTimer for each delay of `after`. */
function exitOf(node: ChartNode, chart: ChartSource): ReadonlyArray<Operation> {
  const own = listOf(node.config.exit).length;
  return node.exit.map((action, index) => {
    if (index < own) return operationOf(action, pathOf(node), chart);
    return cancelTimerOperation((action as { readonly sendId: string }).sendId);
  });
}

function contextOf(chart: ChartSource): (input: unknown) => unknown {
  const { context } = chart.config;
  if (typeof context !== "function") return () => context ?? {};
  return (input) => context({ input, spawn });
}

function spawn(): never {
  throw new ChartUnsupported('"spawn" while its context is made', "");
}
