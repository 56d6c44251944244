/** `pingo sim sweep`: settings x seeds in parallel, as means with intervals. */
import { availableParallelism } from "node:os";
import { type Interval, intervalOf } from "../../sim/compare/interval.ts";
import type { Override } from "../../sim/scenario/overrides.ts";
import { CommandError, Exit, worstOf } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note, out, print, printJson } from "../terminal/print.ts";
import { Progress, partsText } from "../terminal/progress.ts";
import { numberText, tableLines } from "../terminal/table.ts";
import { Pool } from "../workers/pool.ts";
import type { SweepAnswer } from "../workers/task.ts";
import { overridesOf, readScenario } from "./read-inputs.ts";
import { type Cell, cellsOf, repeatedOf, settingsOf } from "./sweep-plan.ts";

export interface SweepFlags {
  readonly seeds: number;
  readonly firstSeed?: number;
  readonly set: ReadonlyArray<string>;
  readonly until?: string;
  readonly workers?: number;
  readonly json?: boolean;
}

interface Swept {
  readonly scenario: string;
  readonly settings: ReadonlyArray<ReadonlyArray<Override>>;
  readonly cells: ReadonlyArray<Cell>;
  readonly answers: ReadonlyArray<SweepAnswer | undefined>;
  readonly repeated: ReadonlyArray<number>;
  readonly again: ReadonlyArray<SweepAnswer | undefined>;
  readonly interrupted: boolean;
}

export async function sweep(file: string, flags: SweepFlags): Promise<Exit> {
  const fixed = overridesOf(flags.until === undefined ? {} : { until: flags.until });
  const settings = settingsOf(flags.set);
  // Every setting is read once here, so that a bad value is told before anything runs.
  const names: string[] = [];
  for (const setting of settings) {
    names.push((await readScenario(file, [...setting, ...fixed])).inputs.scenario.name);
  }
  const first = flags.firstSeed ?? 1;
  const seeds = Array.from({ length: flags.seeds }, (_, i) => first + i);
  const cells = cellsOf(settings, seeds);
  const repeated = repeatedOf(cells);
  const swept = await runCells(file, { cells, repeated, fixed, flags });
  const result: Swept = { scenario: names[0] ?? "", settings, cells, repeated, ...swept };
  const unequal = unequalSeed(result);
  if (flags.json === true) printJson(jsonOf(result, seeds));
  else printTable(result, seeds.length);
  if (unequal !== undefined) {
    throw new CommandError(
      `seed ${unequal.seed} ran twice and gave two results; find the first difference with ` +
        `pingo sim run ${file} --seed ${unequal.seed} --verify`,
      { exit: Exit.notDeterministic, code: "not-deterministic" },
    );
  }
  const exits = result.answers.flatMap((answer) => (answer === undefined ? [] : [answer.exit]));
  return result.interrupted ? Exit.interrupted : worstOf(exits);
}

interface Work {
  readonly cells: ReadonlyArray<Cell>;
  readonly repeated: ReadonlyArray<number>;
  /** Overrides of every cell. */
  readonly fixed: ReadonlyArray<Override>;
  readonly flags: SweepFlags;
}

async function runCells(file: string, { cells, repeated, fixed, flags }: Work) {
  const pool = new Pool(Math.min(flags.workers ?? availableParallelism(), cells.length));
  const interrupt = new Interrupt();
  const progress = new Progress();
  const startMs = performance.now();
  const total = cells.length + repeated.length;
  let done = 0;
  const askFor = async (
    cell: Cell | undefined,
    into: Array<SweepAnswer | undefined>,
    i: number,
  ) => {
    if (cell === undefined) return;
    const { seed, setting } = cell;
    const overrides = [...setting, ...fixed];
    into[i] = await pool.ask({ kind: "sweep", file, seed, overrides });
    done += 1;
  };
  progress.follow(() => partsText(done, total, "runs", startMs));
  const answers: Array<SweepAnswer | undefined> = cells.map(() => undefined);
  const again: Array<SweepAnswer | undefined> = repeated.map(() => undefined);
  const all = Promise.all([
    ...cells.map((cell, i) => askFor(cell, answers, i)),
    ...repeated.map((at, i) => askFor(cells[at], again, i)),
  ]);
  const asked = new Promise<void>((resolve) => {
    interrupt.onAsk(resolve);
  });
  try {
    await Promise.race([all, asked]);
  } finally {
    pool.close();
    progress.clear();
  }
  return { answers, again, interrupted: interrupt.asked };
}

/** The first run that was repeated with another outcome. */
function unequalSeed({ repeated, again, answers, cells }: Swept): Cell | undefined {
  const at = repeated.find((cell, i) => {
    const [first, second] = [answers[cell], again[i]];
    if (first === undefined || second === undefined) return false;
    return JSON.stringify(first) !== JSON.stringify(second);
  });
  return at === undefined ? undefined : cells[at];
}

function answersOf({ answers, cells }: Swept, settingIndex: number): ReadonlyArray<SweepAnswer> {
  return answers.filter((answer, i): answer is SweepAnswer => {
    return answer !== undefined && cells[i]?.settingIndex === settingIndex;
  });
}

function intervalsOf(answers: ReadonlyArray<SweepAnswer>): ReadonlyMap<string, Interval> {
  const names = Object.keys(answers[0]?.metrics ?? {});
  return new Map(
    names.map((name) => [name, intervalOf(answers.map(({ metrics }) => metrics[name] ?? 0))]),
  );
}

const settingText = (setting: ReadonlyArray<Override>) =>
  setting.map(({ path, value }) => `${path}=${value}`).join(" ");

function printTable(swept: Swept, seeds: number): void {
  const { settings, scenario, interrupted } = swept;
  if (interrupted) print(out.yellow("Stopped; the runs so far:"));
  const counted = seeds === 1 ? "1 seed" : `${seeds} seeds`;
  print(`${out.bold(scenario)}, ${counted}, mean ± 95 % interval`);
  if (seeds === 1) print(out.yellow("One seed has no interval: nothing can be said yet."));
  settings.forEach((setting, i) => {
    const answers = answersOf(swept, i);
    print();
    const failed = answers.filter(({ exit }) => exit !== Exit.fine);
    const passed = `${answers.length - failed.length} of ${answers.length} runs pass`;
    const title = settingText(setting);
    print(`${title === "" ? "" : `${out.bold(title)}: `}${passed}`);
    const missed = [...new Set(failed.flatMap((answer) => answer.missed))].sort();
    if (missed.length > 0) print(out.red(`missed: ${missed.join(", ")}`));
    const rows = [...intervalsOf(answers)].map(([name, { mean, half, n }]) => [
      name,
      numberText(mean),
      "±",
      n < 2 ? "?" : numberText(half),
    ]);
    const right = { title: "", align: "right" } as const;
    for (const line of tableLines([{ title: "" }, right, { title: "" }, right], rows)) print(line);
  });
  const repeats = swept.again.filter((answer) => answer !== undefined).length;
  note(`${repeats} of ${swept.cells.length} runs were run twice and compared`);
}

function jsonOf(swept: Swept, seeds: ReadonlyArray<number>) {
  const { scenario, settings, interrupted, again } = swept;
  return {
    scenario,
    seeds,
    settings: settings.map((setting, i) => {
      const answers = answersOf(swept, i);
      return {
        set: Object.fromEntries(setting.map(({ path, value }) => [path, value])),
        runs: answers.length,
        passed: answers.filter(({ exit }) => exit === Exit.fine).length,
        missed: [...new Set(answers.flatMap(({ missed }) => missed))].sort(),
        hashes: answers.map(({ hash }) => hash),
        metrics: Object.fromEntries(intervalsOf(answers)),
      };
    }),
    repeated: again.filter((answer) => answer !== undefined).length,
    ...(interrupted ? { interrupted: true } : {}),
    verdict: verdictOf(swept),
  };
}

function verdictOf({ answers }: Swept): "pass" | "fail" | "unknown" {
  if (answers.every((answer) => answer === undefined)) return "unknown";
  return answers.every((answer) => answer === undefined || answer.exit === Exit.fine)
    ? "pass"
    : "fail";
}
