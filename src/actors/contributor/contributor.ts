/** A person with machines: applies at the nearest edge, earns its standing, hands in demands. */
import { Schema } from "effect";
import type { Behaviour } from "../../kernel/behaviour.ts";
import { type ChartState, compileChart } from "../../kernel/chart.ts";
import { contributorMachine } from "./machine.ts";
import { ContributorMessage } from "./messages.ts";
import { ContributorContext, type ContributorInput } from "./state.ts";

export function makeContributor(): Behaviour<
  ChartState<ContributorContext>,
  ContributorMessage,
  ContributorInput
> {
  const { init, step, leaves } = compileChart(contributorMachine);
  return {
    kind: "contributor",
    version: 1,
    State: Schema.Struct({ at: Schema.Literal(...leaves), context: ContributorContext }),
    Message: ContributorMessage,
    init,
    step,
  };
}
