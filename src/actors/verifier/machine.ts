/** A verifier judges and looks again: its memory is in its context, its chart one state. */
import { chartSetup, decide } from "../../kernel/chart.ts";
import { reexamine } from "./appeal.ts";
import { judge, weigh } from "./judging.ts";
import type { VerifierMessage } from "./messages.ts";
import {
  newVerifier,
  type VerificationRule,
  type VerifierContext,
  type VerifierInput,
} from "./state.ts";

export function verifierMachine<P, S>(rule: VerificationRule<P, S>) {
  return chartSetup<VerifierContext<S>, VerifierMessage, VerifierInput>()({
    guards: {
      isFromLedger: ({ context, event }) => event.from === context.input.ledger,
    },
  }).createMachine({
    id: "verifier",
    context: ({ input }) => newVerifier(input, rule.policy.init(rule.params)),
    initial: "judging",
    states: {
      judging: {
        on: {
          Weigh: { actions: decide(weigh(rule)) },
          Judge: { actions: decide(judge(rule)) },
          // nobody else may have a task run again at the expense of all
          Reexamine: [{ guard: "isFromLedger", actions: decide(reexamine) }, {}],
        },
      },
    },
  });
}
