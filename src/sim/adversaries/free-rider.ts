/**
 * The free rider: gives nothing, and its software ignores the gate that an honest contributor's
 * own software applies. It hands its demands to the edge whatever its standing; only the ledger
 * stands between it and service.
 */
import type { ContributorMessage, DemandAnswered } from "../../actors/contributor/messages.ts";
import type { ContributorContext } from "../../actors/contributor/state.ts";
import type { SubmitJob } from "../../actors/edge/messages.ts";
import { portAddress } from "../../kernel/address.ts";
import type { AnyBehaviour, Step } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { type Command, send } from "../../kernel/command.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";

type State = ChartState<ContributorContext>;

/** `acted` is called each time it does what an honest contributor would not. */
export function freeRider(honest: AnyBehaviour, acted: () => void): AnyBehaviour {
  return {
    ...honest,
    step: (state: State, delivery: Delivery<ContributorMessage>): Step<State> => {
      const step = honest.step(state, delivery) as Step<State>;
      const { message } = delivery;
      const { edge } = step.state.context;
      if (message.type === "DemandArrived" && edge !== null && refusesItself(step.commands)) {
        acted();
        const job: SubmitJob = { ...message, type: "SubmitJob" };
        return { state: step.state, commands: [send(edge, job)], handled: true };
      }
      if (message.type === "JobRefused" && !step.handled) {
        const answer: DemandAnswered = {
          type: "DemandAnswered",
          demand: message.demand,
          answer: "refused",
          reason: `${message.reason}: ${message.rule}`,
          spent: nanoVcu(0n),
        };
        return { ...step, commands: [send(portAddress("requester"), answer)], handled: true };
      }
      return step;
    },
  };
}

function refusesItself(commands: ReadonlyArray<Command>): boolean {
  return commands.some(
    (command) => command.command === "Send" && command.message.type === "DemandAnswered",
  );
}
