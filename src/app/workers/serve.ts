/** The child's side of a pool: one task at a time until the parent goes. */
import { resolve as resolvePath } from "node:path";
import { inputsUnder, OURS, ruleSetNamed } from "../../sim/compare/rule-sets.ts";
import { Run } from "../../sim/run/run.ts";
import { judge } from "../../sim/swarm/judge.ts";
import { caseOf, shrink } from "../../sim/swarm/shrink.ts";
import { CommandError, Exit, exitOf, reportOf } from "../outcome.ts";
import { drive } from "../sim/drive.ts";
import { loadOwnRules } from "../sim/load-own-rules.ts";
import { readScenario } from "../sim/read-inputs.ts";
import type {
  AnswerOf,
  Reply,
  ShrinkAnswer,
  ShrinkTask,
  SwarmAnswer,
  SwarmTask,
  SweepAnswer,
  SweepTask,
  Task,
} from "./task.ts";

/** Serves until the parent disconnects. */
export async function serve(): Promise<Exit> {
  if (process.send === undefined) {
    throw new CommandError("worker is started by sweep and swarm; use one of these");
  }
  // Ctrl-C reaches the whole group: the parent decides what happens.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  process.channel?.ref();
  process.on("message", (task: Task) => {
    void reply(task).then((message) => process.send?.(message));
  });
  await new Promise<void>((resolve) => {
    process.once("disconnect", resolve);
  });
  return Exit.fine;
}

async function reply(task: Task): Promise<Reply> {
  try {
    return { ok: true, answer: await answerTo(task) };
  } catch (error) {
    return { ok: false, error: reportOf(error) };
  }
}

async function answerTo(task: Task): Promise<AnswerOf[Task["kind"]]> {
  switch (task.kind) {
    case "sweep":
      return await sweepCell(task);
    case "swarm":
      return swarmRun(task);
    case "shrink":
      return shrunkCase(task);
    default:
      return task satisfies never;
  }
}

async function sweepCell(task: SweepTask): Promise<SweepAnswer> {
  const { file, seed, overrides, rules = OURS } = task;
  const { inputs } = await readScenario(resolvePath(file), overrides, seed);
  await loadOwnRules([rules], ".");
  const run = new Run(inputsUnder(ruleSetNamed(rules, "--policies"), inputs));
  await drive(run);
  const result = run.result();
  const { hash, events, metrics, checks } = result;
  const missed = checks.filter(({ pass }) => !pass).map(({ name }) => name);
  return { hash, events, metrics, missed, exit: exitOf(result) };
}

function swarmRun({ seed, defect, twice }: SwarmTask): SwarmAnswer {
  const drawn = caseOf(seed);
  const { failure = null, ...judged } = judge(drawn, defect);
  return { ...judged, failure, again: twice ? judge(drawn, defect).hash : null };
}

function shrunkCase({ seed, defect, tries, seconds }: ShrinkTask): ShrinkAnswer {
  const endMs = performance.now() + seconds * 1_000;
  const expired = () => performance.now() > endMs;
  return { shrunk: shrink(seed, { defect, tries, expired }) ?? null };
}
