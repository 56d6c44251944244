/**
 * How an adversary is made of an honest actor: it sees each delivery before the honest behaviour
 * and each command after it, and may drop, delay, alter and add. The honest state is the state.
 */
import type { Assign } from "../../actors/node/messages.ts";
import type { NodeContext, Run } from "../../actors/node/state.ts";
import { type Address, portAddress } from "../../kernel/address.ts";
import type { AnyBehaviour, Step } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import {
  type Command,
  cancelTimer,
  type PortCall,
  send,
  startTimer,
} from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Message } from "../../kernel/message.ts";
import {
  type AbortRun,
  RUNNER,
  type RunModel,
  type RunnerOutcome,
} from "../../kernel/ports/model-runner.ts";

/** The honest behaviour does not see the delivery: this happens in its place. */
export interface Instead {
  readonly instead: ReadonlyArray<Command>;
}

export interface Bend<Context> {
  /** What the honest behaviour is shown. */
  readonly before?: (delivery: Delivery, state: ChartState<Context>) => Delivery | Instead;
  /** What becomes of its commands; `context` is the one after the step. */
  readonly after?: (
    commands: ReadonlyArray<Command>,
    delivery: Delivery,
    context: Context,
  ) => ReadonlyArray<Command>;
}

export const nothingAtAll: Instead = { instead: [] };

export function bent<Context>(honest: AnyBehaviour, bend: Bend<Context>): AnyBehaviour {
  type State = ChartState<Context>;
  return {
    ...honest,
    step: (state: State, delivery: Delivery): Step<State> => {
      const shown = bend.before?.(delivery, state) ?? delivery;
      if ("instead" in shown) return { state, commands: shown.instead, handled: true };
      const step = honest.step(state, shown) as Step<State>;
      // A reply goes to whoever the shell saw, so one to somebody else is sent.
      const own =
        shown.from === delivery.from
          ? step.commands
          : step.commands.map((each) =>
              each.command === "Reply" ? send(shown.from, each.message) : each,
            );
      const commands = bend.after?.(own, shown, step.state.context) ?? own;
      return { state: step.state, commands, handled: step.handled };
    },
  };
}

/** The delivery with other content, or from somebody else. */
export function altered(delivery: Delivery, message: Message, from?: Address): Delivery {
  const { id, atUs, entropy } = delivery;
  return { type: message.type, id, atUs, entropy, from: from ?? delivery.from, message };
}

/** The delivery comes again after so long, from the actor's own timer. */
export function later(key: string, delivery: Delivery, delayUs: number): Instead {
  return { instead: [startTimer(`adversary/${key}`, delayUs, delivery.message)] };
}

const runner = portAddress(RUNNER);

/** The outcome of a run, from the runner or from a timer that stands for it. */
export function outcomeIn(delivery: Delivery): RunnerOutcome | undefined {
  return delivery.type === "PortOutcome" ? (delivery.message as RunnerOutcome) : undefined;
}

/** True for an outcome that this adversary made up or held back itself. */
export function isOwnOutcome(delivery: Delivery): boolean {
  return delivery.type === "PortOutcome" && delivery.from !== runner;
}

export function fromRunner(delivery: Delivery, outcome: RunnerOutcome): Delivery {
  return altered(delivery, outcome, runner);
}

export function offerIn(delivery: Delivery): Assign | undefined {
  return delivery.type === "Assign" ? (delivery.message as Assign) : undefined;
}

/** The run that a call of the runner belongs to: nodes name calls `<attempt>/<k>`. */
export function runOf({ runs }: NodeContext, key: string): Run | undefined {
  return runs.find(({ attempt }) => key.startsWith(`${attempt}/`));
}

export function succeeded(key: string, digest: string, mflop: number): RunnerOutcome {
  const value = { digest, doneMflop: mflop, payload: "", fetchUs: 0 };
  return { type: "PortOutcome", port: RUNNER, key, outcome: { ok: true, value } };
}

/** A call that starts a run. */
export interface StartsRun extends PortCall {
  readonly request: RunModel;
}

export function startsRun(command: Command): command is StartsRun {
  return command.command === "PortCall" && command.request.type === "RunModel";
}

function abortsRun(command: Command): command is PortCall & { readonly request: AbortRun } {
  return command.command === "PortCall" && command.request.type === "AbortRun";
}

/**
 * Runs that `pretend` answers are not computed: its outcome comes after its delay instead. An
 * abort ends the pretence as it would end the run.
 */
export function pretending(
  commands: ReadonlyArray<Command>,
  pretend: (call: StartsRun) => { readonly digest: string; readonly delayUs: number } | undefined,
): ReadonlyArray<Command> {
  return commands.flatMap((command): ReadonlyArray<Command> => {
    if (abortsRun(command)) return [cancelTimer(`adversary/${command.request.run}`), command];
    const made = startsRun(command) ? pretend(command) : undefined;
    if (made === undefined || !startsRun(command)) return [command];
    const { key, request, deadlineUs } = command;
    const outcome = succeeded(key, made.digest, request.mflop);
    return [startTimer(`adversary/${key}`, Math.min(deadlineUs, made.delayUs), outcome)];
  });
}

/** Commands without those that send a message of this type. */
export function without(
  commands: ReadonlyArray<Command>,
  isUnwanted: (message: Message) => boolean,
): ReadonlyArray<Command> {
  return commands.filter(
    (each) => !((each.command === "Send" || each.command === "Reply") && isUnwanted(each.message)),
  );
}

/** Messages of this type as `change` would have them. */
export function changed(
  commands: ReadonlyArray<Command>,
  type: string,
  change: (message: Message) => Message,
): ReadonlyArray<Command> {
  return commands.map((each) =>
    (each.command === "Send" || each.command === "Reply") && each.message.type === type
      ? { ...each, message: change(each.message) }
      : each,
  );
}
