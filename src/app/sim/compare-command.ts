/** `pingo sim compare`: the scenario's own rules and others under the same seeds. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Comparison, compareRuns } from "../../sim/compare/comparison.ts";
import { OURS, ruleSetNamed } from "../../sim/compare/rule-sets.ts";
import type { Override } from "../../sim/scenario/overrides.ts";
import { makeFolder, writeWhole } from "../files.ts";
import { CommandError, Exit, worstOf } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print.ts";
import { Progress, partsText } from "../terminal/progress.ts";
import { Pool } from "../workers/pool.ts";
import type { SweepAnswer } from "../workers/task.ts";
import { printComparison } from "./comparison-text.ts";
import { loadOwnRules } from "./load-own-rules.ts";
import { pricesOf } from "./prices.ts";
import { overridesOf, readScenario } from "./read-inputs.ts";
import { runAgain } from "./run-again.ts";

export interface CompareFlags {
  readonly policies: string;
  readonly seeds: number;
  readonly firstSeed?: number;
  readonly set: ReadonlyArray<string>;
  readonly until?: string;
  readonly workers?: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly cloudCoreHour?: number;
  readonly vcuHour?: number;
}

/** One run of a set of rules under a seed. */
interface Cell {
  readonly policy: string;
  readonly seed: number;
}

interface Compared {
  readonly answers: ReadonlyArray<SweepAnswer | undefined>;
  readonly interrupted: boolean;
  readonly wallMs: number;
}

export async function compare(file: string, flags: CompareFlags): Promise<Exit> {
  const overrides = overridesOf(flags);
  const policies = await policiesOf(flags.policies);
  const { scenario } = (await readScenario(file, overrides)).inputs;
  // A rule that does not fit the scenario is told before anything runs.
  for (const policy of policies) ruleSetNamed(policy, "--policies").apply(scenario);
  const first = flags.firstSeed ?? 1;
  const seeds = Array.from({ length: flags.seeds }, (_, i) => first + i);
  // Seed by seed, so that what an interrupted command leaves can be compared.
  const cells = seeds.flatMap((seed) => policies.map((policy): Cell => ({ policy, seed })));
  const folder = flags.out ?? join("out", `compare-${scenario.name}`);
  makeFolder(folder);
  const { answers, interrupted, wallMs } = await runCells(file, { cells, overrides, flags });
  const comparison = comparisonOf(scenario.name, { policies, seeds, answers });
  const numbered = ["--policies", policies.join(","), "--seeds", String(flags.seeds)];
  const from = flags.firstSeed === undefined ? [] : ["--first-seed", String(flags.firstSeed)];
  const replay = runAgain("compare", file, flags, [...numbered, ...from]);
  const files = await written(comparison, replay, folder);
  const missed = [...new Set(answersOf(OURS, cells, answers).flatMap((each) => each.missed))];
  if (flags.json === true) {
    const stopped = interrupted ? { interrupted: true } : {};
    printJson({ ...comparison, wallMs: Math.round(wallMs), ...stopped });
  } else {
    const prices = pricesOf(flags);
    printComparison({ comparison, missed: missed.sort(), wallMs, prices, interrupted, files });
  }
  if (interrupted) return Exit.interrupted;
  return worstOf(answersOf(OURS, cells, answers).map(({ exit }) => exit));
}

async function policiesOf(list: string): Promise<ReadonlyArray<string>> {
  const names = list.split(",").map((name) => name.trim());
  const policies = [...new Set(names)].filter((name) => name !== "");
  await loadOwnRules(policies, ".");
  for (const name of policies) ruleSetNamed(name, "--policies");
  if (policies.length < 2) {
    throw new CommandError(
      "--policies needs two names at least, such as --policies ours,equal; there is nothing to " +
        "compare otherwise",
      { field: "--policies" },
    );
  }
  return policies;
}

interface Work {
  readonly cells: ReadonlyArray<Cell>;
  readonly overrides: ReadonlyArray<Override>;
  readonly flags: CompareFlags;
}

async function runCells(file: string, { cells, overrides, flags }: Work): Promise<Compared> {
  const pool = new Pool(Math.min(flags.workers ?? availableParallelism(), cells.length));
  const interrupt = new Interrupt();
  const progress = new Progress();
  const startMs = performance.now();
  let done = 0;
  const answers: Array<SweepAnswer | undefined> = cells.map(() => undefined);
  progress.follow(() => partsText(done, cells.length, "runs", startMs));
  const all = Promise.all(
    cells.map(async ({ policy, seed }, i) => {
      answers[i] = await pool.ask({ kind: "sweep", file, seed, overrides, rules: policy });
      done += 1;
    }),
  );
  const asked = new Promise<void>((resolve) => {
    interrupt.onAsk(resolve);
  });
  try {
    await Promise.race([all, asked]);
  } finally {
    pool.close();
    progress.clear();
  }
  return { answers, interrupted: interrupt.asked, wallMs: performance.now() - startMs };
}

function answersOf(
  policy: string,
  cells: ReadonlyArray<Cell>,
  answers: Compared["answers"],
): ReadonlyArray<SweepAnswer> {
  return answers.filter((answer, i): answer is SweepAnswer => {
    return answer !== undefined && cells[i]?.policy === policy;
  });
}

interface Grid {
  readonly policies: ReadonlyArray<string>;
  readonly seeds: ReadonlyArray<number>;
  readonly answers: Compared["answers"];
}

/** Of the seeds that all policies have finished: only these make pairs. */
function comparisonOf(scenario: string, { policies, seeds, answers }: Grid): Comparison {
  const at = (row: number, column: number) => answers[row * policies.length + column];
  const rows = seeds.flatMap((_, row) =>
    policies.every((_policy, column) => at(row, column) !== undefined) ? [row] : [],
  );
  const runs = policies.map((policy, column) => {
    const metrics = rows.map((row) => (at(row, column) as SweepAnswer).metrics);
    return [policy, metrics] as const;
  });
  return compareRuns(
    scenario,
    rows.map((row) => seeds[row] as number),
    new Map(runs),
  );
}

async function written(
  comparison: Comparison,
  replay: string,
  folder: string,
): Promise<ReadonlyArray<readonly [string, string]>> {
  const { comparisonPage } = await import("./report-page.ts");
  const numbers = join(folder, "compare.json");
  const page = join(folder, "compare.html");
  writeWhole(numbers, `${JSON.stringify(comparison, null, 1)}\n`);
  writeWhole(page, comparisonPage(comparison, replay));
  return [
    ["plot", page],
    ["numbers", numbers],
  ];
}
