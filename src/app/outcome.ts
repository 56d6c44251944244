/** How a command ends: exit codes that mean something, and errors that say what to do. */
import type { RunResult } from "../sim/run/result.ts";

export const Exit = {
  fine: 0,
  crash: 1,
  usage: 2,
  unsafe: 10,
  notLive: 11,
  notDeterministic: 12,
  checkMissed: 13,
  interrupted: 130,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

export interface ErrorDetails {
  /** Short name for programs. */
  readonly code?: string;
  readonly exit?: Exit;
  readonly field?: string | undefined;
  readonly allowed?: ReadonlyArray<string> | undefined;
}

/** One sentence for the user; everything else that is thrown is a crash of ours. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly details: ErrorDetails;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message);
    this.details = details;
  }
}

/** What is printed about an error, by man or by machine. */
export interface ErrorReport {
  readonly exit: Exit;
  readonly code: string;
  readonly message: string;
  readonly field?: string | undefined;
  readonly allowed?: ReadonlyArray<string> | undefined;
}

/** Errors of the simulator that speak of the input, whoever noticed it. */
const aboutInput = new Set([
  "RuleError",
  "ScenarioError",
  "TraceError",
  "MalformedMatrix",
  "UnknownCity",
  "UnknownRegion",
]);

export function reportOf(error: unknown): ErrorReport {
  if (error instanceof CommandError) {
    const { code = "usage", exit = Exit.usage, field, allowed } = error.details;
    return { exit, code, message: error.message, field, allowed };
  }
  if (error instanceof Error && aboutInput.has(error.name)) {
    const { field, allowed } = error as ErrorDetails & Error;
    const message = error.message;
    return {
      exit: Exit.usage,
      code: "scenario",
      message,
      field: field === "" ? undefined : field,
      allowed: allowed?.length === 0 ? undefined : allowed,
    };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exit: Exit.crash, code: "crash", message };
}

/** Safety before liveness before bounds: the worst is what the caller must know. */
export function exitOf(result: Pick<RunResult, "verdict" | "violations">): Exit {
  if (result.verdict === "pass") return Exit.fine;
  if (result.violations.some(({ kind }) => kind === "safety")) return Exit.unsafe;
  if (result.violations.some(({ kind }) => kind === "liveness")) return Exit.notLive;
  return Exit.checkMissed;
}

const bySeverity: ReadonlyArray<Exit> = [
  Exit.interrupted,
  Exit.notDeterministic,
  Exit.crash,
  Exit.unsafe,
  Exit.notLive,
  Exit.checkMissed,
];

/** The exit code of many runs together. */
export function worstOf(exits: Iterable<Exit>): Exit {
  const seen = new Set(exits);
  return bySeverity.find((exit) => seen.has(exit)) ?? Exit.fine;
}
