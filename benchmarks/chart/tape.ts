/**
 * What a chart's own functions cost without the chart. While the compiled chart replays a history,
 * every guard and decision that it calls is put on a tape; playing the tape calls them again, in
 * the same order and with the same arguments, and does nothing else.
 */
import type { AnyStateMachine } from "xstate";
import { type ChartNode, type ChartSource, subtree } from "../../src/kernel/chart/node.ts";
import { decider } from "../../src/kernel/chart/operation.ts";
import type { Chart, ChartState } from "../../src/kernel/chart.ts";
import { compileChart } from "../../src/kernel/chart.ts";
import type { Delivery } from "../../src/kernel/delivery.ts";
import type { History } from "./histories.ts";

type Fn = (...args: ReadonlyArray<unknown>) => unknown;
type Decided = { readonly context: unknown; readonly commands: ReadonlyArray<unknown> };

/** One call; `event` stands for the delivery where XState's own event was seen instead. */
interface Call {
  readonly fn: Fn;
  readonly decides: boolean;
  readonly params: unknown;
  readonly event: unknown;
}
/** Per history, per delivery: the calls. */
export type Tape = ReadonlyArray<ReadonlyArray<ReadonlyArray<Call>>>;

/** Compiles the machine with functions that note their calls, and replays the histories. */
export function recordTape(machine: AnyStateMachine, histories: ReadonlyArray<History>): Tape {
  let calls: Call[] = [];
  let delivery: unknown;
  const note = (fn: Fn, decides: boolean, params: unknown, event: unknown) => {
    calls.push({ fn, decides, params, event: event === delivery ? undefined : event });
  };
  const chart = compileNoting(machine, note);
  return histories.map(({ begin, deliveries }) => {
    let state = begin();
    return deliveries.map((each) => {
      calls = [];
      delivery = each;
      state = chart.step(state, each as never).state;
      return calls;
    });
  });
}

type Note = (fn: Fn, decides: boolean, params: unknown, event: unknown) => void;

/** The compiler takes functions out of the machine once: they are put back right after. */
function compileNoting(machine: AnyStateMachine, note: Note): Chart<unknown, never, unknown> {
  const source = machine as unknown as ChartSource;
  const guards = source.implementations.guards as Record<string, Fn>;
  const plain = { ...guards };
  for (const [name, guard] of Object.entries(plain)) {
    guards[name] = (args, params) => {
      note(guard, false, params, (args as { readonly event: unknown }).event);
      return guard(args, params);
    };
  }
  const restore = notingDeciders(source.root, note);
  try {
    return compileChart(machine);
  } finally {
    Object.assign(guards, plain);
    restore();
  }
}

function notingDeciders(root: ChartNode, note: Note): () => void {
  const plain = new Map<{ [decider]?: Fn }, Fn>();
  for (const action of subtree(root).flatMap(actionsOf)) {
    const holder = action as { [decider]?: Fn };
    const fn = holder[decider];
    if (fn === undefined || plain.has(holder)) continue;
    plain.set(holder, fn);
    holder[decider] = (context, event) => {
      note(fn, true, undefined, event);
      return fn(context, event);
    };
  }
  return () => {
    for (const [holder, fn] of plain) holder[decider] = fn;
  };
}

/** Actions as the machine's implementations hold them, where they are named there. */
function actionsOf(node: ChartNode): ReadonlyArray<object> {
  const transitions = [...node.transitions.values(), node.always ?? []].flat();
  const all = [...node.entry, ...node.exit, ...transitions.flatMap(({ actions }) => actions)];
  return all.filter(
    (action) => typeof action === "function" || typeof action === "object",
  ) as ReadonlyArray<object>;
}

/** Plays the tape on fresh states; the number of commands, so that nothing is optimised away. */
export function playTape(
  tape: Tape,
  states: ReadonlyArray<ChartState<unknown>>,
  histories: ReadonlyArray<History>,
): number {
  let commands = 0;
  for (let h = 0; h < histories.length; h++) {
    const { deliveries } = histories[h]!;
    const calls = tape[h]!;
    let { context } = states[h]!;
    for (let d = 0; d < deliveries.length; d++) {
      const played = playCalls(calls[d]!, context, deliveries[d]!);
      context = played.context;
      commands += played.commands.length;
    }
  }
  return commands;
}

const args: { context: unknown; event: unknown } = { context: undefined, event: undefined };
const nothing: Decided = { context: undefined, commands: [] };

function playCalls(calls: ReadonlyArray<Call>, before: unknown, delivery: Delivery): Decided {
  let context = before;
  let decided = nothing;
  for (let i = 0; i < calls.length; i++) {
    const { fn, decides, params, event } = calls[i]!;
    if (decides) {
      decided = fn(context, event ?? delivery) as Decided;
      context = decided.context;
    } else {
      args.context = context;
      args.event = event ?? delivery;
      fn(args, params);
    }
  }
  return decided === nothing ? { context, commands: nothing.commands } : decided;
}
