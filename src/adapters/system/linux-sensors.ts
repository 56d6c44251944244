/**
 * What Linux says about its owner's use: the processor's counters, pressure, the power supply, and
 * when somebody last touched an input. Reading a file costs microseconds; a program is only asked
 * where no file knows.
 */
import type { Power } from "../../live/contribution/moment.ts";

/** Jiffies of /proc/stat since the machine began, over all cores. */
export interface CpuTimes {
  readonly total: number;
  /** What was used at the usual priority: slots run niced, so their time is not in it. */
  readonly owner: number;
}

/** Undefined when the text is none of /proc/stat. */
export function cpuTimesOf(stat: string): CpuTimes | undefined {
  const line = /^cpu +(.+)$/m.exec(stat)?.[1];
  const counts = line?.split(/\s+/).map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, idle, wait = 0, irq = 0, softirq = 0, steal = 0] = counts;
  if (idle === undefined || counts.some(Number.isNaN)) return undefined;
  const owner = user + system + irq + softirq;
  // The guest's time is in user's already. Stolen time is another machine's, not the owner's.
  return { owner, total: owner + nice + idle + wait + steal };
}

/** Share of all cores, 0 to 1, between two looks; undefined when no time went by. */
export function loadBetween(before: CpuTimes, after: CpuTimes): number | undefined {
  const total = after.total - before.total;
  if (total <= 0) return undefined;
  return Math.min(1, Math.max(0, (after.owner - before.owner) / total));
}

/** `some avg10` of /proc/pressure/cpu, 0 to 1. Not every kernel has it. */
export function pressureOf(text: string): number | undefined {
  const percent = /^some avg10=(\d+(?:\.\d+)?)/m.exec(text)?.[1];
  return percent === undefined ? undefined : Number(percent) / 100;
}

/** The files of one entry of /sys/class/power_supply. */
export interface PowerSupply {
  readonly type: string;
  readonly scope?: string | undefined;
  readonly online?: string | undefined;
  readonly status?: string | undefined;
}

/**
 * A battery that discharges while no mains is online. Batteries of mice and phones have the scope
 * "Device" and power nothing but themselves.
 */
export function powerOf(supplies: ReadonlyArray<PowerSupply>): Power {
  const own = supplies.filter(({ scope }) => scope?.trim() !== "Device");
  const mains = own.filter(({ type }) => /^(Mains|USB|Wireless)/.test(type.trim()));
  if (mains.some(({ online }) => online?.trim() === "1")) return "mains";
  const batteries = own.filter(({ type }) => type.trim() === "Battery");
  if (batteries.length === 0) return "mains";
  if (batteries.some(({ status }) => status?.trim() === "Discharging")) return "battery";
  const charged = batteries.every(({ status }) =>
    /^(Full|Charging|Not charging)/.test(status ?? ""),
  );
  return charged ? "mains" : "unknown";
}

/** One session of `loginctl show-session`, as its `Name=value` lines say. */
export function idleOfSession(text: string, nowUs: number): number | undefined {
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1];
  // Services and the greeter are sessions too.
  if (value("Class") !== "user" || value("State") === "closing") return undefined;
  if (value("IdleHint") === "no") {
    // Where nothing ever sets the hint it says "no" since the beginning, which is no knowledge.
    return Number(value("IdleSinceHint") ?? 0) > 0 ? 0 : undefined;
  }
  const since = Number(value("IdleSinceHint") ?? 0);
  return since > 0 ? Math.max(0, (nowUs - since) / 1_000_000) : undefined;
}

/** Seconds since the newest of these instants; none known is undefined, the future is now. */
export function idleSince(touchedMs: ReadonlyArray<number>, nowMs: number): number | undefined {
  if (touchedMs.length === 0) return undefined;
  return Math.max(0, (nowMs - Math.max(...touchedMs)) / 1_000);
}

/** Milliseconds that GNOME's idle monitor gives as "(uint64 4711,)"; here in seconds. */
export function mutterIdleOf(text: string): number | undefined {
  const milliseconds = /^\(uint64 (\d+),\)/.exec(text)?.[1];
  return milliseconds === undefined ? undefined : Number(milliseconds) / 1_000;
}
