/** What counts as a failure of a drawn run, and the run itself. */
import type { RunResult } from "../run/result.ts";
import { Run } from "../run/run.ts";
import { inputsOf, type SwarmCase } from "./swarm-case.ts";

export interface Failure {
  readonly kind: "safety" | "liveness" | "unhandled" | "crash" | "endless";
  /** The checker that saw it, or what a crash says first: shrinking keeps it. */
  readonly checker: string;
  readonly message: string;
  /** Virtual time since the start, where it is known. */
  readonly atUs?: number;
}

export interface Judged {
  readonly hash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly failure: Failure | undefined;
}

/** No drawn network works so much; one that reaches this turns in circles. */
const EVENTS_MAX = 3_000_000;
const SLICE = 20_000;

/** Runs a case to its end; never throws. */
export function judge(drawn: SwarmCase, defect?: string): Judged {
  let run: Run | undefined;
  try {
    run = new Run(inputsOf(drawn, defect));
    let over = false;
    // What is unsafe stays unsafe: the first slice that shows it is enough.
    while (!over && run.isSafe && run.progress().events < EVENTS_MAX) over = run.advance(SLICE);
    const result = run.result();
    const { hash, events, virtualMs } = result;
    const failure = failureOf(result) ?? (over ? undefined : endless(result));
    return { hash, events, virtualMs, failure };
  } catch (error) {
    const { virtualUs, events } = run?.progress() ?? { virtualUs: 0, events: 0 };
    const virtualMs = Math.round(virtualUs / 1_000);
    return { hash: "", events, virtualMs, failure: crash(error, virtualUs) };
  }
}

/** The first violation, else the first message that nobody expected. */
function failureOf({ violations, checks, unhandled }: RunResult): Failure | undefined {
  const [violation] = violations;
  if (violation !== undefined) {
    const { kind, checker, message, atUs } = violation;
    return { kind, checker, message, atUs };
  }
  const strays = checks.find(({ name, pass }) => name === "unhandled" && !pass);
  if (strays === undefined) return undefined;
  const what = unhandled.map((stray) => `${stray.what} (${stray.count})`).join(", ");
  return { kind: "unhandled", checker: "unhandled", message: `nobody handled ${what}` };
}

function endless({ virtualMs }: RunResult): Failure {
  const message = `more than ${EVENTS_MAX} events, and no end in sight`;
  return { kind: "endless", checker: "endless", message, atUs: virtualMs * 1_000 };
}

function crash(error: unknown, atUs: number): Failure {
  const message = error instanceof Error ? error.message : String(error);
  // Numbers and addresses differ from one drawn network to the next; the words stay.
  const words = message.replace(/[a-z]+\/[a-z0-9.-]+|\d+/g, "…");
  return { kind: "crash", checker: `crash: ${words}`, message, atUs };
}
