/** Days and hours in a contribution rule. */
import type { Reader } from "./reader.ts";
import { dayNames, type Span, weekdays, weekend } from "./rule.ts";

const fullNames = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const allowedDays = ["weekdays", "weekends", ...dayNames];

/** "22:00 and 06:00", "22:00-06:00", "22:00 to 06:00". */
export function spanOf(reader: Reader): Span {
  reader.takes("from");
  const begin = reader.token;
  const from = timeOf(reader);
  if (!reader.takes("-", "–", "and", "to", "until")) reader.fail("is not known here", ["and", "-"]);
  const to = timeOf(reader);
  if (from === to) {
    reader.fail("and the other time are the same; for a whole day leave both out", [], begin);
  }
  return { from, to };
}

function timeOf(reader: Reader): number {
  const { token } = reader;
  const [hour = Number.NaN, minute = Number.NaN] = token.text.split(":").map(Number);
  if (token.kind !== "time" || hour > 24 || minute > 59 || hour * 60 + minute > 24 * 60) {
    reader.fail("is no time of day", ["a time such as 22:00"]);
  }
  reader.take();
  // 24:00 is the midnight at the end, which is the next day's 00:00.
  return (hour * 60 + minute) % (24 * 60);
}

/** "weekdays", "sat", "mon-fri", "mon and wed"; in the order of the week. */
export function daysOf(reader: Reader): ReadonlyArray<number> {
  const days = new Set<number>();
  do {
    if (reader.takes("weekdays", "weekday", "workdays")) for (const day of weekdays) days.add(day);
    else if (reader.takes("weekends", "weekend")) for (const day of weekend) days.add(day);
    else for (const day of range(reader)) days.add(day);
  } while (reader.takes("and", "or"));
  return [...days].sort((a, b) => a - b);
}

/** One day, or from one day to another; "sat-mon" goes over the end of the week. */
function range(reader: Reader): ReadonlyArray<number> {
  const from = dayOf(reader);
  if (!reader.takes("-", "–", "to")) return [from];
  const to = dayOf(reader);
  const count = ((to - from + 7) % 7) + 1;
  return Array.from({ length: count }, (_, i) => (from + i) % 7);
}

function dayOf(reader: Reader): number {
  const { text } = reader.token;
  const day = fullNames.findIndex(
    (name) => (text.length > 2 && name.startsWith(text)) || text === `${name}s`,
  );
  if (day < 0) reader.fail("is not known here", [...allowedDays, "battery", "mains"]);
  reader.take();
  return day;
}
