/** `pingo sim run` of an economy: its futures, their ranges and a report. */
import { basename, join } from "node:path";
import { loadReportAssets } from "../../adapters/system/report-assets.ts";
import { formatDuration } from "../../kernel/duration.ts";
import type { EconomyScenario } from "../../sim/economy/config.ts";
import type { Future } from "../../sim/economy/future.ts";
import { loadEconomy } from "../../sim/economy/load.ts";
import { livedOf, type Outcome, outcomeOf, type Range } from "../../sim/economy/outcome.ts";
import { renderEconomy } from "../../sim/economy/page.ts";
import { makeFolder, writeWhole } from "../files.ts";
import { CommandError, Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { out, print, printJson } from "../terminal/print.ts";
import { Progress, partsText } from "../terminal/progress.ts";
import { numberText, tableLines } from "../terminal/table.ts";
import { overridesOf, type ScenarioFlags } from "./read-inputs.ts";
import { runAgain } from "./run-again.ts";

interface EconomyFlags extends ScenarioFlags {
  readonly out?: string;
  readonly trace?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

export async function runEconomy(file: string, text: string, flags: EconomyFlags): Promise<Exit> {
  if (flags.trace !== undefined || flags.verify === true) {
    throw new CommandError("an economy has no deliveries; leave out --trace and --verify");
  }
  const scenario = loadEconomy({ file: basename(file), text, overrides: overridesOf(flags) });
  const seed = flags.seed ?? scenario.seed;
  const folder = flags.out ?? join("out", `${scenario.name}-${seed}`);
  makeFolder(folder);
  const startMs = performance.now();
  const lived = await livedInTurns(scenario, seed);
  if (lived.length < scenario.futures) return stopped(scenario, lived.length, flags);
  const outcome = outcomeOf(scenario, seed, lived);
  const wallMs = performance.now() - startMs;
  const report = join(folder, "report.html");
  const numbers = join(folder, "result.json");
  writeWhole(numbers, `${JSON.stringify(outcome)}\n`);
  const replay = runAgain("run", file, flags, ["--seed", String(seed)]);
  writeWhole(report, renderEconomy(outcome, replay, loadReportAssets().sha256));
  const { broken, metrics, verdict, futures, epochs } = outcome;
  if (flags.json === true) {
    const wall = Math.round(wallMs);
    printJson({
      scenario: scenario.name,
      seed,
      futures,
      epochs,
      wallMs: wall,
      metrics,
      broken,
      verdict,
    });
  } else {
    printOutcome(outcome, { report, numbers, until: formatDuration(scenario.until) });
  }
  return broken.length === 0 ? Exit.fine : Exit.unsafe;
}

/** All futures, or those that were lived before Ctrl-C. */
async function livedInTurns(scenario: EconomyScenario, seed: number): Promise<Future[]> {
  const interrupt = new Interrupt();
  const progress = new Progress();
  const startMs = performance.now();
  const lived: Future[] = [];
  for (const future of livedOf(scenario, seed)) {
    lived.push(future);
    progress.tick(() => partsText(lived.length, scenario.futures, "futures", startMs));
    // signals get their turn
    await new Promise((resolve) => setImmediate(resolve));
    if (interrupt.asked) break;
  }
  progress.clear();
  return lived;
}

/** Ranges of some of the futures would not be those of the scenario: none are told. */
function stopped({ name, futures }: EconomyScenario, lived: number, { json }: EconomyFlags): Exit {
  if (json === true) printJson({ scenario: name, futures: lived, interrupted: true });
  else print(out.yellow(`Stopped after ${lived} of ${futures} futures; nothing was written.`));
  return Exit.interrupted;
}

/** `pingo sim validate` of an economy. */
export function validateEconomy(file: string, text: string, flags: EconomyFlags): Exit {
  const scenario = loadEconomy({ file: basename(file), text, overrides: overridesOf(flags) });
  const { name, futures, shocks } = scenario;
  const until = formatDuration(scenario.until);
  if (flags.json === true) printJson({ valid: true, scenario: name, futures, until });
  else {
    const parts = [`${futures} futures`, until, `${shocks.length} shocks`];
    print(`${out.green("valid")}: ${name}, ${parts.join(", ")}`);
  }
  return Exit.fine;
}

const BROKEN_SHOWN = 8;

function printOutcome(
  { scenario, seed, futures, metrics, broken, verdict }: Outcome,
  told: { readonly report: string; readonly numbers: string; readonly until: string },
): void {
  print(`${out.bold(scenario)}, ${futures} futures of ${told.until}, seeds from ${seed}`);
  print();
  const columns = ["metric", "5 %", "middle", "95 %"].map((title, n) => {
    return n === 0 ? { title } : { title, align: "right" as const };
  });
  const row = ([name, { low, middle, high }]: [string, Range]) => [
    name,
    ...[low, middle, high].map(numberText),
  ];
  for (const line of tableLines(columns, Object.entries(metrics).map(row))) print(line);
  print();
  for (const { seed: of, message } of broken.slice(0, BROKEN_SHOWN)) {
    print(out.red(`broken with seed ${of}: ${message}`));
  }
  if (broken.length > BROKEN_SHOWN) print(`… and ${broken.length - BROKEN_SHOWN} more`);
  const paint = verdict === "pass" ? out.green : out.red;
  const last = [
    ["verdict", paint(out.bold(verdict))],
    ["report", told.report],
    ["numbers", told.numbers],
  ];
  for (const line of tableLines([{ title: "" }, { title: "" }], last)) print(line);
}
