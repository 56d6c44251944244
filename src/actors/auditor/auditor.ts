/** Recounts each closed epoch of the ledger and says whether it adds up. */
import { Schema } from "effect";
import type { Behaviour } from "../../kernel/behaviour.ts";
import { type ChartState, compileChart } from "../../kernel/chart.ts";
import { auditorMachine } from "./machine.ts";
import { AuditorMessage } from "./messages.ts";
import { AuditorContext, type AuditorInput } from "./state.ts";

export function makeAuditor(): Behaviour<ChartState<AuditorContext>, AuditorMessage, AuditorInput> {
  const { init, step, leaves } = compileChart(auditorMachine);
  return {
    kind: "auditor",
    version: 1,
    State: Schema.Struct({ at: Schema.Literal(...leaves), context: AuditorContext }),
    Message: AuditorMessage,
    init,
    step,
  };
}
