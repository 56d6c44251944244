/** A chart as plain data: what docs, pictures and "why not me?" answers are generated from. */
import {
  type ChartNode,
  type ChartSource,
  type ChartTransition,
  childrenOf,
  ignoresOf,
  initialLeaf,
  listOf,
  pathOf,
  subtree,
} from "./node.ts";
import { decider } from "./operation.ts";

export interface ActionDescription {
  readonly kind: "decide" | "assign" | "command";
  /** Name of the function or of the named action; "" when it has none. */
  readonly name: string;
}

export interface TransitionDescription {
  readonly kind: "on" | "after" | "always" | "done";
  /** Message type of `on` ("*" is any), name of the delay of `after`, else "". */
  readonly on: string;
  /** Name of the guard; "" when it is anonymous; absent when there is none. */
  readonly guard?: string;
  /** Dotted path of the target, "" the root; absent when the transition stays where it is. */
  readonly target?: string;
  readonly reenter: boolean;
  readonly actions: ReadonlyArray<ActionDescription>;
}

export interface StateDescription {
  readonly at: string;
  readonly key: string;
  readonly kind: "compound" | "leaf" | "final";
  readonly description?: string;
  readonly initial?: string;
  readonly ignores: ReadonlyArray<string>;
  readonly entry: ReadonlyArray<ActionDescription>;
  readonly exit: ReadonlyArray<ActionDescription>;
  readonly transitions: ReadonlyArray<TransitionDescription>;
  readonly states: ReadonlyArray<StateDescription>;
}

export interface ChartDescription {
  readonly id: string;
  /** Leaf in which an actor starts, before any `always`. */
  readonly initial: string;
  readonly leaves: ReadonlyArray<string>;
  /** Leaves in which the chart has ended. */
  readonly finals: ReadonlyArray<string>;
  readonly root: StateDescription;
}

export function describeChart(chart: ChartSource): ChartDescription {
  const leaves = subtree(chart.root).filter((node) => node.type !== "compound");
  const finals = leaves.filter((node) => node.type === "final" && node.path.length === 1);
  return {
    id: chart.id,
    initial: pathOf(initialLeaf(chart.root)),
    leaves: leaves.map(pathOf),
    finals: finals.map(pathOf),
    root: describeState(chart.root, chart),
  };
}

function describeState(node: ChartNode, chart: ChartSource): StateDescription {
  const { description } = node.config;
  const first = node.initial.target[0];
  const own = (actions: unknown) => listOf(actions).map((action) => describeAction(action, chart));
  const transitions = [...node.transitions.values()].flat().concat(node.always ?? []);
  return {
    at: pathOf(node),
    key: node.key,
    kind: kindOf(node),
    ...(typeof description === "string" ? { description } : {}),
    ...(node.type === "compound" && first !== undefined ? { initial: pathOf(first) } : {}),
    ignores: ignoresOf(node),
    entry: own(node.config.entry),
    exit: own(node.config.exit),
    transitions: transitions.map((transition) => describeTransition(transition, chart)),
    states: childrenOf(node).map((child) => describeState(child, chart)),
  };
}

function kindOf(node: ChartNode): StateDescription["kind"] {
  if (node.type === "compound") return "compound";
  return node.type === "final" ? "final" : "leaf";
}

function describeTransition(
  transition: ChartTransition,
  chart: ChartSource,
): TransitionDescription {
  const { delay, eventType, guard, target } = transition;
  const first = target?.[0];
  const kind = transitionKind(transition);
  const on = kind === "after" ? String(delay) : kind === "on" ? eventType : "";
  return {
    kind,
    on,
    ...(guard === undefined ? {} : { guard: nameOf(guard) }),
    ...(first === undefined ? {} : { target: pathOf(first) }),
    reenter: transition.reenter,
    actions: transition.actions.map((action) => describeAction(action, chart)),
  };
}

function transitionKind(transition: ChartTransition): TransitionDescription["kind"] {
  if (transition.eventType === "") return "always";
  if (transition.delay !== undefined) return "after";
  return transition.eventType.startsWith("xstate.done.state.") ? "done" : "on";
}

function describeAction(action: unknown, chart: ChartSource): ActionDescription {
  if (typeof action !== "function") {
    const name = nameOf(action);
    if (name === "command") return { kind: "command", name: paramsName(action) };
    return { kind: kindOfAction(chart.implementations.actions[name]), name };
  }
  const decides = (action as { readonly [decider]?: { readonly name: string } })[decider];
  if (decides !== undefined) return { kind: "decide", name: decides.name };
  const { assignment } = action as { readonly assignment?: unknown };
  return { kind: "assign", name: typeof assignment === "function" ? assignment.name : "" };
}

function kindOfAction(implementation: unknown): ActionDescription["kind"] {
  return typeof implementation === "function" && decider in implementation ? "decide" : "assign";
}

function paramsName(action: unknown): string {
  const { params } = action as { readonly params?: unknown };
  return typeof params === "function" && params.name !== "params" ? params.name : "";
}

/** "fits" of the string "fits", of { type: "fits" } and of a function named fits. */
function nameOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "function") return value.name === "guard" ? "" : value.name;
  return (value as { readonly type: string }).type;
}
