/** Runs a trace's scenario again and compares each delivery with its line. */
import { Run } from "../../sim/run/run.ts";
import { loadScenario } from "../../sim/scenario/load.ts";
import { CommandError, Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note, out, print, printJson } from "../terminal/print.ts";
import { Progress, standingText } from "../terminal/progress.ts";
import { numberText } from "../terminal/table.ts";
import { version } from "../version.ts";
import { type Difference, deliveryLine, NO_DELIVERY } from "./delivery.ts";
import { drive, type Ending } from "./drive.ts";
import { notEqual } from "./not-equal.ts";
import { isTraceFooter, type TraceReader } from "./trace-reader.ts";
import type { TraceFooter, TraceHeader } from "./trace-writer.ts";

export interface ReplayFlags {
  readonly json?: boolean;
}

/** How many deliveries of the run wait for their lines at most. */
const SLICE = 20_000;

export async function replayTrace(
  reader: TraceReader,
  header: TraceHeader,
  flags: ReplayFlags,
): Promise<Exit> {
  const { file, text, overrides, seed } = header;
  if (header.version !== version()) {
    note(`the trace is of pingo ${header.version}, this is ${version()}`);
  }
  const scenario = loadScenario({ file, text, overrides });
  const run = new Run({ scenario, seed, files: new Map(Object.entries(header.files)) });
  const comparison = new Comparison(reader);
  run.onDelivery = (delivery) => comparison.waiting.push(deliveryLine(delivery));
  const progress = new Progress();
  const ending = await drive(run, {
    interrupt: new Interrupt(),
    sliceMax: SLICE,
    between: () => comparison.compare(),
    tick: (standing, wallMs) => progress.tick(() => standingText(standing, wallMs)),
  });
  progress.clear();
  if (ending === "over" && comparison.footer === undefined) await comparison.expectEnd();
  await reader.close();
  return answer({ comparison, ending, header, hash: run.result().hash }, flags);
}

interface Replayed {
  readonly comparison: Comparison;
  readonly ending: Ending;
  readonly header: TraceHeader;
  readonly hash: string;
}

function answer({ comparison, ending, header, hash }: Replayed, flags: ReplayFlags): Exit {
  const { difference, compared, footer } = comparison;
  if (difference !== undefined) {
    return notEqual(difference, { first: "trace", second: "replay", flags });
  }
  const { seed, file } = header;
  const stopped = ending === "interrupted";
  if (flags.json === true) {
    printJson({ file, seed, deliveries: compared, hash, equal: true, interrupted: stopped });
  } else {
    const extent = footer === undefined || stopped ? "the first" : "all";
    const count = `${extent} ${numberText(compared)} deliveries`;
    print(`${out.green("equal")}: ${count} of ${file}, seed ${seed}, are as in the trace`);
  }
  return stopped ? Exit.interrupted : Exit.fine;
}

class Comparison {
  waiting: string[] = [];
  compared = 0;
  difference: Difference | undefined;
  footer: TraceFooter | undefined;
  private readonly reader: TraceReader;

  constructor(reader: TraceReader) {
    this.reader = reader;
  }

  /** Compares what waits; true when there is nothing more to compare. */
  async compare(): Promise<boolean> {
    const { waiting } = this;
    this.waiting = [];
    for (const line of waiting) {
      const expected = await this.reader.next();
      if (expected === undefined) return true;
      if (expected === line) {
        this.compared += 1;
        continue;
      }
      this.judge(expected, line);
      return true;
    }
    return false;
  }

  /** The run is over: the trace must be, too. */
  async expectEnd(): Promise<void> {
    const line = await this.reader.next();
    if (line !== undefined) this.judge(line, NO_DELIVERY);
  }

  private judge(expected: string, line: string): void {
    const parsed = this.reader.parsed(expected);
    const delivery = this.compared + 1;
    if (!isTraceFooter(parsed)) this.difference = { delivery, first: expected, second: line };
    else if (parsed.end === "over" && line !== NO_DELIVERY) {
      this.difference = { delivery, first: NO_DELIVERY, second: line };
    } else if (parsed.deliveries !== this.compared) {
      throw this.reader.broken(
        `the trace counts ${parsed.deliveries} deliveries and holds ${this.compared}; ` +
          "lines are missing, so write it again",
      );
    } else this.footer = parsed;
  }
}

/** The header, or undefined when the file is something else than a trace. */
export function headerOf(
  reader: TraceReader,
  first: string | undefined,
  isHeader: (value: unknown) => value is TraceHeader,
): TraceHeader | undefined {
  if (first === undefined || !first.startsWith("{")) return undefined;
  const parsed = reader.parsed(first);
  if (isHeader(parsed)) return parsed;
  throw new CommandError(
    "the first line is no header of a trace; replay takes what run --trace or swarm wrote",
    { code: "file" },
  );
}
