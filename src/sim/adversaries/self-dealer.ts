/**
 * The self-dealer asks for tasks whose results it has already, marked by their size, and its nodes
 * answer those at once without computing: credit moves from one pocket to the other, and whatever
 * a reward adds on top would be profit.
 */

import type { ContributorContext } from "../../actors/contributor/state.ts";
import type { SubmitJob } from "../../actors/edge/messages.ts";
import type { NodeContext } from "../../actors/node/state.ts";
import { SECOND } from "../../kernel/duration.ts";
import { rightDigest } from "../environment/model-runner.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import {
  type Bend,
  changed,
  fromRunner,
  isOwnOutcome,
  offerIn,
  outcomeIn,
  pretending,
} from "./bend.ts";
import { refusal } from "./picker.ts";
import { acted, type Role } from "./role.ts";

/** Sizes with this remainder are the group's: one foreign task in a thousand looks like it. */
const MODULUS = 1_009;
const MARK = 7;

const isMarked = (mflop: number) => mflop % MODULUS === MARK;
const marked = (mflop: number) => Math.max(0, mflop - (mflop % MODULUS)) + MARK;

export function selfDealerAsks(role: Role): Bend<ContributorContext> {
  return {
    after: (commands) =>
      role.stage.isOver
        ? commands
        : changed(commands, "SubmitJob", (message) => {
            const job = message as SubmitJob;
            return { ...job, tasks: job.tasks.map(marked) };
          }),
  };
}

export function selfDealerWorks(
  role: Role,
  { others }: AdversaryOf<"self-dealer">,
): Bend<NodeContext> {
  const { stage } = role;
  return {
    before: (delivery, { context }) => {
      const outcome = outcomeIn(delivery);
      if (outcome !== undefined) {
        return isOwnOutcome(delivery) ? fromRunner(delivery, outcome) : delivery;
      }
      const offer = offerIn(delivery);
      const isWelcome = offer === undefined || isMarked(offer.mflop) || context.probation;
      if (isWelcome || others === "runs" || stage.isOver) return delivery;
      acted(role);
      return refusal(offer.attempt);
    },
    after: (commands) =>
      stage.isOver
        ? commands
        : pretending(commands, ({ request: { content, mflop } }) => {
            if (!isMarked(mflop)) return undefined;
            acted(role);
            return { digest: rightDigest(content), delayUs: SECOND };
          }),
  };
}
