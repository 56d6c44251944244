/** A region's edge: knows its nodes, keeps the queue, brings work and idle CPUs together. */
import { Schema } from "effect";
import type { Behaviour } from "../../kernel/behaviour.ts";
import { type ChartState, compileChart } from "../../kernel/chart.ts";
import { edgeMachine } from "./machine.ts";
import { EdgeMessage } from "./messages.ts";
import { type EdgeContext, type EdgeInput, type EdgeRules, edgeContextSchema } from "./state.ts";

export function makeEdge(
  rules: EdgeRules,
): Behaviour<ChartState<EdgeContext>, EdgeMessage, EdgeInput> {
  const { init, step, leaves } = compileChart(edgeMachine(rules));
  const context = edgeContextSchema(rules);
  return {
    kind: "edge",
    version: 2,
    State: Schema.Struct({ at: Schema.Literal(...leaves), context }),
    Message: EdgeMessage,
    init,
    step,
  };
}
