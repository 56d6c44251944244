/** Says which results of a task are believed, by the policy that it is given. */
import { Schema } from "effect";
import type { Behaviour } from "../../kernel/behaviour.ts";
import { type ChartState, compileChart } from "../../kernel/chart.ts";
import { verifierMachine } from "./machine.ts";
import { VerifierMessage } from "./messages.ts";
import {
  type VerificationRule,
  type VerifierContext,
  type VerifierInput,
  verifierContextSchema,
} from "./state.ts";

export function makeVerifier<P, S>(
  rule: VerificationRule<P, S>,
): Behaviour<ChartState<VerifierContext<S>>, VerifierMessage, VerifierInput> {
  const { init, step, leaves } = compileChart(verifierMachine(rule));
  const context = verifierContextSchema(rule);
  return {
    kind: "verifier",
    version: 2,
    State: Schema.Struct({ at: Schema.Literal(...leaves), context }),
    Message: VerifierMessage,
    init,
    step,
  };
}
