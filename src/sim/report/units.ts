/** Units as they are shown; a ratio or a bare number has none. */
import { numberText } from "./number-text.ts";

const bare = new Set(["", "1", "ratio", "count", "number"]);

export function shownUnit(unit: string): string {
  return bare.has(unit) ? "" : unit;
}

/** A value with its unit, in a line of text. */
export function withUnit(value: number, unit: string): string {
  const shown = shownUnit(unit);
  return shown === "" ? numberText(value) : `${numberText(value)} ${shown}`;
}

const seconds: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  d: 86_400,
};

/** What a value is multiplied by to be in another unit; undefined when they differ in kind. */
export function conversion(from: string, to: string): number | undefined {
  if (from === to) return 1;
  const source = seconds[from];
  const target = seconds[to];
  return source === undefined || target === undefined ? undefined : source / target;
}

/** Names such as waitP95S and servedVcu end in their unit. */
export function withoutUnit(name: string, unit: string): string {
  const suffix = unit.charAt(0).toUpperCase() + unit.slice(1).toLowerCase();
  return unit !== "" && name.length > suffix.length && name.endsWith(suffix)
    ? name.slice(0, -suffix.length)
    : name;
}
