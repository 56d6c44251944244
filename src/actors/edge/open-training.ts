/** Training runs of an edge: those of the operator, and those that contributors hand in. */
import { type Address, address, idOf } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { spawn } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";
import type { AdmitTraining, SubmitTraining } from "./messages.ts";
import type { EdgeContext, EdgeRules, TaskRecord } from "./state.ts";
import { beginTurn, endTurn, type Turn } from "./turn.ts";

type Decided = Decision<EdgeContext>;

/** From now on its wishes are heard. */
export function admitTraining(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<AdmitTraining>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  hear(turn, delivery.message.training, { commons: true });
  return endTurn(turn);
}

function hear(turn: Turn, training: Address, { commons }: { readonly commons: boolean }): void {
  const record = { commons, announced: 0, tasks: VersionedMap.empty<string, TaskRecord>() };
  turn.next.jobs = turn.next.jobs.set(training, record);
}

/**
 * Spawns the run that a contributor pays for. Its name follows from whose it is and which, so that
 * the same demand never becomes a second run.
 */
export function openTraining(
  rules: EdgeRules,
  context: EdgeContext,
  delivery: Delivery<SubmitTraining>,
): Decided {
  const turn = beginTurn(rules, context, delivery);
  const { edge, ledger, limits, gate } = context.input;
  const { from: requester, message } = delivery;
  const { demand, run } = message;
  const { plan, parameters, ...rest } = run;
  const training = address("training", `${idOf(edge)}.${idOf(requester)}-${demand}`);
  hear(turn, training, { commons: false });
  const input = {
    training,
    edge,
    ledger: gate === "open" ? null : ledger,
    requester,
    demand,
    ...rest,
    theta: [],
    reference: { plan, parameters },
    limits,
  };
  turn.commands.push(spawn(training, input));
  return endTurn(turn);
}
