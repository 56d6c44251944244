/** A verifier only judges: its memory is the policy's, its chart one state. */
import { chartSetup, decide } from "../../kernel/chart.ts";
import type { VerifierMessage } from "./messages.ts";
import { judge, type VerificationRule, type VerifierContext, type VerifierInput } from "./state.ts";

export function verifierMachine<P, S>(rule: VerificationRule<P, S>) {
  return chartSetup<VerifierContext<S>, VerifierMessage, VerifierInput>()().createMachine({
    id: "verifier",
    context: () => ({ policy: rule.policy.init(rule.params) }),
    initial: "judging",
    states: { judging: { on: { Judge: { actions: decide(judge(rule)) } } } },
  });
}
