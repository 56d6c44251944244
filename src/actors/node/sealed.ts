/** Results that a node has committed to and keeps until their jobs ask for them. */
import { noCommands, send } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { ResultReported } from "../job/messages.ts";
import type { Reveal } from "./messages.ts";
import { type Decided, type NodeContext, noSealed, type SealedResult, withNode } from "./state.ts";

/** A job that ended never asks; what it left here is forgotten when newer results need the room. */
const SEALED_KEPT = 256;

export function seal(context: NodeContext, result: SealedResult): NodeContext {
  const kept =
    context.sealed.length < SEALED_KEPT ? context.sealed : context.sealed.slice(1 - SEALED_KEPT);
  const sealed = [...kept, result];
  return withNode(context, { sealed });
}

/** True for the job that a sealed result was committed to. */
export function isAskedToReveal(context: NodeContext, delivery: Delivery<Reveal>): boolean {
  const { attempt } = delivery.message;
  return context.sealed.some((each) => each.attempt === attempt && each.job === delivery.from);
}

export function reveal(context: NodeContext, delivery: Delivery<Reveal>): Decided {
  const found = context.sealed.find(({ attempt }) => attempt === delivery.message.attempt);
  if (found === undefined) return { context, commands: noCommands };
  const { task, attempt, token, digest, job } = found;
  const { owner } = context;
  const result: ResultReported = {
    type: "ResultReported",
    task,
    attempt,
    token,
    owner,
    digest,
    payload: "",
  };
  const others = context.sealed.filter((each) => each !== found);
  const sealed = others.length === 0 ? noSealed : others;
  return { context: withNode(context, { sealed }), commands: [send(job, result)] };
}
