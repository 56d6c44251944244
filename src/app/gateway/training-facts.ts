/** What people are shown of a training run: its rounds stand where a job has tasks. */
import { idOf } from "../../kernel/address.ts";
import { inVcu } from "../../kernel/credit.ts";
import type { Training } from "../live/views/trainings.ts";
import type { JobFacts, LogFacts, TaskFacts } from "./network-handle.ts";

export function factsOfTraining(training: Training): JobFacts {
  const { at, reason, spent, endedUs, used, late, dropped, workers } = training;
  return {
    job: training.training,
    state: stateOf(training),
    reason,
    running: training.open,
    done: training.round,
    spent,
    endedUs: endedUs === 0 ? null : endedUs,
    training: { at, workers, used, late, dropped, state: training.state },
  };
}

function stateOf({ endedUs, at, refused, admittedUs }: Training): JobFacts["state"] {
  if (endedUs === 0) return admittedUs > 0 || at !== "opening" ? "running" : "waiting";
  if (refused) return "refused";
  return at === "failed" ? "failed" : "settled";
}

/** One entry a round; only the last state is kept, so a round has no result of its own. */
export function roundsOf({ rounds, round, byRound, endedUs }: Training): ReadonlyArray<TaskFacts> {
  return Array.from({ length: rounds }, (_, index) => {
    const nodes = byRound[index]?.nodes ?? [];
    const later = endedUs > 0 ? "given-up" : index === round ? "running" : "waiting";
    return {
      state: index < round ? "done" : later,
      digest: null,
      executions: nodes.length,
      nodes: [...new Set(nodes.map(idOf))],
    };
  });
}

export function linesOfTraining(training: Training): ReadonlyArray<LogFacts> {
  const { training: actor, edge, submittedUs, admittedUs, endedUs, byRound, workers } = training;
  const lines: Array<LogFacts> = [{ atUs: submittedUs, actor: edge, what: `opens ${actor}` }];
  if (admittedUs > 0) lines.push({ atUs: admittedUs, actor, what: "has its price in escrow" });
  for (const [index, { nodes, atUs }] of byRound.entries()) {
    if (nodes.length === 0) continue;
    const who = nodes.map(idOf).join(", ");
    const what = `has ${nodes.length} of ${workers} updates of round ${index} (${who})`;
    lines.push({ atUs, actor, what });
  }
  if (endedUs > 0) {
    const { used, late, dropped, spent, refunded } = training;
    const what =
      `is ${stateOf(training)} after ${training.round} rounds: ` +
      `${used} updates used, ${late} late, ` +
      `${dropped} left out; ${inVcu(spent)} paid, ${inVcu(refunded)} returned`;
    lines.push({ atUs: endedUs, actor, what });
  }
  return lines;
}
