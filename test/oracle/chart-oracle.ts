/**
 * XState as the judge of the compiled charts: both run the same deliveries, and after every step
 * leaf, context, commands and completion must be equal.
 */
import fc from "fast-check";
import { expect } from "vitest";
import { type AnyStateMachine, initialTransition, transition } from "xstate";
import { address } from "../../src/kernel/address.ts";
import type { Step } from "../../src/kernel/behaviour.ts";
import { type ChartMeta, type ChartState, compileChart } from "../../src/kernel/chart.ts";
import { type Command, cancelTimer, startTimer } from "../../src/kernel/command.ts";
import type { Delivery } from "../../src/kernel/delivery.ts";
import { micros } from "../../src/kernel/duration.ts";
import type { Seed } from "../../src/kernel/entropy.ts";
import type { Message, MessageId } from "../../src/kernel/message.ts";

/** What both sides say after a step. */
export interface Outcome {
  readonly at: string;
  readonly context: unknown;
  readonly commands: ReadonlyArray<Command>;
  readonly done: boolean;
  readonly handled: boolean;
}

type Snapshot = {
  readonly status: string;
  readonly value: unknown;
  readonly context: unknown;
  readonly error?: unknown;
  readonly getMeta: () => Readonly<Record<string, ChartMeta<Message> | undefined>>;
};
interface Executed {
  readonly type: string;
  readonly params: unknown;
}

/** Runs a machine on XState's own pure functions. */
export class Oracle {
  private readonly machine: AnyStateMachine;
  private snapshot: Snapshot | undefined;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
  }

  init(input: unknown): Outcome {
    const [snapshot, commands] = taken(initialTransition(this.machine, input as never) as never);
    this.snapshot = snapshot;
    return { ...placeOf(snapshot), commands, handled: true };
  }

  /** An ended chart hears nothing; XState leaves that to its actor, so the rule stands here. */
  step(delivery: Delivery): Outcome {
    const before = this.snapshot as Snapshot;
    const ignored = Object.values(before.getMeta()).some((meta) =>
      meta?.ignores?.includes(delivery.type),
    );
    if (before.status !== "active") return { ...placeOf(before), commands: [], handled: ignored };
    const selected = this.machine.getTransitionData(before as never, delivery).length > 0;
    const next = transition(this.machine, before as never, delivery as never);
    const [snapshot, commands] = taken(next as never);
    this.snapshot = snapshot;
    const place = placeOf(snapshot);
    // an unselected message may still set off an `always`
    const moved = place.at !== placeOf(before).at || snapshot.context !== before.context;
    const handled = selected || ignored || moved || commands.length > 0;
    return { ...place, commands, handled };
  }
}

function taken([snapshot, actions]: readonly [Snapshot, ReadonlyArray<Executed>]): readonly [
  Snapshot,
  ReadonlyArray<Command>,
] {
  if (snapshot.status === "error") throw snapshot.error;
  return [snapshot, actions.flatMap(commandsOf)];
}

function placeOf(snapshot: Snapshot): Pick<Outcome, "at" | "context" | "done"> {
  const at = pathOf(snapshot.value).join(".");
  return { at, context: snapshot.context, done: snapshot.status === "done" };
}

function pathOf(value: unknown): ReadonlyArray<string> {
  if (typeof value === "string") return [value];
  const [entry, ...others] = Object.entries(value as object);
  if (entry === undefined || others.length > 0) throw new Error("not one active path");
  return [entry[0], ...pathOf(entry[1])];
}

function commandsOf({ type, params }: Executed): ReadonlyArray<Command> {
  if (type === "command") return Array.isArray(params) ? params : [params as Command];
  if (type === "xstate.cancel") {
    return [cancelTimer((params as { sendId: string }).sendId)];
  }
  if (type === "xstate.raise") {
    const { id, delay, event } = params as { id: string; delay?: number; event: Message };
    if (delay !== undefined) return [startTimer(id, delay, event)];
  }
  throw new Error(`XState asks for "${type}", which no shell executes`);
}

/** Writes delivery number `n` to an actor in this state: some messages answer what it said. */
export type Writer = (state: ChartState<never>, n: number) => Delivery;

/** What a comparison of states looks at; by default the state itself, copied. */
export interface Comparison {
  /** The persisted form, where a context holds more than plain data. */
  readonly encode?: (state: ChartState<never>) => unknown;
}

/**
 * Demands that the compiled `machine` and XState agree on `deliveries`, step by step, and that no
 * step touches the state before it. Gives back the states on the way.
 */
export function expectSameAsXState(
  machine: AnyStateMachine,
  input: unknown,
  deliveries: ReadonlyArray<Delivery | Writer>,
  { encode }: Comparison = {},
): ReadonlyArray<string> {
  const chart = compileChart(machine);
  const oracle = new Oracle(machine);
  const plain = (outcome: Outcome): Outcome => {
    const { at, context } = outcome;
    if (encode === undefined) return outcome;
    return { ...outcome, context: encode({ at, context: context as never }) };
  };
  const copy = encode ?? structuredClone;
  const first = chart.init(input);
  let state = first.state as ChartState<never>;
  let kept = copy(state);
  expect(plain(seen(first, chart)), "first step").toEqual(plain(oracle.init(input)));
  const visited = [state.at];
  deliveries.forEach((written, index) => {
    const delivery = typeof written === "function" ? written(state, index) : written;
    const before = state;
    const step = chart.step(before as never, delivery);
    state = step.state as ChartState<never>;
    visited.push(state.at);
    const where = `delivery ${index}, "${delivery.type}" in "${before.at}"`;
    expect(plain(seen(step, chart)), where).toEqual(plain(oracle.step(delivery)));
    const now = encode === undefined ? before : encode(before);
    expect(now, `${where}: the previous state stays valid`).toEqual(kept);
    if (state !== before) kept = copy(state);
    if (!step.handled) {
      expect(state, `${where}: unhandled`).toBe(before);
      expect(step.commands, `${where}: unhandled`).toHaveLength(0);
    }
  });
  return visited;
}

function seen(
  step: Step<ChartState<unknown>>,
  chart: { readonly isDone: (state: ChartState<never>) => boolean },
): Outcome {
  const { at, context } = step.state;
  const done = chart.isDone(step.state as ChartState<never>);
  return { at, context, done, commands: step.commands, handled: step.handled };
}

/** A delivery of `message`; what a test does not care about has a fixed value. */
export function deliveryOf<M extends Message>(
  message: M,
  rest: Partial<Pick<Delivery, "atUs" | "entropy" | "from" | "id">> = {},
): Delivery<M> {
  return {
    type: message.type,
    id: "test/sender#0" as MessageId,
    atUs: micros(0),
    entropy: 0 as Seed,
    from: address("test", "sender"),
    ...rest,
    message,
  } as unknown as Delivery<M>;
}

/** Types of the timer messages that the chart's `after` transitions wait for. */
export function timerTypes(machine: AnyStateMachine): ReadonlyArray<string> {
  const { states, ...root } = machine.definition;
  const below = Object.values(states).flatMap(function timers(node): Array<string> {
    const own = node.transitions.map((one) => one.eventType as string);
    return [...own, ...Object.values(node.states).flatMap(timers)];
  });
  const all = root.transitions.map((one) => one.eventType as string).concat(below);
  return [...new Set(all)].filter((type) => type.startsWith("xstate.after."));
}

/**
 * Sequences for {@link expectSameAsXState}: the actor's messages mixed with its timers' firings.
 * Time goes on by random gaps; ids, senders and entropy vary.
 */
export function sequencesOf(
  machine: AnyStateMachine,
  messages: fc.Arbitrary<Message>,
  length = 30,
): fc.Arbitrary<ReadonlyArray<Delivery>> {
  const timers = timerTypes(machine).map((type) => ({ type }));
  const message =
    timers.length === 0
      ? messages
      : fc.oneof(
          { weight: 4, arbitrary: messages },
          { weight: 1, arbitrary: fc.constantFrom(...timers) },
        );
  const one = fc.record({
    message,
    gap: fc.integer({ min: 0, max: 10_000_000 }),
    entropy: fc.nat({ max: 0xffffffff }),
    from: fc.integer({ min: 0, max: 3 }),
  });
  return fc
    .array(one, { minLength: Math.ceil(length / 2), maxLength: length, size: "max" })
    .map((items) => {
      let atUs = 1_000_000;
      return items.map((item, n): Delivery => {
        atUs += item.gap;
        const from = address("test", `s${item.from}`);
        const id = `${from}#${n}` as MessageId;
        const rest = { id, atUs: micros(atUs), entropy: item.entropy as Seed, from };
        return deliveryOf(item.message, rest);
      });
    });
}
