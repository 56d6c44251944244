/** A comparison for people: one table of all metrics, winners, and where ours loses. */
import type { Comparison, Measured } from "../../sim/compare/comparison.ts";
import { OURS } from "../../sim/compare/rule-sets.ts";
import { out, print } from "../terminal/print.ts";
import { waitText } from "../terminal/progress.ts";
import { numberText, tableLines } from "../terminal/table.ts";
import type { Prices } from "./prices.ts";

export interface PrintedComparison {
  readonly comparison: Comparison;
  /** Checks of the scenario that a run of ours missed. */
  readonly missed: ReadonlyArray<string>;
  readonly wallMs: number;
  readonly prices: Prices;
  readonly interrupted: boolean;
  readonly files: ReadonlyArray<readonly [string, string]>;
}

export function printComparison(printed: PrintedComparison): void {
  const { comparison, missed, wallMs, interrupted, files } = printed;
  const { scenario, seeds, policies } = comparison;
  if (interrupted) print(out.yellow("Stopped; the seeds that all rules have finished:"));
  const counted = seeds.length === 1 ? "1 seed" : `${seeds.length} seeds`;
  const runs = `${counted}, the same for all, in ${waitText(wallMs)}`;
  print(`${out.bold(scenario)}: ${policies.join(", ")}; ${runs}; mean ± 95 % interval`);
  if (seeds.length === 1) print(out.yellow("One seed has no interval: nothing can be said yet."));
  print();
  if (seeds.length > 0) printTable(comparison);
  printLosses(comparison);
  printCosts(comparison, printed.prices);
  if (missed.length > 0) print(out.red(`ours missed: ${missed.join(", ")}`));
  for (const line of tableLines([{ title: "" }, { title: "" }], files)) print(line);
}

const cell = ({ mean, high, n }: Measured): string =>
  `${numberText(mean)} ± ${n < 2 ? "?" : numberText(high - mean)}`;

function printTable({ metrics, policies, winners }: Comparison): void {
  const isNone = ({ low, high }: Measured) => low === 0 && high === 0;
  const all = Object.entries(metrics);
  const shown = all.filter(([, by]) => !Object.values(by).every(isNone));
  const rows = shown.map(([name, by]) => [
    name,
    ...policies.map((policy) => cell(by[policy] as Measured)),
    winnerText(winners[name], policies.length),
  ]);
  const columns = [
    { title: "metric" },
    ...policies.map((title) => ({ title, align: "right" }) as const),
    { title: "better" },
  ];
  const lines = tableLines(columns, rows);
  // not wider than the terminal, where it would break in the middle of its columns
  const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  if (lines.some((line) => line.length > width)) printStacked(policies, rows);
  else for (const [i, line] of lines.entries()) print(i === 0 ? out.dim(line) : line);
  if (shown.length < all.length) print(out.dim(`${all.length - shown.length} metrics are all 0.`));
  print();
}

/** A metric a block: its name, and a line for each set of rules. */
function printStacked(
  policies: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
): void {
  const widest = Math.max(...policies.map((policy) => policy.length));
  for (const [name = "", ...rest] of rows) {
    const better = rest.at(-1) ?? "";
    const who = better === "" || better === "no difference" ? better : `better: ${better}`;
    print(out.dim([name, who].filter((part) => part !== "").join(", ")));
    for (const [i, policy] of policies.entries()) {
      print(`  ${policy.padEnd(widest)}  ${rest[i] ?? ""}`);
    }
  }
}

function printCosts({ metrics, policies }: Comparison, { vcuHour, cloudCoreHour }: Prices): void {
  const costs = policies.flatMap((policy) => {
    const factor = metrics.costFactor?.[policy]?.mean ?? 0;
    const useful = metrics.usefulVcu?.[policy]?.mean ?? 0;
    return useful > 0 ? [`${policy} $${numberText(factor * vcuHour)}`] : [];
  });
  if (costs.length === 0) return;
  const posted = `at $${numberText(vcuHour)} a machine's VCU-hour`;
  print(`A paid VCU ${posted}: ${costs.join(", ")}; a cloud's $${numberText(cloudCoreHour)}.`);
  print();
}

/** Empty where neither way is better, or fewer than two had a value. */
function winnerText(winners: ReadonlyArray<string> | undefined, of: number): string {
  if (winners === undefined) return "";
  return winners.length === of ? "no difference" : winners.join(", ");
}

function printLosses({ losses, policies, seeds }: Comparison): void {
  if (!policies.includes(OURS) || seeds.length < 2) return;
  if (losses.length === 0) print(out.green("Ours loses nowhere."));
  else print(out.bold("Where ours loses:"));
  for (const { metric, to, ours, theirs, difference } of losses) {
    const range = `${numberText(difference.low)} to ${numberText(difference.high)}`;
    const numbers = `${numberText(ours)} against ${numberText(theirs)}`;
    print(`  ${metric}: ${numbers} of ${to}, difference ${range}`);
  }
  print();
}
