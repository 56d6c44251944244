/**
 * Asks of the chain. An ask is kept until it has a final answer; a call is one attempt at it, under
 * a key of its own. The chain does an intent once, so to ask again costs nothing but time.
 */
import type { Address } from "../../kernel/address.ts";
import { noCommands, portCall, startTimer } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { MINUTE } from "../../kernel/duration.ts";
import { CHAIN, type ChainOutcome, type ChainRequest } from "../../kernel/ports/chain.ts";
import type { AskDue } from "./messages.ts";
import type { Ask, Decided, TreasurerContext } from "./state.ts";

/** Calls that are under way at once, at the most. */
const WINDOW = 8;
/** From then on the longest pause holds anyway. */
const DOUBLINGS_MOST = 20;
const VERDICT_PAUSE_US = 5 * MINUTE;

/** Wants something of the chain; an intent that is wanted already is wanted once. */
export function want(
  context: TreasurerContext,
  intent: string,
  { request, owner }: { readonly request: ChainRequest; readonly owner: Address | null },
): TreasurerContext {
  if (context.asks.has(intent)) return context;
  const asks = context.asks.set(intent, { request, owner, key: "" });
  return { ...context, asks, queue: [...context.queue, intent] };
}

/** Calls the chain for what waits, as far as the window goes. */
export function dispatch({ context, commands }: Decided): Decided {
  return call({ context, commands }, WINDOW - context.underWay);
}

/** One call shows whether the chain is there again. */
export function probe(context: TreasurerContext): Decided {
  return call({ context, commands: noCommands }, 1);
}

function call({ context, commands }: Decided, most: number): Decided {
  const next = context.queue.slice(0, Math.max(0, most));
  if (next.length === 0) return { context, commands };
  const { deadlineUs } = context.input.pace;
  const out = [...commands];
  let { asks, calls } = context;
  for (const intent of next) {
    const ask = asks.get(intent) as Ask;
    calls += 1;
    const key = `${intent}#${calls}`;
    asks = asks.set(intent, { ...ask, key });
    out.push(portCall(CHAIN, key, ask.request, deadlineUs));
  }
  const queue = context.queue.slice(next.length);
  const underWay = context.underWay + next.length;
  return { context: { ...context, asks, calls, queue, underWay }, commands: out };
}

/** The intent of a call's key. */
export function intentOf(key: string): string {
  return key.slice(0, key.lastIndexOf("#"));
}

/** True for the answer to a call that is under way; answers to older ones say nothing new. */
export function isAwaited(
  { asks }: TreasurerContext,
  { message }: Delivery<ChainOutcome>,
): boolean {
  return asks.get(intentOf(message.key))?.key === message.key;
}

/** True if the chain was not reached: no fault of what was asked. */
export function isAbsence({ message: { outcome } }: Delivery<ChainOutcome>): boolean {
  if (outcome.ok) return false;
  const { reason } = outcome;
  return reason === "unreachable" || reason === "contradicted" || reason === "deadline";
}

/** What was asked waits at the head of the queue until the chain is there again. */
export function putBack(context: TreasurerContext, { message }: Delivery<ChainOutcome>): Decided {
  const intent = intentOf(message.key);
  const ask = context.asks.get(intent) as Ask;
  const asks = context.asks.set(intent, { ...ask, key: "" });
  const queue = [intent, ...context.queue];
  const underWay = context.underWay - 1;
  return { context: { ...context, asks, queue, underWay }, commands: noCommands };
}

/** As {@link putBack}, and the next pause is twice as long. */
export function noteAbsence(context: TreasurerContext, delivery: Delivery<ChainOutcome>): Decided {
  const { context: after, commands } = putBack(context, delivery);
  return { context: { ...after, failures: after.failures + 1 }, commands };
}

/** How long the chain is left alone. */
export function pauseOf({ failures, input: { pace } }: TreasurerContext): number {
  const doublings = Math.min(Math.max(0, failures - 1), DOUBLINGS_MOST);
  return Math.min(pace.longestPauseUs, pace.pauseUs * (1 << doublings));
}

/** What the chain does not allow yet, or has no coins for, is asked for again later. */
export function postpone(context: TreasurerContext, intent: string): Decided {
  const ask = context.asks.get(intent) as Ask;
  const { earlyUs } = context.input.pace;
  // an escrow's judging time runs out, and silence pays whoever submitted whatever
  const waitUs =
    ask.request.type === "SettleEscrow" ? Math.min(earlyUs, VERDICT_PAUSE_US) : earlyUs;
  const asks = context.asks.set(intent, { ...ask, key: "" });
  const due: AskDue = { type: "AskDue", intent };
  return {
    context: { ...context, asks, underWay: context.underWay - 1, failures: 0 },
    commands: [startTimer(`ask/${intent}`, waitUs, due)],
  };
}

/** A postponed ask stands in line again. */
export function askAgain(context: TreasurerContext, { message }: Delivery<AskDue>): Decided {
  const { intent } = message;
  const ask = context.asks.get(intent);
  const waits = ask !== undefined && ask.key === "" && !context.queue.includes(intent);
  const queue = waits ? [...context.queue, intent] : context.queue;
  return { context: { ...context, queue }, commands: noCommands };
}

/** An ask has its final answer. */
export function answered(context: TreasurerContext, intent: string): TreasurerContext {
  const asks = context.asks.delete(intent);
  return { ...context, asks, underWay: context.underWay - 1, failures: 0 };
}
