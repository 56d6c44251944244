/** A rule over the coming week, hour by hour on the owner's clock: what `explain` shows. */
import { type Contribution, contributionAt } from "./evaluate.ts";
import { type MachineSize, type Moment, wallClock } from "./moment.ts";
import type { Rule } from "./rule.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;
/** Times in rules are whole minutes. */
const LOOKS = 60;

/** The situations that a preview tells apart. */
export const situations = {
  idle: { owner: "idle", power: "mains", load: 0 },
  busy: { owner: "busy", power: "mains", load: 0 },
  battery: { owner: "idle", power: "battery", load: 0 },
} as const satisfies Readonly<Record<string, Omit<Moment, "time">>>;
export type Situation = keyof typeof situations;

export interface Hour {
  readonly startsMs: number;
  /** 0 is Monday. */
  readonly day: number;
  /** Minutes since midnight on the owner's clock. */
  readonly minute: number;
  /** Mean share of the machine over the hour, 0 to 1. */
  readonly given: Readonly<Record<Situation, number>>;
}

export interface Preview {
  readonly hours: ReadonlyArray<Hour>;
  /** What is given, and why, at the first minute; that of a machine as it is now. */
  readonly now: Readonly<Record<Situation, Contribution>>;
  /** Core-hours in the week if the situation were the same all the time. */
  readonly coreHours: Readonly<Record<Situation, number>>;
}

export interface PreviewOptions {
  readonly fromMs: number;
  readonly machine: MachineSize;
  /** IANA name; by default the machine's own zone. */
  readonly zone?: string | undefined;
}

/**
 * 168 hours from the full hour before `fromMs`. A day on which the clocks change has one more or
 * one less, as it has on the wall.
 */
export function previewOf(rule: Rule, options: PreviewOptions): Preview {
  const { machine } = options;
  const clock = wallClock(options.zone);
  const hours: Hour[] = [];
  let atMs = startOfHour(options.fromMs, clock);
  const endMs = atMs + WEEK_MS;
  for (; atMs < endMs; atMs += HOUR_MS) {
    const times = Array.from({ length: LOOKS }, (_, i) => clock(atMs + i * MINUTE_MS));
    const mean = (situation: Situation) =>
      times
        .map((time) => contributionAt(rule, { time, ...situations[situation] }, machine).cpuShare)
        .reduce((sum, share) => sum + share, 0) / LOOKS;
    const [first = { day: 0, minute: 0 }] = times;
    hours.push({ startsMs: atMs, ...first, given: perSituation(mean) });
  }
  const time = clock(options.fromMs);
  return {
    hours,
    now: perSituation((of) => contributionAt(rule, { time, ...situations[of] }, machine)),
    coreHours: perSituation((of) =>
      hours.reduce((sum, { given }) => sum + given[of] * machine.cores, 0),
    ),
  };
}

/** By the wall: zones may be half an hour off. */
function startOfHour(atMs: number, clock: ReturnType<typeof wallClock>): number {
  const whole = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  return whole - (clock(whole).minute % 60) * MINUTE_MS;
}

function perSituation<T>(of: (situation: Situation) => T): Readonly<Record<Situation, T>> {
  return { idle: of("idle"), busy: of("busy"), battery: of("battery") };
}
