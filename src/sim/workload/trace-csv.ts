/**
 * A workload from CSV: a header, then one job of one task a row, with an arrival time and one or
 * more size columns that are added up. Times are seconds from the scenario's start, or timestamps,
 * which count from the first row. Recognised without naming columns: `arrival_s,size`, and
 * `TIMESTAMP,ContextTokens,GeneratedTokens` of the Azure LLM inference traces (CC-BY-4.0).
 */
import { Either } from "effect";
import { SECOND } from "../../kernel/duration.ts";
import { parseTimestamp } from "./civil-time.ts";
import { TraceBuilder, type WorkloadTrace } from "./trace-replay.ts";
import { cell, LINE_MAX, lineAfter, TraceError, type TraceLine } from "./trace-text.ts";

/** Names of columns; what is left out is recognised from the header. */
export interface CsvColumns {
  readonly time?: string | undefined;
  readonly sizes?: ReadonlyArray<string> | undefined;
}

interface Layout {
  readonly columns: number;
  readonly time: number;
  readonly sizes: ReadonlyArray<number>;
  readonly vcuPerUnit: number;
}

/** 1 GFLOP a token: 2 FLOP for each of half a billion parameters, a model that a CPU can serve. */
const VCU_PER_TOKEN = 1 / 36_000;
const known = [
  { time: "arrival_s", sizes: ["size"], vcuPerUnit: 1 },
  { time: "TIMESTAMP", sizes: ["ContextTokens", "GeneratedTokens"], vcuPerUnit: VCU_PER_TOKEN },
] as const;

/** Parses the content of `file`; the name serves messages only. */
export function parseCsvTrace(
  file: string,
  content: string,
  columns: CsvColumns = {},
): Either.Either<WorkloadTrace, TraceError> {
  const line: TraceLine = { text: "", number: 0, next: 0 };
  const fail = (why: string) =>
    Either.left(new TraceError({ file, line: Math.max(1, line.number), why }));
  let layout: Layout | undefined;
  let builder: TraceBuilder | undefined;
  const clock: Clock = { firstUs: undefined };
  while (lineAfter(content, line)) {
    if (line.text === "" || line.text.startsWith("#")) continue;
    if (line.text.length > LINE_MAX) return fail(`line is longer than ${LINE_MAX} characters`);
    const cells = line.text.split(",").map(unquote);
    if (layout === undefined || builder === undefined) {
      const found = layoutOf(cells, columns);
      if (typeof found === "string") return fail(found);
      layout = found;
      builder = new TraceBuilder(layout.vcuPerUnit);
      continue;
    }
    const why = addRow(builder, cells, layout, clock);
    if (why !== undefined) return fail(why);
  }
  if (builder === undefined) return fail("the file is empty; it needs a header and rows");
  return Either.right(builder.build());
}

/** Where timestamps count from. */
interface Clock {
  firstUs: number | undefined;
}

function unquote(text: string): string {
  const trimmed = text.trim();
  const quoted = trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"');
  return quoted ? trimmed.slice(1, -1) : trimmed;
}

/** Column numbers by the header's names; the reason when a name is missing. */
function layoutOf(header: ReadonlyArray<string>, wanted: CsvColumns): Layout | string {
  const like = known.find(({ time }) => header.includes(wanted.time ?? time));
  const time = wanted.time ?? like?.time ?? known[0].time;
  const sizes = wanted.sizes ?? like?.sizes ?? known[0].sizes;
  const missing = [time, ...sizes].find((name) => !header.includes(name));
  if (missing !== undefined) {
    return `the header has no column ${cell(missing)}: ${cell(header.join(","))}`;
  }
  return {
    columns: header.length,
    time: header.indexOf(time),
    sizes: sizes.map((name) => header.indexOf(name)),
    vcuPerUnit: wanted.sizes === undefined ? (like?.vcuPerUnit ?? 1) : 1,
  };
}

/** Adds one row; the reason when it is broken. */
function addRow(
  builder: TraceBuilder,
  cells: ReadonlyArray<string>,
  layout: Layout,
  clock: Clock,
): string | undefined {
  if (cells.length !== layout.columns) {
    return `expected ${layout.columns} columns, found ${cells.length}: ${cell(cells.join(","))}`;
  }
  const time = cells[layout.time] ?? "";
  const atUs = timeOf(time, clock);
  if (atUs === undefined) return `arrival time is not a number: ${cell(time)}`;
  if (atUs < 0) {
    return clock.firstUs === undefined
      ? `arrival time is negative: ${cell(time)}`
      : `arrival time lies before the first row: ${cell(time)}`;
  }
  let size = 0;
  for (const column of layout.sizes) {
    const text = cells[column] ?? "";
    const part = text === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(part) || part < 0) return `size is not a number: ${cell(text)}`;
    size += part;
  }
  builder.add(atUs, 1, size);
  return undefined;
}

/** Microseconds from the start: seconds as they are, timestamps from the first one. */
function timeOf(text: string, clock: Clock): number | undefined {
  const seconds = text === "" ? Number.NaN : Number(text);
  if (Number.isFinite(seconds)) {
    const us = Math.round(seconds * SECOND);
    return Number.isSafeInteger(us) ? us : undefined;
  }
  const stamp = parseTimestamp(text);
  if (stamp === undefined) return undefined;
  clock.firstUs ??= stamp;
  return stamp - clock.firstUs;
}
