/** Speaks to the chain for the network: credentials, roots of rewards, verdicts on escrows. */
import { Schema } from "effect";
import type { Behaviour } from "../../kernel/behaviour.ts";
import { type ChartState, compileChart } from "../../kernel/chart.ts";
import { treasurerMachine } from "./machine.ts";
import { TreasurerMessage } from "./messages.ts";
import { TreasurerContext, type TreasurerInput, type TreasurerRules } from "./state.ts";

export function makeTreasurer(
  rules: TreasurerRules,
): Behaviour<ChartState<TreasurerContext>, TreasurerMessage, TreasurerInput> {
  const { init, step, leaves } = compileChart(treasurerMachine(rules));
  return {
    kind: "treasurer",
    version: 1,
    State: Schema.Struct({ at: Schema.Literal(...leaves), context: TreasurerContext }),
    Message: TreasurerMessage,
    init,
    step,
  };
}
