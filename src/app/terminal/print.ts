/** What the command says: results on stdout, everything else on stderr. */
import type { ErrorReport } from "../outcome.ts";
import { styleFor } from "./style.ts";

export const out = styleFor(process.stdout);
export const err = styleFor(process.stderr);

/** Whether one JSON object is wanted on stdout. Asked before the arguments are understood, too. */
export function wantsJson(args: ReadonlyArray<string>): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--json");
}

export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** One line of JSON. Numbers that JSON lacks become null, amounts become text. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? `${item}` : item)));
}

export function printError(report: ErrorReport, json: boolean): void {
  const { code, message, field, allowed } = report;
  if (json) printJson({ error: { code, message, field, allowed } });
  else note(`${err.red("error:")} ${message}`);
}
