/** The one keeper of credit, escrow and standing. */
import { Schema } from "effect";
import type { Behaviour } from "../../kernel/behaviour.ts";
import { type ChartState, compileChart } from "../../kernel/chart.ts";
import { ledgerMachine } from "./machine.ts";
import { LedgerMessage } from "./messages.ts";
import { LedgerContext, type LedgerInput } from "./state.ts";

export function makeLedger(): Behaviour<ChartState<LedgerContext>, LedgerMessage, LedgerInput> {
  const { init, step, leaves } = compileChart(ledgerMachine);
  return {
    kind: "ledger",
    version: 1,
    State: Schema.Struct({ at: Schema.Literal(...leaves), context: LedgerContext }),
    Message: LedgerMessage,
    init,
    step,
  };
}
