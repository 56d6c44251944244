/** Actions and guards as plain functions over the registers of one step. */
import { type Command, cancelTimer, noCommands } from "../command.ts";
import { invariant } from "../invariant.ts";
import type { ChartSource } from "./node.ts";
import { ChartUnsupported } from "./unsupported.ts";

/** Registers of the step in progress; also the `{ context, event }` that user functions get. */
export interface Registers {
  context: unknown;
  event: unknown;
  commands: ReadonlyArray<Command>;
  /** True if `commands` was built here and may grow; false if it is a user's own array. */
  owned: boolean;
  /** XState's notion of a new snapshot: assigned, or another leaf. Drives `always`. */
  changed: boolean;
}

export type Decider = (
  context: unknown,
  event: unknown,
) => { readonly context: unknown; readonly commands: ReadonlyArray<Command> };

/** Where `decide` keeps its function on the action that XState sees. */
export const decider: unique symbol = Symbol("decide");

export interface Operation {
  readonly apply: (registers: Registers) => void;
  /** Set for `decide`: the step may call it directly. */
  readonly decider: Decider | undefined;
}

export type Guard = (registers: Registers) => unknown;

type Expression = (args: unknown, params?: unknown) => unknown;
type Named = { readonly type: string; readonly params?: unknown };

function append(registers: Registers, more: ReadonlyArray<Command>): void {
  if (more.length === 0) return;
  if (registers.commands.length === 0) {
    registers.commands = more;
    registers.owned = false;
  } else if (registers.owned) {
    (registers.commands as Array<Command>).push(...more);
  } else {
    registers.commands = [...registers.commands, ...more];
    registers.owned = true;
  }
}

/** Translates one action as written by the user. */
export function operationOf(action: unknown, at: string, chart: ChartSource): Operation {
  if (typeof action === "function") return builtIn(action, undefined, at);
  const named = (typeof action === "string" ? { type: action } : action) as Named;
  if (named.type === "command") return commandOperation(named, at);
  const implementation = chart.implementations.actions[named.type];
  if (typeof implementation !== "function" || !("resolve" in implementation)) {
    throw new ChartUnsupported(`the custom action "${named.type}"`, at);
  }
  return builtIn(implementation, named.params, at);
}

function commandOperation(named: Named, at: string): Operation {
  const { params } = named;
  if (params === undefined) throw new ChartUnsupported('a "command" without params', at);
  if (typeof params !== "function") {
    const commands = commandsOf(params);
    return { apply: (registers) => append(registers, commands), decider: undefined };
  }
  const compute = params as Expression;
  const apply = (registers: Registers) => append(registers, commandsOf(compute(registers)));
  return { apply, decider: undefined };
}

function commandsOf(value: unknown): ReadonlyArray<Command> {
  return Array.isArray(value) ? value : [value as Command];
}

function builtIn(action: object, params: unknown, at: string): Operation {
  const { type } = action as { readonly type?: string };
  const decides = (action as { readonly [decider]?: Decider })[decider];
  if (decides !== undefined && params === undefined) return decideOperation(decides);
  if (type === "xstate.assign") {
    const { assignment } = action as { readonly assignment?: unknown };
    return { apply: assignOperation(assignment, params), decider: undefined };
  }
  const name = (action as { readonly name?: string }).name;
  throw new ChartUnsupported(
    type === undefined
      ? `the function "${name || "anonymous"}" as an action: use decide, assign or command`
      : `the action "${type.replace("xstate.", "")}"`,
    at,
  );
}

function decideOperation(decides: Decider): Operation {
  const apply = (registers: Registers): void => {
    const { context, commands } = decides(registers.context, registers.event);
    registers.context = context;
    registers.changed = true;
    append(registers, commands);
  };
  return { apply, decider: decides };
}

function assignOperation(assignment: unknown, params: unknown): (registers: Registers) => void {
  const update = typeof assignment === "function" ? (assignment as Expression) : perKey(assignment);
  const given = paramsOf(params);
  return (registers) => {
    const part = update(registers, given(registers)) as object;
    registers.context = { ...(registers.context as object), ...part };
    registers.changed = true;
  };
}

function perKey(assignment: unknown): Expression {
  const entries = Object.entries(assignment as Record<string, unknown>);
  return (args, params) => {
    const part: Record<string, unknown> = {};
    for (const [key, value] of entries) {
      part[key] = typeof value === "function" ? (value as Expression)(args, params) : value;
    }
    return part;
  };
}

function paramsOf(params: unknown): Expression {
  return typeof params === "function" ? (params as Expression) : () => params;
}

/** The timer that a state with `after` starts on entry. */
export function startTimerOperation(key: string, delay: unknown): Operation {
  const message = Object.freeze({ type: key });
  const delayOf = typeof delay === "function" ? (delay as Expression) : () => delay;
  const apply = (registers: Registers): void => {
    const delayUs = delayOf(registers);
    invariant(
      typeof delayUs === "number" && Number.isSafeInteger(delayUs) && delayUs >= 0,
      `${key}: a delay is a count of microseconds, not ${String(delayUs)}`,
    );
    append(registers, [{ command: "StartTimer", key, delayUs, message }]);
  };
  return { apply, decider: undefined };
}

export function cancelTimerOperation(key: string): Operation {
  const commands = [cancelTimer(key)];
  return { apply: (registers) => append(registers, commands), decider: undefined };
}

/** Translates a guard; `undefined` always passes. */
export function guardOf(guard: unknown, at: string, chart: ChartSource): Guard | undefined {
  if (guard === undefined) return undefined;
  if (typeof guard === "function") return vetGuard(guard, at);
  const named = (typeof guard === "string" ? { type: guard } : guard) as Named;
  const implementation = chart.implementations.guards[named.type];
  if (implementation === undefined) {
    throw new ChartUnsupported(`the undefined guard "${named.type}"`, at);
  }
  const test = vetGuard(implementation, at);
  if (named.params === undefined) return test;
  const given = paramsOf(named.params);
  return (registers) => test(registers, given(registers));
}

function vetGuard(guard: unknown, at: string): Expression {
  if (typeof guard !== "function") throw new ChartUnsupported("a guard that is no function", at);
  if ("check" in guard) throw new ChartUnsupported(`the guard "${guard.name}(…)"`, at);
  return guard as Expression;
}

export function freshRegisters(): Registers {
  return {
    context: undefined,
    event: undefined,
    commands: noCommands,
    owned: false,
    changed: false,
  };
}
