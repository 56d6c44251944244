/** Timestamps of trace files, without the engine's calendar. */
import { DAY, HOUR, MINUTE, SECOND } from "../../kernel/duration.ts";

const pattern = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?Z?$/;
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Days from 1970-01-01 to a civil date, proleptic Gregorian: years of 400 repeat, and the year is
 * counted from March so that the leap day comes last (H. Hinnant, "chrono-compatible low-level
 * date algorithms", days_from_civil).
 */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/**
 * Microseconds since the epoch of "2023-11-16 18:17:03.9799600" (UTC; T and Z are accepted, digits
 * below the microsecond are rounded); `undefined` when the text is no such instant.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index]);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  const days = (monthDays[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0);
  if (day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined;
  const clock = hour * HOUR + minute * MINUTE + second * SECOND;
  const fraction = Math.round(Number(`0.${match[7] ?? "0"}`) * SECOND);
  return daysFromCivil(year, month, day) * DAY + clock + fraction;
}
