/** A contribution rule as text that reads as the same rule again. */
import { formatDuration, parseDuration } from "../../kernel/duration.ts";
import {
  type Cap,
  type Clause,
  dayNames,
  type Processor,
  type Rule,
  type Span,
  usualIdleAfterUs,
  usualNight,
  type When,
  weekdays,
  weekend,
} from "./rule.ts";

export function printRule({ clauses, night, idleAfterUs }: Rule): string {
  const parts = clauses.map(printClause);
  if (night.from !== usualNight.from || night.to !== usualNight.to) {
    parts.push(`night ${printSpan(night, "-")}`);
  }
  if (idleAfterUs !== usualIdleAfterUs) parts.push(`idle after ${lengthOf(idleAfterUs)}`);
  return parts.join(", ");
}

/** In the largest unit that loses nothing. */
function lengthOf(us: number): string {
  const short = formatDuration(us);
  return parseDuration(short) === us ? short : `${us}us`;
}

export function printClause(clause: Clause): string {
  switch (clause.kind) {
    case "give":
      return [printProcessor(clause.amount), ...given(clause.when)].join(" ");
    case "never":
      return ["never", ...only(clause.when)].join(" ");
    case "max":
      return ["max", printCap(clause.cap), ...only(clause.when)].join(" ");
  }
}

function printProcessor({ value, unit }: Processor): string {
  if (unit === "percent") return `${value}%`;
  return `${value} ${value === 1 ? "core" : "cores"}`;
}

function printCap(cap: Cap): string {
  switch (cap.unit) {
    case "MiB":
      return cap.value % 1_024 === 0 ? `${cap.value / 1_024}GB` : `${cap.value}MB`;
    case "percent of memory":
      return `${cap.value}% memory`;
    case "slots":
      return `${cap.value} ${cap.value === 1 ? "slot" : "slots"}`;
    case "percent":
    case "cores":
      return printProcessor({ value: cap.value, unit: cap.unit });
  }
}

function given(when: When): ReadonlyArray<string> {
  const parts = [when.busy ? "even when busy" : "when idle"];
  if (when.battery) parts.push("even on battery");
  if (when.load !== undefined) parts.push(`when load under ${when.load}%`);
  return [...parts, ...times(when)];
}

function only(when: When): ReadonlyArray<string> {
  const parts: string[] = [];
  if (when.busy) parts.push("when busy");
  if (when.battery) parts.push("on battery");
  if (when.load !== undefined) parts.push(`when load over ${when.load}%`);
  return [...parts, ...times(when)];
}

function times({ time, days }: When): ReadonlyArray<string> {
  const parts: string[] = [];
  if (time === "night") parts.push("at night");
  else if (time === "day") parts.push("by day");
  else if (time !== "any") parts.push(`between ${printSpan(time, " and ")}`);
  if (days.length > 0) parts.push(`on ${printDays(days)}`);
  return parts;
}

function printDays(days: ReadonlyArray<number>): string {
  if (days.join() === weekdays.join()) return "weekdays";
  if (days.join() === weekend.join()) return "weekends";
  return days.map((day) => dayNames[day] ?? "").join(" and ");
}

function printSpan({ from, to }: Span, between: string): string {
  return `${printTime(from)}${between}${printTime(to)}`;
}

/** "06:30" */
export function printTime(minute: number): string {
  const two = (count: number) => String(count).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
