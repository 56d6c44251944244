/** `pingo sim attack`: looks for the strategy of a scenario's adversaries that pays them most. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  CrossEntropy,
  type Dimension,
  type Scored,
  type Strategy,
  usual,
} from "../../sim/attack/cross-entropy.ts";
import { asWritten, ranges } from "../../sim/scenario/adversaries.ts";
import type { Override } from "../../sim/scenario/overrides.ts";
import type { Scenario } from "../../sim/scenario/schema.ts";
import { makeFolder, writeWhole } from "../files.ts";
import { CommandError, Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { out, print, printJson } from "../terminal/print.ts";
import { Progress, partsText } from "../terminal/progress.ts";
import { Pool } from "../workers/pool.ts";
import type { SweepAnswer } from "../workers/task.ts";
import { overridesOf, readScenario } from "./read-inputs.ts";
import { runAgain } from "./run-again.ts";

/** What the attackers want, and the metric that says how much of it they got. */
const objectives = {
  gain: "attackerGain",
  profit: "attackerProfitVcu",
  error: "acceptedErrorRate",
} as const;
export type Objective = keyof typeof objectives;

/** The best strategy met luck too; it is judged anew under this many seeds that it never saw. */
const JUDGES = 5;

export interface AttackFlags {
  readonly budget: number;
  readonly seed?: number;
  readonly objective?: Objective;
  readonly set: ReadonlyArray<string>;
  readonly until?: string;
  readonly workers?: number;
  readonly out?: string;
  readonly json?: boolean;
}

interface Evaluated extends Scored {
  readonly missed: ReadonlyArray<string>;
}

interface Found {
  readonly best: Evaluated | undefined;
  readonly evaluations: number;
  readonly generations: ReadonlyArray<{ readonly best: number; readonly mean: number }>;
}

export async function attack(file: string, flags: AttackFlags): Promise<Exit> {
  const fixed = overridesOf(flags);
  const { scenario } = (await readScenario(file, fixed)).inputs;
  const dimensions = dimensionsOf(file, scenario);
  const folder = flags.out ?? join("out", `attack-${scenario.name}`);
  makeFolder(folder);
  const search = new Search({ file, fixed, dimensions, scenario, flags });
  const { found, interrupted, wallMs } = await search.run();
  if (found.best === undefined) return stoppedEarly(scenario, flags);
  const report = await search.reportOf(found);
  const path = join(folder, "attack.json");
  writeWhole(path, `${JSON.stringify({ ...report, generations: found.generations }, null, 2)}\n`);
  search.close();
  if (flags.json === true) {
    const stopped = interrupted ? { interrupted: true } : {};
    printJson({ ...report, generations: found.generations, wallMs, ...stopped });
  } else printReport(report, { path, interrupted });
  return interrupted ? Exit.interrupted : Exit.fine;
}

/** Of strategies that are tried together none is judged before all are. */
function stoppedEarly({ name }: Scenario, { json, objective = "gain" }: AttackFlags): Exit {
  if (json === true) printJson({ scenario: name, objective, evaluations: 0, interrupted: true });
  else print(out.yellow("Stopped before the first strategies were judged."));
  return Exit.interrupted;
}

/** Every parameter of every adversary. */
function dimensionsOf(file: string, { adversaries }: Scenario): ReadonlyArray<Dimension> {
  const dimensions = adversaries.flatMap(({ kind }, i) =>
    ranges[kind].map(([name, range]) => ({ path: `adversaries.${i}.${name}`, range })),
  );
  if (dimensions.length > 0) return dimensions;
  throw new CommandError(
    adversaries.length === 0
      ? `${file} has no adversaries; there is nobody whose strategy could be searched`
      : `the adversaries of ${file} have no parameters that could be searched`,
    { field: "adversaries" },
  );
}

interface SearchParts {
  readonly file: string;
  readonly fixed: ReadonlyArray<Override>;
  readonly dimensions: ReadonlyArray<Dimension>;
  readonly scenario: Scenario;
  readonly flags: AttackFlags;
}

type Report = Awaited<ReturnType<Search["reportOf"]>>;

class Search {
  private readonly parts: SearchParts;
  private readonly pool: Pool;
  private readonly seed: number;
  private readonly metric: string;
  private readonly interrupt = new Interrupt();

  constructor(parts: SearchParts) {
    this.parts = parts;
    this.pool = new Pool(parts.flags.workers ?? availableParallelism());
    this.seed = parts.flags.seed ?? parts.scenario.seed;
    this.metric = objectives[parts.flags.objective ?? "gain"];
  }

  close(): void {
    this.pool.close();
  }

  async run(): Promise<{ found: Found; interrupted: boolean; wallMs: number }> {
    const { dimensions, flags } = this.parts;
    const law = new CrossEntropy(dimensions, { ...usual, seed: this.seed });
    const startMs = performance.now();
    const progress = new Progress();
    let found: Found = { best: undefined, evaluations: 0, generations: [] };
    const asked = new Promise<void>((resolve) => {
      this.interrupt.onAsk(resolve);
    });
    while (found.evaluations < flags.budget && !this.interrupt.asked) {
      const strategies = law.draw(flags.budget - found.evaluations);
      const before = found.evaluations;
      let done = 0;
      progress.follow(() => {
        const what = found.best && `strategies, best ${found.best.score.toFixed(3)}`;
        return partsText(before + done, flags.budget, what ?? "strategies", startMs);
      });
      const generation = Promise.all(
        strategies.map(async (strategy) => {
          const scored = await this.evaluate(strategy);
          done += 1;
          return scored;
        }),
      );
      const tried = await Promise.race([generation, asked.then(() => undefined)]);
      if (tried === undefined) break;
      law.learn(tried);
      found = withGeneration(found, tried);
    }
    progress.clear();
    const wallMs = Math.round(performance.now() - startMs);
    if (this.interrupt.asked) this.pool.close();
    return { found, interrupted: this.interrupt.asked, wallMs };
  }

  /** The best strategy with what it got, its replay line, and what unseen seeds say of it. */
  async reportOf({ best, evaluations }: Found) {
    const { dimensions, scenario, file, flags } = this.parts;
    const strategy = (best as Evaluated).strategy;
    const written = dimensions.map(({ path, range }, d) => ({
      path,
      value: asWritten(range, strategy[d] as number),
    }));
    const judged = this.interrupt.asked ? [] : await this.judge(written);
    const scores = judged.map(({ metrics }) => metrics[this.metric] ?? 0);
    const sets = written.map(({ path, value }) => `${path}=${value}`);
    const changed = { ...flags, set: [...flags.set, ...sets] };
    return {
      scenario: scenario.name,
      seed: this.seed,
      objective: flags.objective ?? "gain",
      metric: this.metric,
      evaluations,
      best: {
        score: (best as Evaluated).score,
        strategy: Object.fromEntries(written.map(({ path, value }) => [path, value])),
        missed: (best as Evaluated).missed,
        unseenSeeds: scores,
        unseenMean: scores.length === 0 ? null : scores.reduce((a, b) => a + b, 0) / scores.length,
        holds: judged.every(({ missed }) => missed.length === 0),
      },
      replay: runAgain("run", file, changed, ["--seed", String(this.seed)]),
    };
  }

  private judge(written: ReadonlyArray<Override>): Promise<ReadonlyArray<SweepAnswer>> {
    const seeds = Array.from({ length: JUDGES }, (_, i) => this.seed + 1 + i);
    const progress = new Progress();
    progress.follow(() => `judging the best strategy under ${JUDGES} other seeds`);
    return Promise.all(seeds.map((seed) => this.ask(written, seed))).finally(() =>
      progress.clear(),
    );
  }

  private async evaluate(strategy: Strategy): Promise<Evaluated> {
    const written = this.parts.dimensions.map(({ path, range }, d) => ({
      path,
      value: asWritten(range, strategy[d] as number),
    }));
    const { metrics, missed } = await this.ask(written, this.seed);
    return { strategy, score: metrics[this.metric] ?? 0, missed };
  }

  private ask(written: ReadonlyArray<Override>, seed: number): Promise<SweepAnswer> {
    const { file, fixed } = this.parts;
    return this.pool.ask({ kind: "sweep", file, seed, overrides: [...fixed, ...written] });
  }
}

function withGeneration(found: Found, tried: ReadonlyArray<Evaluated>): Found {
  let { best } = found;
  for (const each of tried) if (best === undefined || each.score > best.score) best = each;
  const scores = tried.map(({ score }) => score);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return {
    best,
    evaluations: found.evaluations + tried.length,
    generations: [...found.generations, { best: Math.max(...scores), mean }],
  };
}

function printReport(
  { scenario, best, metric, evaluations, replay }: Report,
  { path, interrupted }: { readonly path: string; readonly interrupted: boolean },
): void {
  if (interrupted) print(out.yellow("Stopped; the best so far:"));
  print(`${out.bold(scenario)}: the best of ${evaluations} strategies has ${metric} ${best.score}`);
  for (const [name, value] of Object.entries(best.strategy)) print(`  ${name} = ${value}`);
  if (best.unseenMean !== null) {
    print(
      `under ${best.unseenSeeds.length} seeds that it never saw: ${best.unseenMean.toFixed(4)}`,
    );
    print(
      best.holds
        ? out.green("the scenario's checks hold against it")
        : out.red("it breaks a check of the scenario"),
    );
  }
  print(`replay: ${replay}`);
  print(`written: ${path}`);
}
