/**
 * What the compiler reads of an XState machine, in the compiler's own words: XState has already
 * resolved targets and ids, and has put the timers of `after` behind the user's entry and exit.
 */

export interface ChartNode {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly path: ReadonlyArray<string>;
  readonly parent?: ChartNode;
  readonly states: Readonly<Record<string, ChartNode>>;
  /** Document order; a child comes after its parent. */
  readonly order: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly entry: ReadonlyArray<unknown>;
  readonly exit: ReadonlyArray<unknown>;
  readonly transitions: ReadonlyMap<string, ReadonlyArray<ChartTransition>>;
  readonly always?: ReadonlyArray<ChartTransition>;
  readonly initial: {
    readonly target: ReadonlyArray<ChartNode>;
    readonly actions: ReadonlyArray<unknown>;
  };
  readonly meta?: unknown;
}

export interface ChartTransition {
  readonly source: ChartNode;
  readonly target?: ReadonlyArray<ChartNode>;
  readonly guard?: unknown;
  readonly actions: ReadonlyArray<unknown>;
  readonly reenter: boolean;
  readonly eventType: string;
  /** Name of the delay of an `after` transition. */
  readonly delay?: string | number;
}

export interface ChartSource {
  readonly id: string;
  readonly root: ChartNode;
  readonly config: Readonly<Record<string, unknown>>;
  readonly idMap: ReadonlyMap<string, ChartNode>;
  readonly implementations: {
    readonly actions: Readonly<Record<string, unknown>>;
    readonly guards: Readonly<Record<string, unknown>>;
    readonly delays: Readonly<Record<string, unknown>>;
  };
}

/** Dotted path below the root; "" is the root. */
export function pathOf(node: ChartNode): string {
  return node.path.join(".");
}

export function childrenOf(node: ChartNode): ReadonlyArray<ChartNode> {
  return Object.values(node.states);
}

/** The node and all below it, in document order. */
export function subtree(node: ChartNode): ReadonlyArray<ChartNode> {
  return [node, ...childrenOf(node).flatMap(subtree)];
}

/** The node, its parent, … the root: the order in which XState asks for transitions. */
export function lineage(node: ChartNode): ReadonlyArray<ChartNode> {
  return node.parent === undefined ? [node] : [node, ...lineage(node.parent)];
}

/** True if `node` lies strictly below `above`. */
export function isBelow(node: ChartNode, above: ChartNode): boolean {
  return node.parent !== undefined && (node.parent === above || isBelow(node.parent, above));
}

/** Follows `initial` down to the leaf. */
export function initialLeaf(node: ChartNode): ChartNode {
  const first = node.initial.target[0];
  return node.type === "compound" && first !== undefined ? initialLeaf(first) : node;
}

/** A user's value or list of values as a list. */
export function listOf(value: unknown): ReadonlyArray<unknown> {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Message types which the node's `meta.ignores` lists. */
export function ignoresOf(node: ChartNode): ReadonlyArray<string> {
  const meta = node.meta as { readonly ignores?: ReadonlyArray<string> } | undefined;
  return meta?.ignores ?? [];
}
