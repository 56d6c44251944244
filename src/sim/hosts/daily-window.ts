/**
 * Machines that are on in a window of the local day: evenings at home, working hours in an office.
 * One draw decides a day, one its beginning, one its end; each end moves uniformly by ± jitter.
 */
import { DAY, HOUR } from "../../kernel/duration.ts";
import type { Stream } from "../../kernel/entropy.ts";
import { uniform } from "../numbers/distributions.ts";

/** Hours of the local day; `toHour` may pass 24. Weekdays are Monday to Friday. */
export interface DailyWindow {
  readonly fromHour: number;
  readonly toHour: number;
  readonly jitterHours: number;
  readonly probability: number;
  readonly weekdaysOnly: boolean;
}

/** What the window says about an instant: whether the machine is up, and until when. */
export interface WindowState {
  isUp: boolean;
  untilUs: number;
}

/**
 * The window's own day that holds a local instant. It turns halfway between two windows, so that
 * an evening that ends after midnight belongs to the day on which it began.
 */
function windowDay(window: DailyWindow, localUs: number): number {
  const turnHour = (window.fromHour + window.toHour) / 2 - 12;
  return Math.floor((localUs - turnHour * HOUR) / DAY);
}

/** Day 0 of the epoch was a Thursday. */
function isWorkday(day: number): boolean {
  return (((day + 3) % 7) + 7) % 7 < 5;
}

function isUsed(window: DailyWindow, day: number, stream: Stream): boolean {
  if (window.weekdaysOnly && !isWorkday(day)) return false;
  return stream.unit() < window.probability;
}

function edge(day: number, hour: number, jitterHours: number, stream: Stream): number {
  return day * DAY + Math.round((hour + uniform(stream, -jitterHours, jitterHours)) * HOUR);
}

/** Days searched before giving up on a machine that is never used. */
const DAYS_MAX = 10_000;

function nextStart(window: DailyWindow, fromDay: number, stream: Stream): number {
  for (let day = fromDay; day < fromDay + DAYS_MAX; day++) {
    if (isUsed(window, day, stream)) {
      return edge(day, window.fromHour, window.jitterHours, stream);
    }
  }
  return Infinity;
}

/** State at a local instant, drawn afresh; exact, since the process repeats every day or week. */
export function windowStateAt(
  window: DailyWindow,
  localUs: number,
  stream: Stream,
  into: WindowState,
): void {
  const day = windowDay(window, localUs);
  into.isUp = false;
  if (isUsed(window, day, stream)) {
    const from = edge(day, window.fromHour, window.jitterHours, stream);
    const to = edge(day, window.toHour, window.jitterHours, stream);
    if (localUs < to) {
      into.isUp = localUs >= from;
      into.untilUs = into.isUp ? to : from;
      return;
    }
  }
  into.untilUs = nextStart(window, day + 1, stream);
}

/** Local end of the window that began at `startUs`. */
export function windowEnd(window: DailyWindow, startUs: number, stream: Stream): number {
  return edge(windowDay(window, startUs), window.toHour, window.jitterHours, stream);
}

/** Local beginning of the window after the one that ended at `endUs`; Infinity when never used. */
export function windowStart(window: DailyWindow, endUs: number, stream: Stream): number {
  return nextStart(window, windowDay(window, endUs) + 1, stream);
}
