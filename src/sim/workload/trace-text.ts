/** Reading trace files line by line, and the one error they give. Content comes in as a string. */
import { Data } from "effect";

/** A broken trace file: "trace.csv:17: arrival time is not a number: abc". */
export class TraceError extends Data.TaggedError("TraceError")<{
  readonly file: string;
  readonly line: number;
  readonly why: string;
}> {
  override get message(): string {
    return `${this.file}:${this.line}: ${this.why}`;
  }
}

/** A cursor over the lines of a file; `next` is where the following line starts. */
export interface TraceLine {
  text: string;
  number: number;
  next: number;
}

/**
 * Moves to the next line, without its line end and outer blanks; false at the end of the content.
 * The file is never split as a whole, so a large trace is held once.
 */
export function lineAfter(content: string, line: TraceLine): boolean {
  if (line.next >= content.length) return false;
  const start = line.next;
  const newline = content.indexOf("\n", start);
  const end = newline < 0 ? content.length : newline;
  line.text = content.slice(start, end).trim();
  line.number += 1;
  line.next = end + 1;
  return true;
}

const SHOWN_MAX = 40;

/** Text of a cell for a message: short, and on one line. */
export function cell(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > SHOWN_MAX ? `${trimmed.slice(0, SHOWN_MAX)}…` : trimmed;
}

/** Longest line of a workload trace; a longer one is no trace. */
export const LINE_MAX = 10_000;
