/** `pingo node rule explain`: a rule as it is understood, and the week that follows from it. */
import { cpus, totalmem } from "node:os";
import type { Contribution } from "../../live/contribution/evaluate.ts";
import { type MachineSize, wallClock } from "../../live/contribution/moment.ts";
import { parseRule } from "../../live/contribution/parse.ts";
import { printClause, printRule, printTime } from "../../live/contribution/print.ts";
import { dayNames, defaultRule, type Rule } from "../../live/contribution/rule.ts";
import { RuleError } from "../../live/contribution/tokens.ts";
import {
  type Hour,
  type Preview,
  previewOf,
  type Situation,
} from "../../live/contribution/week.ts";
import { CommandError, Exit } from "../outcome.ts";
import { out, print, printJson } from "../terminal/print.ts";

export interface ExplainFlags {
  readonly zone?: string;
  readonly cores?: string;
  readonly memory?: string;
  readonly from?: string;
  readonly json?: boolean;
}

const MEBIBYTE = 1_048_576;
const titles: Readonly<Record<Situation, string>> = {
  idle: "nobody uses the machine, on mains",
  busy: "its owner uses the machine, on mains",
  battery: "nobody uses the machine, on battery",
};

export function explain(text: string | undefined, flags: ExplainFlags): Exit {
  const rule = readRule(text ?? defaultRule);
  const machine = machineOf(flags);
  const zone = flags.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const fromMs = firstOf(flags.from, clockOf(zone));
  const preview = previewOf(rule, { fromMs, machine, zone });
  if (flags.json === true) {
    const hours = preview.hours.map(({ startsMs, day, minute, given }) => ({
      starts: new Date(startsMs).toISOString(),
      day: dayNames[day],
      time: printTime(minute),
      given,
    }));
    const { now, coreHours } = preview;
    printJson({ rule: printRule(rule), zone, machine, now, coreHours, hours });
    return Exit.fine;
  }
  for (const line of linesOf(rule, preview, machine, zone)) print(line);
  return Exit.fine;
}

/** Two lines of every clause that there is. */
const RULE_MAX = 1_000;

/** A rule that a user wrote; what cannot be read is shown with its place underlined. */
export function readRule(text: string): Rule {
  if (text.length > RULE_MAX) {
    throw new CommandError(
      `the rule has ${text.length} letters and ${RULE_MAX} are the most; write fewer clauses`,
      { code: "rule", field: "rule" },
    );
  }
  try {
    return parseRule(text);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    const { message, at, length, allowed } = error;
    const shown = text === "" ? "" : `\n  ${text}\n  ${" ".repeat(at)}${"^".repeat(length)}`;
    throw new CommandError(`${message}${shown}`, { code: "rule", field: "rule", allowed });
  }
}

type Clock = ReturnType<typeof wallClock>;

function clockOf(zone: string): Clock {
  try {
    return wallClock(zone);
  } catch {
    throw new CommandError(
      `--zone: "${zone}" is no time zone; write a name such as Europe/Berlin`,
      {
        field: "zone",
      },
    );
  }
}

function machineOf({ cores, memory }: ExplainFlags): MachineSize {
  const count = cores === undefined ? cpus().length : Number(cores);
  if (!Number.isInteger(count) || count < 1 || count > 4_096) {
    throw new CommandError(`--cores: "${cores}" is no number of cores; write 1 to 4096`, {
      field: "cores",
    });
  }
  if (memory === undefined) return { cores: count, memoryMib: Math.floor(totalmem() / MEBIBYTE) };
  const match = /^(\d+(?:\.\d+)?)\s*(GB|MB)$/i.exec(memory);
  const memoryMib = Number(match?.[1]) * (match?.[2]?.toUpperCase() === "GB" ? 1_024 : 1);
  if (!(memoryMib >= 64)) {
    throw new CommandError(`--memory: "${memory}" is no size; write for example 16GB`, {
      field: "memory",
    });
  }
  return { cores: count, memoryMib: Math.floor(memoryMib) };
}

/** Now, or the midnight with which the day begins on that clock. */
function firstOf(from: string | undefined, clock: Clock): number {
  if (from === undefined) return Date.now();
  const utcMs = /^\d{4}-\d{2}-\d{2}$/.test(from) ? Date.parse(`${from}T00:00Z`) : Number.NaN;
  if (Number.isNaN(utcMs)) {
    throw new CommandError(`--from: "${from}" is no date; write for example 2026-03-28`, {
      field: "from",
    });
  }
  const { day, minute } = clock(utcMs);
  const isAhead = day === (new Date(utcMs).getUTCDay() + 6) % 7;
  return utcMs - (isAhead ? minute : minute - 24 * 60) * 60_000;
}

function linesOf(
  rule: Rule,
  preview: Preview,
  machine: MachineSize,
  zone: string,
): ReadonlyArray<string> {
  const { cores, memoryMib } = machine;
  const clauses = rule.clauses.map((clause) => `  ${printClause(clause)}`);
  const minutes = rule.idleAfterUs / 60_000_000;
  return [
    out.bold("The rule, clause by clause"),
    ...clauses,
    `  night is ${printTime(rule.night.from)} to ${printTime(rule.night.to)}, ` +
      `idle is ${Number(minutes.toFixed(2))} min without input`,
    "",
    `Percent of ${cores} cores and ${memoryText(memoryMib)}, hour by hour in ${zone}; ██ is all`,
    ...(Object.keys(titles) as Situation[]).flatMap((situation) => [
      "",
      ...gridLines(preview, situation, machine),
    ]),
  ];
}

/** Days down, hours across; a situation in which the week is all alike is one line. */
function gridLines(preview: Preview, of: Situation, machine: MachineSize): ReadonlyArray<string> {
  const shares = new Set(preview.hours.map(({ given }) => given[of]));
  const title = out.bold(`When ${titles[of]}`);
  if (shares.size === 1) {
    const [share = 0] = shares;
    return [`${title}: ${wholeWeek(share, preview.now[of])}`];
  }
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(3));
  const total = preview.coreHours[of];
  const percent = Math.round((total / (preview.hours.length * machine.cores)) * 100);
  return [
    title,
    out.dim(`  hour ${hours.join("")}`),
    ...daysOf(preview.hours).map(({ name, hours: list }) => `  ${name}  ${cells(list, of)}`),
    `  ${total.toFixed(1)} core-hours in the week, ${percent} % of the machine; ` +
      `at most ${memoryText(preview.now[of].memoryMib)} now`,
  ];
}

function wholeWeek(share: number, { why, memoryMib }: Contribution): string {
  if (share === 0) return `nothing, all week; now because ${why}`;
  return `${Math.round(share * 100)} %, all week, at most ${memoryText(memoryMib)} now`;
}

function memoryText(mib: number): string {
  return mib >= 1_024 ? `${Number((mib / 1_024).toFixed(1))} GB` : `${mib} MB`;
}

interface Day {
  readonly name: string;
  readonly hours: ReadonlyArray<Hour>;
}

/** In the order in which they come; the first and the last may be the same day of the week. */
function daysOf(hours: ReadonlyArray<Hour>): ReadonlyArray<Day> {
  const days: Array<{ name: string; hours: Hour[] }> = [];
  let last: Hour | undefined;
  for (const hour of hours) {
    if (last === undefined || last.day !== hour.day) {
      days.push({ name: dayNames[hour.day] ?? "", hours: [] });
    }
    days.at(-1)?.hours.push(hour);
    last = hour;
  }
  return days;
}

/** Blank where the hour is not in the preview, or not on that day's clock. */
function cells(hours: ReadonlyArray<Hour>, of: Situation): string {
  return Array.from({ length: 24 }, (_, wall) => {
    const hour = hours.find(({ minute }) => Math.floor(minute / 60) === wall);
    if (hour === undefined) return "   ";
    const percent = Math.round(hour.given[of] * 100);
    // Three figures would touch those of the next hour.
    const text = (percent === 0 ? "·" : percent === 100 ? "██" : String(percent)).padStart(3);
    return percent === 0 ? out.dim(text) : out.green(text);
  }).join("");
}
