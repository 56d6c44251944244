import type { RunResult } from "../run/result.ts";

/** A run, and what the shell knows about it besides. */
export interface ReportInput extends RunResult {
  /** How long the run took outside, milliseconds. */
  readonly wallMs?: number | undefined;
  /** The run was interrupted: the figures are those up to `virtualMs`. */
  readonly partial?: boolean | undefined;
  /** US dollars: for a VCU-hour of a machine, electricity and reward; for a cloud's core-hour. */
  readonly prices?: { readonly vcuHour: number; readonly cloudCoreHour: number } | undefined;
  /** The line that runs it again, when it takes more than the scenario's name and the seed. */
  readonly replay?: string | undefined;
}

/** Virtual seconds that the run lasted, or a little more where something happened later. */
export function runSeconds(input: ReportInput): number {
  let last = input.virtualMs / 1000;
  for (const series of input.series) last = Math.max(last, series.at.at(-1) ?? 0);
  return last > 0 ? last : 1;
}
