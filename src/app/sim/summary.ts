/** A run's result for people (tables) and for programs (one JSON object). */
import type { CheckResult, RunResult, Violation } from "../../sim/run/result.ts";
import { out, print } from "../terminal/print.ts";
import { clockText, waitText } from "../terminal/progress.ts";
import { numberText, tableLines } from "../terminal/table.ts";

/** The object of `--json`; later keys may be added, none goes. */
export interface Summary {
  readonly scenario: string;
  readonly seed: number;
  readonly hash: string;
  readonly virtualMs: number;
  readonly wallMs: number;
  readonly events: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly checks: ReadonlyArray<CheckResult>;
  readonly verdict: "pass" | "fail";
}

export function summaryOf(result: RunResult, wallMs: number): Summary {
  const { scenario, seed, hash, virtualMs, events, metrics, verdict } = result;
  const checks = result.checks.map(({ name, value, bound, pass }) => ({
    name,
    value,
    bound,
    pass,
  }));
  const wall = Math.round(wallMs);
  return { scenario, seed, hash, virtualMs, wallMs: wall, events, metrics, checks, verdict };
}

export interface Printed {
  readonly result: RunResult;
  readonly wallMs: number;
  /** Virtual end, when the run was stopped before it. */
  readonly stoppedBeforeUs?: number | undefined;
  readonly files: ReadonlyArray<readonly [string, string]>;
}

export function printSummary({ result, wallMs, stoppedBeforeUs, files }: Printed): void {
  const { scenario, seed, events } = result;
  const rate = numberText(Math.round(events / Math.max(0.001, wallMs / 1_000)));
  const virtualUs = result.virtualMs * 1_000;
  if (stoppedBeforeUs !== undefined) {
    const at = `${clockText(virtualUs)} of ${clockText(stoppedBeforeUs)}`;
    print(out.yellow(`Stopped at ${at}; everything below is of that part.`));
  }
  const facts = `${clockText(virtualUs)} virtual in ${waitText(wallMs)}`;
  print(
    `${out.bold(scenario)}, seed ${seed}: ${facts}, ${numberText(events)} events, ${rate} events/s`,
  );
  print();
  const metrics = Object.entries(result.metrics).map(([name, value]) => [name, numberText(value)]);
  printTable([{ title: "metric" }, { title: "value", align: "right" }], metrics);
  printChecks(result.checks);
  printTroubles(result);
  const verdict = stoppedBeforeUs === undefined ? result.verdict : `${result.verdict} so far`;
  const paint = result.verdict === "pass" ? out.green : out.red;
  const last = [["verdict", paint(out.bold(verdict))], ["hash", result.hash], ...files];
  printTable([{ title: "" }, { title: "" }], last);
}

function printChecks(checks: ReadonlyArray<CheckResult>): void {
  const rows = checks.map(({ name, value, bound, pass }) => [
    name,
    numberText(value),
    bound,
    pass ? out.green("ok") : out.red("MISSED"),
  ]);
  const columns = [
    { title: "check" },
    { title: "value", align: "right" },
    { title: "bound" },
    { title: "" },
  ] as const;
  if (rows.length > 0) printTable(columns, rows);
}

const SHOWN_MAX = 8;

function printTroubles({ violations, unhandled, faults }: RunResult): void {
  const lines = violations
    .slice(0, SHOWN_MAX)
    .map((violation) => out.red(violationText(violation)));
  if (violations.length > SHOWN_MAX) lines.push(`… and ${violations.length - SHOWN_MAX} more`);
  const strays = unhandled.slice(0, SHOWN_MAX);
  lines.push(...strays.map(({ what, count }) => `unhandled ${what}, ${numberText(count)} times`));
  const silent = faults.filter(({ fired }) => fired === 0);
  lines.push(...silent.map(({ kind, target }) => `fault ${kind} ${target} never fired`));
  for (const line of lines) print(line);
  if (lines.length > 0) print();
}

function violationText({ kind, checker, atUs, event, message }: Violation): string {
  return `${kind}: ${checker} at ${clockText(atUs)}, event ${numberText(event)}: ${message}`;
}

function printTable(
  columns: Parameters<typeof tableLines>[0],
  rows: ReadonlyArray<ReadonlyArray<string>>,
): void {
  const lines = tableLines(columns, rows);
  const hasHead = lines.length > rows.length;
  lines.forEach((line, i) => {
    print(hasHead && i === 0 ? out.dim(line) : line);
  });
  print();
}
