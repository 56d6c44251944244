/** A trace from the disk, line by line: it may be larger than memory. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { inWords } from "../files.ts";
import { CommandError } from "../outcome.ts";
import type { TraceFooter, TraceHeader } from "./trace-writer.ts";

export class TraceReader {
  private readonly path: string;
  private readonly lines: AsyncIterator<string>;
  private number = 0;

  constructor(path: string) {
    this.path = path;
    const input = createReadStream(path, { encoding: "utf8" });
    this.lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]();
  }

  /** The next line; undefined at the end of the file. */
  async next(): Promise<string | undefined> {
    try {
      const { value, done } = await this.lines.next();
      if (done === true) return undefined;
      this.number += 1;
      return value;
    } catch (error) {
      throw inWords(error, `read ${this.path}`);
    }
  }

  async close(): Promise<void> {
    await this.lines.return?.();
  }

  /** What is wrong with the line read last. */
  broken(why: string): CommandError {
    return new CommandError(`${this.path}:${Math.max(1, this.number)}: ${why}`, { code: "file" });
  }

  /** A line as JSON; broken lines are named. */
  parsed(line: string): unknown {
    try {
      return JSON.parse(line);
    } catch {
      throw this.broken("this line of the trace is cut or changed; write the trace again");
    }
  }
}

export function isTraceHeader(value: unknown): value is TraceHeader {
  const header = value as Partial<TraceHeader> | null;
  return (
    header?.pingo === "trace" &&
    typeof header.text === "string" &&
    Number.isSafeInteger(header.seed) &&
    Array.isArray(header.overrides) &&
    typeof header.files === "object"
  );
}

export function isTraceFooter(value: unknown): value is TraceFooter {
  return typeof (value as Partial<TraceFooter> | null)?.end === "string";
}
