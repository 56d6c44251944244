/**
 * A workload in the Standard Workload Format of the Parallel Workloads Archive (Chapin et al.,
 * JSSPP 1999; version 2.2): header comments begin with `;`, a job is a line of 18 numbers. A job of
 * p processors and r seconds becomes p tasks of r processor-seconds. -1 means unknown.
 */
import { Either } from "effect";
import { SECOND } from "../../kernel/duration.ts";
import { TASKS_MAX } from "./job-sizes.ts";
import { TraceBuilder, type WorkloadTrace } from "./trace-replay.ts";
import { cell, LINE_MAX, lineAfter, TraceError, type TraceLine } from "./trace-text.ts";

const FIELDS = 18;
const SUBMIT = 1;
const RUN_TIME = 3;
const USED_PROCESSORS = 4;
const REQUESTED_PROCESSORS = 7;
/** A processor-second of the reference core. */
const VCU_PER_PROCESSOR_SECOND = 1 / 3_600;

/** Parses the content of `file`; jobs that never ran (run time or processors < 1) are skipped. */
export function parseSwfTrace(
  file: string,
  content: string,
): Either.Either<WorkloadTrace, TraceError> {
  const line: TraceLine = { text: "", number: 0, next: 0 };
  const builder = new TraceBuilder(VCU_PER_PROCESSOR_SECOND);
  while (lineAfter(content, line)) {
    if (line.text === "" || line.text.startsWith(";")) continue;
    const why = addJob(builder, line.text);
    if (why !== undefined) return Either.left(new TraceError({ file, line: line.number, why }));
  }
  if (line.number === 0) {
    return Either.left(new TraceError({ file, line: 1, why: "the file is empty" }));
  }
  return Either.right(builder.build());
}

/** Adds one job; the reason when its line is broken. */
function addJob(builder: TraceBuilder, text: string): string | undefined {
  if (text.length > LINE_MAX) return `line is longer than ${LINE_MAX} characters`;
  const fields = text.split(/\s+/);
  if (fields.length !== FIELDS) {
    return `expected ${FIELDS} fields, found ${fields.length}: ${cell(text)}`;
  }
  const bad = fields.find((field) => !Number.isFinite(Number(field)));
  if (bad !== undefined) return `field is not a number: ${cell(bad)}`;
  const value = (field: number): number => Number(fields[field]);
  const submitUs = Math.round(value(SUBMIT) * SECOND);
  if (submitUs < 0) return `submit time is negative: ${cell(fields[SUBMIT] ?? "")}`;
  if (!Number.isSafeInteger(submitUs)) {
    return `submit time is too large: ${cell(fields[SUBMIT] ?? "")}`;
  }
  const used = value(USED_PROCESSORS);
  const processors = Math.floor(used > 0 ? used : value(REQUESTED_PROCESSORS));
  const seconds = value(RUN_TIME);
  if (seconds <= 0 || processors < 1) builder.skip();
  else if (processors > TASKS_MAX) return `more than ${TASKS_MAX} processors: ${processors}`;
  else builder.add(submitUs, processors, seconds);
  return undefined;
}
