/** What every benchmark hands in: figures with their goals, a hash of what it computed, a table. */
import { parseArgs } from "node:util";

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The bound that was set before measuring; left out where there is none. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Report {
  readonly benchmark: string;
  /** Of the results, not of the times: equal on every machine. */
  readonly hash: string;
  readonly figures: ReadonlyArray<Figure>;
  readonly table: ReadonlyArray<ReadonlyArray<string>>;
  readonly notes: ReadonlyArray<string>;
}

/** Flags that every benchmark takes. */
export interface Flags {
  /** Tiny sizes, to see that it still works. */
  readonly smoke: boolean;
  /** Print the JSON object alone. */
  readonly json: boolean;
  readonly rest: ReadonlyArray<string>;
}

export function flagsOf(args: ReadonlyArray<string> = process.argv.slice(2)): Flags {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { smoke: { type: "boolean" }, json: { type: "boolean" } },
    allowPositionals: true,
  });
  return { smoke: values.smoke === true, json: values.json === true, rest: positionals };
}

/** Prints the report as one JSON line, behind the table unless `json` is set. */
export function printReport(report: Report, { json }: Flags): void {
  if (!json) console.log(`${textOf(report)}\n`);
  console.log(JSON.stringify(report));
}

/** The table and the goals as markdown, which reads well in a terminal too. */
export function textOf({ table, figures, notes, hash }: Report): string {
  const goals = figures.map((figure) => [
    figure.name,
    `${numberText(figure.value)} ${figure.unit}`.trim(),
    goalText(figure),
    verdictOf(figure),
  ]);
  return [
    markdown(table),
    markdown([["figure", "measured", "goal", "met"], ...goals]),
    [...notes, `Result hash \`${hash}\`.`].map((note) => `- ${note}`).join("\n"),
  ].join("\n\n");
}

/** Rows as a markdown table, padded so that columns line up; the first row is the head. */
export function markdown(rows: ReadonlyArray<ReadonlyArray<string>>): string {
  const [head = []] = rows;
  const widths = head.map((_, c) => Math.max(...rows.map((row) => (row[c] ?? "").length)));
  const line = (row: ReadonlyArray<string>) =>
    `| ${widths.map((width, c) => pad(row[c] ?? "", width, c)).join(" | ")} |`;
  const rule = `|${widths.map((width, c) => (c === 0 ? "-" : "-").repeat(width + 2)).join("|")}|`;
  return [line(head), rule, ...rows.slice(1).map(line)].join("\n");
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

/** Three significant digits, thousands apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString("en-US");
  if (size >= 100) return value.toFixed(0);
  if (size === 0) return "0";
  return String(Number(value.toPrecision(3)));
}

export function goalText({ atMost, atLeast }: Figure): string {
  if (atMost !== undefined) return `≤ ${numberText(atMost)}`;
  return atLeast === undefined ? "-" : `≥ ${numberText(atLeast)}`;
}

export function isMet({ value, atMost, atLeast }: Figure): boolean {
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? -Infinity);
}

function verdictOf(figure: Figure): string {
  if (figure.atMost === undefined && figure.atLeast === undefined) return "-";
  return isMet(figure) ? "yes" : "**no**";
}
