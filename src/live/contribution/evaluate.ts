/** What a rule gives of a machine at a moment, and why. Pure and total. */
import type { MachineSize, Moment, WallTime } from "./moment.ts";
import { printClause } from "./print.ts";
import type { Clause, Processor, Rule, Span, When } from "./rule.ts";

/** Why nothing is given, or "given". */
export type Reason =
  | "given"
  | "user active"
  | "on battery"
  | "busy by others"
  | "outside hours"
  | "rule"
  | "paused by hand";

export interface Contribution {
  /** Share of the whole machine, 0 to 1. */
  readonly cpuShare: number;
  /** How many tasks at a time, and the share of one core that each has. */
  readonly slots: number;
  readonly slotShare: number;
  /** For all tasks together, those that are halted too. */
  readonly memoryMib: number;
  readonly reason: Reason;
  /** One short sentence with the clause that decided. */
  readonly why: string;
}

const DAY = 24 * 60;

/** The moment with the worse case in the place of what is not known. */
interface Known {
  readonly time: WallTime;
  readonly busy: boolean;
  readonly battery: boolean;
  readonly loadPercent: number;
}

export function contributionAt(rule: Rule, moment: Moment, machine: MachineSize): Contribution {
  const now: Known = {
    time: moment.time,
    busy: moment.owner !== "idle",
    battery: moment.power !== "mains",
    loadPercent: (moment.load ?? 1) * 100,
  };
  const memoryMib = memoryOf(rule, now, machine);
  const forbidden = rule.clauses.find((each) => each.kind === "never" && limits(rule, each, now));
  if (forbidden !== undefined) {
    const [reason, unknown] = reasonOf(forbidden.when, moment);
    return nothing(memoryMib, reason, `"${printClause(forbidden)}"${unknown}`);
  }
  const best = bestOf(rule, now, machine);
  if (best === undefined) return nothing(memoryMib, ...whyNone(rule, now, moment));
  const cores = Math.min(best.cores, capOf(rule, now, machine));
  const allowed = slotsOf(rule, now);
  const slots = Math.min(Math.max(1, Math.ceil(cores - 1e-9)), allowed);
  if (cores <= 0 || slots <= 0) return nothing(memoryMib, "rule", "a limit leaves nothing");
  const slotShare = Math.min(1, cores / slots);
  return {
    cpuShare: (slotShare * slots) / machine.cores,
    slots,
    slotShare,
    memoryMib,
    reason: "given",
    why: `"${printClause(best.clause)}"`,
  };
}

function nothing(memoryMib: number, reason: Reason, why: string): Contribution {
  return { cpuShare: 0, slots: 0, slotShare: 0, memoryMib, reason, why };
}

interface Offer {
  readonly clause: Clause;
  readonly cores: number;
}

function bestOf(rule: Rule, now: Known, machine: MachineSize): Offer | undefined {
  let best: Offer | undefined;
  for (const clause of rule.clauses) {
    if (clause.kind !== "give" || !gives(rule, clause.when, now)) continue;
    const cores = coresOf(clause.amount, machine);
    if (best === undefined || cores > best.cores) best = { clause, cores };
  }
  return best;
}

function coresOf({ value, unit }: Processor, { cores }: MachineSize): number {
  return unit === "cores" ? Math.min(value, cores) : (value / 100) * cores;
}

function capOf(rule: Rule, now: Known, machine: MachineSize): number {
  let cores = machine.cores;
  for (const clause of rule.clauses) {
    if (clause.kind !== "max" || !limits(rule, clause, now)) continue;
    const { value, unit } = clause.cap;
    if (unit === "percent" || unit === "cores") {
      cores = Math.min(cores, coresOf({ value, unit }, machine));
    }
  }
  return cores;
}

function slotsOf(rule: Rule, now: Known): number {
  let slots = Number.POSITIVE_INFINITY;
  for (const clause of rule.clauses) {
    if (clause.kind === "max" && clause.cap.unit === "slots" && limits(rule, clause, now)) {
      slots = Math.min(slots, clause.cap.value);
    }
  }
  return slots;
}

function memoryOf(rule: Rule, now: Known, machine: MachineSize): number {
  let mib = machine.memoryMib;
  for (const clause of rule.clauses) {
    if (clause.kind !== "max" || !limits(rule, clause, now)) continue;
    const { value, unit } = clause.cap;
    if (unit === "MiB") mib = Math.min(mib, value);
    if (unit === "percent of memory") mib = Math.min(mib, (value / 100) * machine.memoryMib);
  }
  return Math.floor(mib);
}

/** To give is about an idle machine on mains; busy and battery only where the clause says so. */
function gives(rule: Rule, when: When, now: Known): boolean {
  if (now.busy && !when.busy) return false;
  if (now.battery && !when.battery) return false;
  if (when.load !== undefined && now.loadPercent > when.load) return false;
  return isTime(rule, when, now.time);
}

/** Never and limits hold always, or only where the clause says when. */
function limits(rule: Rule, { when }: Clause, now: Known): boolean {
  if (when.busy && !now.busy) return false;
  if (when.battery && !now.battery) return false;
  if (when.load !== undefined && now.loadPercent <= when.load) return false;
  return isTime(rule, when, now.time);
}

function isTime(rule: Rule, { time, days }: When, { day, minute }: WallTime): boolean {
  const span = spanOf(rule, time);
  if (span === undefined) return days.length === 0 || days.includes(day);
  const over = span.to <= span.from;
  const inside = over
    ? minute >= span.from || minute < span.to
    : minute >= span.from && minute < span.to;
  if (!inside || days.length === 0) return inside;
  // After midnight a span is still that of the evening before.
  const began = over && minute < span.to ? (day + 6) % 7 : day;
  return days.includes(began);
}

function spanOf({ night }: Rule, time: When["time"]): Span | undefined {
  if (time === "any") return undefined;
  if (time === "night") return night;
  if (time === "day") return { from: night.to % DAY, to: night.from };
  return time;
}

/** What a clause that forbids is about, and what was not known when it did. */
function reasonOf({ battery, load, busy, time, days }: When, moment: Moment): [Reason, string] {
  const unless = (known: boolean, what: string) => (known ? "" : `: ${what} is not known`);
  if (battery) return ["on battery", unless(moment.power !== "unknown", "the power supply")];
  if (load !== undefined) return ["busy by others", unless(moment.load !== undefined, "the load")];
  if (busy) return ["user active", unless(moment.owner !== "unknown", "whether somebody is there")];
  return [time === "any" && days.length === 0 ? "rule" : "outside hours", ""];
}

/** The first thing that would have to change for anything to be given. */
function whyNone(rule: Rule, now: Known, moment: Moment): readonly [Reason, string] {
  const wouldGive = (other: Partial<Known>) =>
    rule.clauses.some(
      ({ kind, when }) => kind === "give" && gives(rule, when, { ...now, ...other }),
    );
  if (wouldGive({ busy: false })) {
    return moment.owner === "busy"
      ? ["user active", "somebody uses the machine"]
      : ["user active", "whether somebody uses the machine is not known"];
  }
  if (wouldGive({ battery: false })) {
    return moment.power === "battery"
      ? ["on battery", "the machine runs on battery"]
      : ["on battery", "whether the machine runs on battery is not known"];
  }
  if (wouldGive({ busy: false, battery: false })) {
    return ["user active", "somebody uses the machine, on battery"];
  }
  if (wouldGive({ busy: false, battery: false, loadPercent: 0 })) {
    return ["busy by others", "other programs need the processor"];
  }
  return ["outside hours", "the rule gives nothing at this hour"];
}
