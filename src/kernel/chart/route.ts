/**
 * Which states a transition leaves and enters. XState follows the SCXML algorithm over sets of
 * states; a chart without parallel states has one active path, so a route is computed once.
 */
import { type ChartNode, type ChartTransition, initialLeaf, isBelow, lineage } from "./node.ts";

export interface Entered {
  readonly node: ChartNode;
  /** The actions of its `initial` run after its entry actions. */
  readonly byDefault: boolean;
}

export interface Route {
  /** Deepest first. */
  readonly exits: ReadonlyArray<ChartNode>;
  /** Outermost first. */
  readonly enters: ReadonlyArray<Entered>;
  readonly to: ChartNode;
}

/** The route of `transition` while `leaf` is active. */
export function routeOf(leaf: ChartNode, transition: ChartTransition): Route {
  const target = transition.target?.[0];
  if (target === undefined) return { exits: [], enters: [], to: leaf };
  const { source, reenter } = transition;
  const domain = domainOf(transition, target);
  const within = (node: ChartNode): boolean => domain === undefined || isBelow(node, domain);
  const enters: Array<Entered> = [];
  const above = lineage(target).slice(1).toReversed();
  for (const node of above) if (within(node)) enters.push({ node, byDefault: false });
  if (target !== source || reenter) {
    enters.push({ node: target, byDefault: true });
  }
  enters.push(...belowByDefault(target));
  return { exits: lineage(leaf).filter(within), enters, to: initialLeaf(target) };
}

/** The route of the very first step: the root and its initial states. */
export function initialRoute(root: ChartNode): Route {
  const enters = [{ node: root, byDefault: true }, ...belowByDefault(root)];
  return { exits: [], enters, to: initialLeaf(root) };
}

function belowByDefault(node: ChartNode): ReadonlyArray<Entered> {
  const first = node.initial.target[0];
  if (node.type !== "compound" || first === undefined) return [];
  return [{ node: first, byDefault: true }, ...belowByDefault(first)];
}

/** The innermost state that stays active; `undefined` when even the root is left. */
function domainOf(transition: ChartTransition, target: ChartNode): ChartNode | undefined {
  const { source, reenter } = transition;
  if (!reenter && (target === source || isBelow(target, source))) return source;
  const common = lineage(target)
    .slice(1)
    .find((node) => isBelow(source, node));
  if (common !== undefined || reenter) return common;
  return lineage(source).at(-1);
}
