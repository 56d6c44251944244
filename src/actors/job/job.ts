/** A job: asks for executions of its tasks, has results judged, pays for what agreed. */
import { Schema } from "effect";
import type { Behaviour } from "../../kernel/behaviour.ts";
import { type ChartState, compileChart } from "../../kernel/chart.ts";
import { jobMachine } from "./machine.ts";
import { JobMessage } from "./messages.ts";
import { JobContext, type JobInput } from "./state.ts";

export function makeJob(): Behaviour<ChartState<JobContext>, JobMessage, JobInput> {
  const { init, step, leaves } = compileChart(jobMachine);
  return {
    kind: "job",
    version: 2,
    State: Schema.Struct({ at: Schema.Literal(...leaves), context: JobContext }),
    Message: JobMessage,
    init,
    step,
  };
}
