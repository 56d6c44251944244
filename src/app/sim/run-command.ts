/** `pingo sim run`: one scenario, one seed, its numbers and its report. */
import { basename, join } from "node:path";
import { judgedGate, rivalCheck, rivalInputs } from "../../sim/compare/gate.ts";
import { isEconomy } from "../../sim/economy/load.ts";
import type { ReportInput } from "../../sim/report/input.ts";
import { Run } from "../../sim/run/run.ts";
import { makeFolder, readText, writeWhole } from "../files.ts";
import { Exit, exitOf } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print.ts";
import { Progress, standingText } from "../terminal/progress.ts";
import { version } from "../version.ts";
import { type Driven, drive, type Ending } from "./drive.ts";
import { notEqual } from "./not-equal.ts";
import { pricesOf } from "./prices.ts";
import { overridesOf, type ReadScenario, readScenario, type ScenarioFlags } from "./read-inputs.ts";
import { runAgain } from "./run-again.ts";
import { printSummary, summaryOf } from "./summary.ts";
import { TraceWriter } from "./trace-writer.ts";
import { Twins } from "./verify.ts";

export interface RunFlags extends ScenarioFlags {
  readonly out?: string;
  readonly trace?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
  readonly cloudCoreHour?: number;
  readonly vcuHour?: number;
}

export async function run(file: string, flags: RunFlags): Promise<Exit> {
  const text = readText(file, "the scenario");
  if (isEconomy(text)) {
    const { runEconomy } = await import("./economy-command.ts");
    return runEconomy(file, text, flags);
  }
  const read = await readScenario(file, overridesOf(flags), flags.seed);
  const { inputs } = read;
  const simulated = new Run(inputs);
  // A check on a metric that does not exist is told now, and not after the run.
  if (inputs.scenario.checks.length > 0) simulated.result();
  const rivals = rivalInputs(inputs);
  const rival = rivals === undefined ? undefined : new Run(rivals);
  if (rival !== undefined) rivalCheck(inputs.scenario, simulated.result(), rival.result());
  const folder = flags.out ?? join("out", `${inputs.scenario.name}-${inputs.seed}`);
  makeFolder(folder);
  const trace = flags.trace === undefined ? undefined : traceOf(flags.trace, file, read);
  simulated.onDelivery = trace?.add;
  const twins =
    flags.verify === true ? new Twins(simulated, new Run(inputs), trace?.add) : undefined;
  const startMs = performance.now();
  const interrupt = new Interrupt();
  let ending = await driveToEnd(twins ?? simulated, { interrupt, trace });
  const wallMs = performance.now() - startMs;
  const own = simulated.result();
  await trace?.finish({
    end: ending === "interrupted" ? "interrupted" : "over",
    deliveries: trace.deliveries,
    hash: own.hash,
  });
  if (twins?.difference !== undefined) {
    return notEqual(twins.difference, { first: "first run", second: "second run", flags });
  }
  if (rival !== undefined && ending === "over") ending = await driveToEnd(rival, { interrupt });
  const stopped = ending === "interrupted";
  const result =
    rival === undefined || stopped ? own : judgedGate(inputs.scenario, own, rival.result());
  const prices = pricesOf(flags);
  const replay = runAgain("run", file, flags, ["--seed", String(inputs.seed)]);
  const files = await writeReport({ ...result, wallMs, prices, partial: stopped, replay }, folder);
  if (flags.json === true) {
    printJson({ ...summaryOf(result, wallMs), ...(stopped ? { interrupted: true } : {}) });
  } else {
    const stoppedBeforeUs = stopped ? simulated.progress().endUs : undefined;
    if (flags.trace !== undefined) files.push(["trace", flags.trace]);
    printSummary({ result, wallMs, stoppedBeforeUs, files });
  }
  return stopped ? Exit.interrupted : exitOf(result);
}

function traceOf(path: string, file: string, { inputs, text, overrides }: ReadScenario) {
  return new TraceWriter(path, {
    pingo: "trace",
    version: version(),
    file: basename(file),
    text,
    seed: inputs.seed,
    overrides,
    files: Object.fromEntries(inputs.files),
  });
}

/** Deliveries of one slice are held as text until the disk takes them. */
const TRACED_SLICE = 20_000;

interface Watched {
  readonly interrupt: Interrupt;
  readonly trace?: TraceWriter | undefined;
}

async function driveToEnd(driven: Driven, { interrupt, trace }: Watched): Promise<Ending> {
  const progress = new Progress();
  try {
    return await drive(driven, {
      interrupt,
      tick: (standing, wallMs) => progress.tick(() => standingText(standing, wallMs)),
      ...(trace === undefined ? {} : { sliceMax: TRACED_SLICE, between: () => flushed(trace) }),
    });
  } catch (error) {
    trace?.abort();
    throw error;
  } finally {
    progress.clear();
  }
}

async function flushed(trace: TraceWriter): Promise<boolean> {
  await trace.flush();
  return false;
}

/** Writes both files and gives their names for the summary. */
async function writeReport(input: ReportInput, folder: string): Promise<Array<[string, string]>> {
  const { reportPage } = await import("./report-page.ts");
  const report = join(folder, "report.html");
  const numbers = join(folder, "result.json");
  writeWhole(numbers, `${JSON.stringify(input, null, 1)}\n`);
  writeWhole(report, reportPage(input));
  return [
    ["report", report],
    ["numbers", numbers],
  ];
}
