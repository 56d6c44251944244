/**
 * Compiles an XState chart into a plain step function. The chart stays what people read and draw;
 * XState's own `transition()` stays the oracle (test/oracle), but is some hundred times too slow
 * to simulate a million actors. What is not translated is refused here, when the actor is defined.
 *
 * The event of a chart is the whole {@link Delivery}. Three events are XState's own and carry no
 * delivery: `xstate.init` (the first step), `xstate.after.…` is a delivery like any other, and
 * `xstate.done.state.…` (onDone, and entry and exit actions and `always` that follow it).
 *
 * Delays are microseconds: these charts never run under XState's own clock.
 */
import {
  type AnyStateMachine,
  type ContextFrom,
  type EventFrom,
  type EventObject,
  enqueueActions,
  type InputFrom,
  type MetaObject,
  type NonReducibleUnknown,
  type ParameterizedObject,
  type SetupReturn,
  setup,
} from "xstate";
import type { Step } from "./behaviour.ts";
import { type ChartDescription, describeChart } from "./chart/describe.ts";
import type { ChartSource } from "./chart/node.ts";
import { type Decider, decider } from "./chart/operation.ts";
import { programOf } from "./chart/program.ts";
import { interpreterOf } from "./chart/run.ts";
import { vet } from "./chart/vet.ts";
import type { Command } from "./command.ts";
import type { Delivery } from "./delivery.ts";
import type { Message } from "./message.ts";

/** Where a chart stands: dotted path of the active leaf, such as "working.running". */
export interface ChartState<C> {
  readonly at: string;
  readonly context: C;
}

/** What one look at a delivery leads to. */
export interface Decision<C> {
  readonly context: C;
  readonly commands: ReadonlyArray<Command>;
}

export interface Chart<C, M extends Message, I> {
  readonly init: (input: I) => Step<ChartState<C>>;
  /** Unhandled: the very same state and no commands. */
  readonly step: (state: ChartState<C>, delivery: Delivery<M>) => Step<ChartState<C>>;
  /** Every value that `at` can have, in document order. */
  readonly leaves: ReadonlyArray<string>;
  /** True in a final state of the root: whatever comes is unhandled. */
  readonly isDone: (state: ChartState<C>) => boolean;
  readonly describe: () => ChartDescription;
}

/** An action of `setup().createMachine()`; the event of its place must be a D. */
export type DecideAction<C, D> = (
  args: { readonly context: C; readonly event: D },
  params: undefined,
) => void;

/**
 * An action that computes context and commands in one go. On entry, exit and `always` the event is
 * the delivery that set it off; on the way to the first state it is `xstate.init`.
 */
export function decide<C, D>(fn: (context: C, delivery: D) => Decision<C>): DecideAction<C, D> {
  const action = enqueueActions(({ context, event, enqueue }) => {
    const decision = fn(context as C, event as D);
    enqueue.assign(() => decision.context as object);
    if (decision.commands.length > 0) {
      enqueue({ type: "command", params: decision.commands });
    }
  });
  return Object.assign(action, { [decider]: fn as Decider }) as unknown as DecideAction<C, D>;
}

/** Params of the action `{ type: "command", params }`. */
export type CommandParams = Command | ReadonlyArray<Command>;

/** The implementation of "command": commands are data, so there is nothing to do. */
export function commandAction(_args: unknown, _params: CommandParams): void {}

/** What a state may say in `meta`: messages that it leaves aside on purpose. */
export interface ChartMeta<M extends Message> extends MetaObject {
  readonly ignores?: ReadonlyArray<M["type"]>;
}

type Event<M extends Message> = Extract<Delivery<M>, { type: string }>;
interface Args<C, M extends Message> {
  readonly context: C;
  readonly event: Event<M>;
}
type Params = Record<string, ParameterizedObject["params"] | undefined>;

/** Guards and delays of a chart, by name. Delays are microseconds. */
export interface ChartParts<C, M extends Message, Guards, Delays extends string> {
  readonly guards?: {
    [K in keyof Guards]: (args: Args<C, M>, params: Guards[K]) => boolean;
  };
  readonly delays?: { [K in Delays]: number | ((args: Args<C, M>) => number) };
}

/** XState's `setup` with our types: `chartSetup<C, M, I>()({ guards }).createMachine(…)`. */
export function chartSetup<C extends object, M extends Message, I>() {
  return <Guards extends Params = Record<never, never>, Delays extends string = never>(
    parts: ChartParts<C, M, Guards, Delays> = {},
  ): SetupReturn<
    C,
    Event<M>,
    Record<never, never>,
    Record<never, never>,
    { command: CommandParams },
    Guards,
    Delays,
    string,
    I,
    NonReducibleUnknown,
    EventObject,
    ChartMeta<M>
  > => setup({ ...parts, actions: { command: commandAction } });
}

/** What the charts of a machine step on: its deliveries' messages. */
export type MessageOf<Machine extends AnyStateMachine> =
  EventFrom<Machine> extends { readonly message: infer M extends Message } ? M : never;

/** Throws `ChartUnsupported` for what it cannot translate, naming the feature and the state. */
export function compileChart<Machine extends AnyStateMachine>(
  machine: Machine,
): Chart<ContextFrom<Machine>, MessageOf<Machine>, InputFrom<Machine>> {
  const source = machine as unknown as ChartSource;
  vet(source);
  const program = programOf(source);
  const chart = {
    ...interpreterOf(program),
    leaves: [...program.leaves.keys()],
    isDone: (state: ChartState<unknown>) => program.leaves.get(state.at)?.ended === true,
    describe: () => describeChart(source),
  };
  return chart as never;
}
