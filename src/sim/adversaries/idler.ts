/**
 * The idler takes every task that it is offered and runs none: while it is silent its leases have
 * to run out. The straggler flood is a group of nodes that do so at once, for a while.
 */
import type { NodeResumed } from "../../actors/edge/messages.ts";
import { toEdge } from "../../actors/node/membership.ts";
import type { NodeContext } from "../../actors/node/state.ts";
import { type Command, noCommands, startTimer } from "../../kernel/command.ts";
import type { Message } from "../../kernel/message.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import { type Bend, isOwnOutcome, startsRun, without } from "./bend.ts";
import { acted, type Role } from "./role.ts";

/** Its own timer: the silence is over. */
const END = "SilenceOver";

interface Silence {
  readonly fromUs: number;
  readonly untilUs: number;
  /** It does not say either that a lease ran out. */
  readonly isSilent: boolean;
}

export function idler(role: Role, { ends }: AdversaryOf<"idler">): Bend<NodeContext> {
  const { startUs: fromUs } = role.stage;
  return silence(role, { fromUs, untilUs: Number.POSITIVE_INFINITY, isSilent: ends === "silent" });
}

export function stragglerFlood(
  role: Role,
  { at, for: lasts }: AdversaryOf<"straggler-flood">,
): Bend<NodeContext> {
  const fromUs = role.stage.startUs + at;
  return silence(role, { fromUs, untilUs: fromUs + lasts, isSilent: true });
}

function silence(role: Role, { fromUs, untilUs, isSilent }: Silence): Bend<NodeContext> {
  const isOn = (atUs: number) => !role.stage.isOver && atUs >= fromUs && atUs < untilUs;
  const act = (atUs: number): ReadonlyArray<Command> => {
    acted(role);
    return untilUs === Number.POSITIVE_INFINITY
      ? noCommands
      : [startTimer(`adversary/${END}`, untilUs - atUs, { type: END })];
  };
  return {
    before: (delivery, { context }) => {
      const { atUs } = delivery;
      // An edge offers nothing to a node that has let a lease run out and says no word.
      if (delivery.type === END) return { instead: context.busy ? noCommands : isBack(context) };
      const isResult = delivery.type === "PortOutcome" && !isOwnOutcome(delivery);
      // What ran already when the silence begins is lost with the rest.
      return isResult && isOn(atUs) ? { instead: act(atUs) } : delivery;
    },
    after: (commands, { atUs }) => {
      if (!isOn(atUs)) return commands;
      const kept = commands.filter((each) => !startsRun(each));
      const said = isSilent ? without(kept, isExpiry) : kept;
      return kept.length < commands.length ? [...said, ...act(atUs)] : said;
    },
  };
}

function isBack(context: NodeContext): ReadonlyArray<Command> {
  const resumed: NodeResumed = { type: "NodeResumed" };
  return toEdge(context, resumed);
}

function isExpiry(message: Message & { readonly outcome?: unknown }): boolean {
  return message.type === "AttemptEnded" && message.outcome === "expired";
}
