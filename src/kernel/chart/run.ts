/** The interpreter of a compiled chart: XState's macrostep over one active path. */
import { noCommands } from "../command.ts";
import { InvariantViolation, invariant } from "../invariant.ts";
import { freshRegisters, type Registers } from "./operation.ts";
import type { Edge, Leaf, Program } from "./program.ts";

/** One delivery may set off at most this many transitions; more is an endless `always`. */
const MICROSTEP_LIMIT = 1_000;

interface Position {
  readonly at: string;
  readonly context: unknown;
}

interface Stepped {
  readonly state: Position;
  readonly commands: Registers["commands"];
  readonly handled: boolean;
}

export interface Interpreter {
  readonly init: (input: unknown) => Stepped;
  readonly step: (state: Position, delivery: { readonly type: string }) => Stepped;
}

/** Interprets `program`. The registers are shared by its steps, which never overlap. */
export function interpreterOf(program: Program): Interpreter {
  const registers = freshRegisters();
  const { leaves, initial, contextOf } = program;

  const init = (input: unknown): Stepped => {
    begin(registers, contextOf(input), { type: "xstate.init", input });
    const { at } = settle(initial.to, initial, registers);
    return {
      state: { at, context: registers.context },
      commands: registers.commands,
      handled: true,
    };
  };

  const step = (state: Position, delivery: { readonly type: string }): Stepped => {
    const leaf = leaves.get(state.at);
    if (leaf === undefined) throw new InvariantViolation(`no state "${state.at}" in the chart`);
    if (leaf.ended) return idle(state, leaf, delivery);
    const edges = leaf.edges.get(delivery.type) ?? leaf.otherwise;
    let edge: Edge | undefined;
    for (let i = 0; i < edges.length; i++) {
      const candidate = edges[i] as Edge;
      if (candidate.guard !== undefined) {
        registers.context = state.context;
        registers.event = delivery;
        if (!candidate.guard(registers)) continue;
      }
      edge = candidate;
      break;
    }
    if (edge === undefined && leaf.always.length === 0) return idle(state, leaf, delivery);
    if (edge?.only !== undefined) {
      const { context, commands } = edge.only(state.context, delivery);
      const same = edge.to === leaf && context === state.context;
      return { state: same ? state : { at: edge.to.at, context }, commands, handled: true };
    }
    begin(registers, state.context, delivery);
    const to = settle(leaf, edge, registers);
    const { context, commands } = registers;
    if (to === leaf && context === state.context) {
      const handled = edge !== undefined || commands.length > 0 || leaf.ignores.has(delivery.type);
      return { state, commands, handled };
    }
    return { state: { at: to.at, context }, commands, handled: true };
  };
  return { init, step };
}

function idle(state: Position, leaf: Leaf, delivery: { readonly type: string }): Stepped {
  return { state, commands: noCommands, handled: leaf.ignores.has(delivery.type) };
}

function begin(registers: Registers, context: unknown, event: unknown): void {
  registers.context = context;
  registers.event = event;
  registers.commands = noCommands;
  registers.owned = false;
}

/** Takes `edge`, then `always` and the events of final states until nothing is enabled. */
function settle(from: Leaf, edge: Edge | undefined, registers: Registers): Leaf {
  const raised: Array<string> = [];
  let leaf = edge === undefined ? from : take(from, edge, { registers, raised });
  let eventless = true;
  let count = 0;
  while (!leaf.ended) {
    invariant(++count <= MICROSTEP_LIMIT, `"always" never comes to rest in "${leaf.at}"`);
    let next: Edge | undefined = eventless ? select(leaf.always, registers) : undefined;
    const wasEventless: boolean = next !== undefined;
    if (next === undefined) {
      const type = raised.shift();
      if (type === undefined) break;
      registers.event = { type, output: undefined };
      next = select(leaf.edges.get(type) ?? leaf.otherwise, registers);
    }
    if (next !== undefined) leaf = take(leaf, next, { registers, raised });
    // XState asks again unless an eventless transition changed nothing
    eventless = !wasEventless || registers.changed;
  }
  return leaf;
}

function select(edges: ReadonlyArray<Edge>, registers: Registers): Edge | undefined {
  for (const edge of edges) {
    if (edge.guard === undefined || edge.guard(registers)) return edge;
  }
  return undefined;
}

function take(
  from: Leaf,
  edge: Edge,
  step: { readonly registers: Registers; readonly raised: Array<string> },
): Leaf {
  const { registers, raised } = step;
  registers.changed = edge.to !== from;
  for (const operation of edge.operations) operation.apply(registers);
  if (edge.raises !== undefined) raised.push(edge.raises);
  return edge.to;
}
