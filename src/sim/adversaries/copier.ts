/**
 * The copier computes nothing: it reports what a member or anybody else reported on the task. It
 * waits for a while to overhear something; where results are sealed until all have committed
 * there is nothing to hear in time.
 */
import type { ResultReported } from "../../actors/job/messages.ts";
import type { NodeContext } from "../../actors/node/state.ts";
import type { Observer } from "../core/simulator.ts";
import { rightDigest } from "../environment/model-runner.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import {
  type Bend,
  fromRunner,
  isOwnOutcome,
  nothingAtAll,
  outcomeIn,
  pretending,
  runOf,
  succeeded,
} from "./bend.ts";
import { acted, type Role } from "./role.ts";
import type { Blackboard } from "./stage.ts";

/** Stands for a digest that is not known yet. */
const UNKNOWN = "";

export function copier(role: Role, { wait, otherwise }: AdversaryOf<"copier">): Bend<NodeContext> {
  const { board, stage, self } = role;
  return {
    before: (delivery, { context }) => {
      const outcome = outcomeIn(delivery);
      if (outcome === undefined || !isOwnOutcome(delivery)) return delivery;
      const run = runOf(context, outcome.key);
      if (run === undefined) return fromRunner(delivery, outcome);
      const heard = board.overheard.get(run.task);
      if (heard !== undefined) {
        return fromRunner(delivery, succeeded(outcome.key, heard, run.mflop));
      }
      if (otherwise === "drops") return nothingAtAll;
      board.lies++;
      const guess = `x${rightDigest(`${run.content}|${self}`)}`;
      return fromRunner(delivery, succeeded(outcome.key, guess, run.mflop));
    },
    after: (commands) =>
      stage.isOver
        ? commands
        : pretending(commands, ({ deadlineUs }) => {
            acted(role);
            return { digest: UNKNOWN, delayUs: Math.floor(wait * deadlineUs) };
          }),
  };
}

/** Hears every result that reaches a job in the open. */
export function eavesdropper(boards: ReadonlyArray<Blackboard>): Observer {
  return {
    stepped: (actor, delivery) => {
      if (actor.behaviour.kind !== "job" || delivery.type !== "ResultReported") return;
      const { task, digest } = delivery.message as ResultReported;
      for (const { overheard } of boards) if (!overheard.has(task)) overheard.set(task, digest);
    },
    spawned: () => undefined,
    stopped: () => undefined,
  };
}
