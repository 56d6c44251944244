/** One machine's offer to the network: it runs what its edge assigns while its owner does not. */
import { Schema } from "effect";
import type { Behaviour } from "../../kernel/behaviour.ts";
import { type ChartState, compileChart } from "../../kernel/chart.ts";
import { startTimer } from "../../kernel/command.ts";
import { type Limits, production } from "../../kernel/limits.ts";
import { nodeMachine } from "./machine.ts";
import { type HostStarted, NodeMessage } from "./messages.ts";
import { NodeContext, type NodeInput } from "./state.ts";

const boot: HostStarted = { type: "HostStarted" };

export function makeNode(
  limits: Pick<Limits, "probeUs" | "joinUs"> = production,
): Behaviour<ChartState<NodeContext>, NodeMessage, NodeInput> {
  const { init, step, leaves } = compileChart(
    nodeMachine.provide({ delays: { probeTerm: limits.probeUs, joinTerm: limits.joinUs } }),
  );
  return {
    kind: "node",
    version: 2,
    State: Schema.Struct({ at: Schema.Literal(...leaves), context: NodeContext }),
    Message: NodeMessage,
    // the first step knows no time, so a machine that is up from the beginning wakes itself
    init: (input) => {
      const first = init(input);
      if (!input.starts) return first;
      return { ...first, commands: [...first.commands, startTimer("boot", 0, boot)] };
    },
    step,
  };
}
