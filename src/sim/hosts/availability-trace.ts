/**
 * Availability from a file: CSV with the header `host,start_s,end_s`, one up interval a line, in
 * seconds from the scenario's start. Intervals are half open; touching ones are merged;
 * overlapping ones are an error. A host is down outside its intervals and after the last.
 */
import { Either } from "effect";
import { SECOND } from "../../kernel/duration.ts";
import { cell, lineAfter, TraceError, type TraceLine } from "../workload/trace-text.ts";

/** Sorted up intervals of host i are `first[i] <= k < first[i + 1]`, in µs from the start. */
export interface AvailabilityTrace {
  readonly hosts: ReadonlyArray<string>;
  readonly first: Uint32Array;
  readonly startUs: Float64Array;
  readonly endUs: Float64Array;
}

interface Interval {
  readonly startUs: number;
  endUs: number;
  readonly line: number;
}

const HEADER = "host,start_s,end_s";

/** Parses the content of `file`; the name serves messages only. */
export function parseAvailabilityTrace(
  file: string,
  content: string,
): Either.Either<AvailabilityTrace, TraceError> {
  const byHost = new Map<string, Array<Interval>>();
  const line: TraceLine = { text: "", number: 0, next: 0 };
  let headerSeen = false;
  while (lineAfter(content, line)) {
    if (line.text === "" || line.text.startsWith("#")) continue;
    if (!headerSeen) {
      if (line.text !== HEADER) {
        return fail(file, line.number, `the header must be ${HEADER}: ${cell(line.text)}`);
      }
      headerSeen = true;
      continue;
    }
    const why = addInterval(byHost, line);
    if (why !== undefined) return fail(file, line.number, why);
  }
  if (!headerSeen) return fail(file, 1, `the file is empty; its header must be ${HEADER}`);
  return layOut(file, byHost);
}

function fail(file: string, line: number, why: string) {
  return Either.left(new TraceError({ file, line, why }));
}

/** Adds one line's interval; the reason when the line is broken. */
function addInterval(byHost: Map<string, Array<Interval>>, line: TraceLine): string | undefined {
  if (line.text.length > 1_000) return "line is longer than 1000 characters";
  const cells = line.text.split(",");
  const [host = "", start = "", end = ""] = cells;
  if (cells.length !== 3 || host.trim() === "") return `expected ${HEADER}: ${cell(line.text)}`;
  const startUs = micros(start);
  const endUs = micros(end);
  if (startUs === undefined) return `start_s is not a number of seconds: ${cell(start)}`;
  if (endUs === undefined) return `end_s is not a number of seconds: ${cell(end)}`;
  if (startUs < 0) return `start_s is negative: ${cell(start)}`;
  if (endUs <= startUs) return `end_s must be after start_s: ${cell(line.text)}`;
  const intervals = byHost.get(host.trim());
  const interval: Interval = { startUs, endUs, line: line.number };
  if (intervals === undefined) byHost.set(host.trim(), [interval]);
  else intervals.push(interval);
  return undefined;
}

function micros(seconds: string): number | undefined {
  const us = seconds.trim() === "" ? Number.NaN : Math.round(Number(seconds) * SECOND);
  return Number.isSafeInteger(us) ? us : undefined;
}

function layOut(
  file: string,
  byHost: Map<string, Array<Interval>>,
): Either.Either<AvailabilityTrace, TraceError> {
  const first = new Uint32Array(byHost.size + 1);
  const all: Array<Interval> = [];
  let host = 0;
  for (const [name, intervals] of byHost) {
    intervals.sort((a, b) => a.startUs - b.startUs || a.line - b.line);
    let last: Interval | undefined;
    for (const interval of intervals) {
      if (last !== undefined && interval.startUs < last.endUs) {
        const why = `up interval of host ${cell(name)} overlaps the one of line ${last.line}`;
        return fail(file, interval.line, why);
      }
      if (last !== undefined && interval.startUs === last.endUs) {
        last.endUs = interval.endUs;
        continue;
      }
      all.push(interval);
      last = interval;
    }
    host += 1;
    first[host] = all.length;
  }
  return Either.right({
    hosts: [...byHost.keys()],
    first,
    startUs: Float64Array.from(all, (interval) => interval.startUs),
    endUs: Float64Array.from(all, (interval) => interval.endUs),
  });
}

/** State of `host` at `sinceUs` after the scenario's start and its end; Infinity after the last. */
export function traceStateAt(
  trace: AvailabilityTrace,
  host: number,
  sinceUs: number,
  into: { isUp: boolean; untilUs: number },
): void {
  const index = intervalAfter(trace, host, sinceUs);
  const end = trace.first[host + 1] ?? 0;
  const start = trace.startUs[index] ?? Infinity;
  into.isUp = index < end && start <= sinceUs;
  into.untilUs = index >= end ? Infinity : into.isUp ? (trace.endUs[index] ?? Infinity) : start;
}

/** Index of the first interval of `host` that ends after `atUs`; `first[host + 1]` when none. */
function intervalAfter(trace: AvailabilityTrace, host: number, atUs: number): number {
  let low = trace.first[host] ?? 0;
  let high = trace.first[host + 1] ?? low;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((trace.endUs[middle] ?? Infinity) > atUs) high = middle;
    else low = middle + 1;
  }
  return low;
}
