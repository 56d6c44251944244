/** What the programs of macOS print about its owner's use. */
import type { Power } from "../../live/contribution/moment.ts";

/** Nanoseconds since the last input, of `ioreg -c IOHIDSystem -d 4`; here in seconds. */
export function hidIdleOf(ioreg: string): number | undefined {
  const nanoseconds = [...ioreg.matchAll(/"HIDIdleTime"\s*=\s*(\d+)/g)].map(([, n]) => Number(n));
  return nanoseconds.length === 0 ? undefined : Math.min(...nanoseconds) / 1e9;
}

/** First line of `pmset -g batt`: "Now drawing from 'AC Power'". */
export function pmsetPowerOf(pmset: string): Power {
  const source = /drawing from '([^']+)'/.exec(pmset)?.[1];
  if (source === undefined) return "unknown";
  return source === "Battery Power" ? "battery" : "mains";
}

/**
 * Share of all cores that others use, of `ps -A -o pcpu=,ni=`: percent of one core, recently, and
 * the priority. What is niced to the end is ours or as modest as ours.
 */
export function othersLoadOf(ps: string, cores: number): number | undefined {
  const rows = ps.split("\n").flatMap((line) => {
    // Some languages write a comma.
    const match = /^\s*(\d+(?:[.,]\d+)?)\s+(-?\d+)\s*$/.exec(line);
    return match === null ? [] : [{ percent: Number(match[1]?.replace(",", ".")), nice: match[2] }];
  });
  if (rows.length === 0) return undefined;
  const percent = rows.reduce((sum, row) => sum + (Number(row.nice) >= 19 ? 0 : row.percent), 0);
  return Math.min(1, percent / 100 / cores);
}
