/** A training run: asks for local steps, aggregates updates by its rule, takes outer steps. */
import { Schema } from "effect";
import type { Behaviour } from "../../kernel/behaviour.ts";
import { type ChartState, compileChart } from "../../kernel/chart.ts";
import { trainingMachine } from "./machine.ts";
import { TrainingMessage } from "./messages.ts";
import { TrainingContext, type TrainingInput, type TrainingRules } from "./state.ts";

export function makeTraining(
  rules: TrainingRules,
): Behaviour<ChartState<TrainingContext>, TrainingMessage, TrainingInput> {
  const { init, step, leaves } = compileChart(trainingMachine(rules));
  return {
    kind: "training",
    version: 2,
    State: Schema.Struct({ at: Schema.Literal(...leaves), context: TrainingContext }),
    Message: TrainingMessage,
    init,
    step,
  };
}
