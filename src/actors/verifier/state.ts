/** The verifier's memory is its policy's; a decision is the policy's judgement as a message. */
import { Schema } from "effect";
import type { Decision } from "../../kernel/chart.ts";
import { reply } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Judgement, VerificationPolicy } from "../../kernel/policies/verification.ts";
import type { Verdict } from "../job/messages.ts";
import type { Judge } from "./messages.ts";

export const VerifierInput = Schema.Struct({});
export type VerifierInput = typeof VerifierInput.Type;

/** The rule that a configuration names. */
export interface VerificationRule<P, S> {
  readonly policy: VerificationPolicy<P, S>;
  readonly params: P;
}

export interface VerifierContext<S> {
  readonly policy: S;
}

/** Judges all results of a task; what was finally judged is learned from. */
export function judge<P, S>({ policy, params }: VerificationRule<P, S>) {
  return (context: VerifierContext<S>, delivery: Delivery<Judge>): Decision<VerifierContext<S>> => {
    const { task, results } = delivery.message;
    const judgement = policy.judge(params, context.policy, results);
    const commands = [reply(verdictOf(task, judgement))];
    if (judgement.verdict === "more") return { context, commands };
    const learned = policy.learn(params, context.policy, results, judgement);
    return { context: { policy: learned }, commands };
  };
}

function verdictOf(task: string, judgement: Judgement): typeof Verdict.Type {
  const { verdict } = judgement;
  return {
    type: "Verdict",
    task,
    verdict,
    digest: verdict === "accepted" ? judgement.digest : "",
    executions: verdict === "more" ? judgement.executions : 0,
  };
}
