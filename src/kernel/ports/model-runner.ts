/**
 * The port that runs one task's model on one slot of a machine. Live it is a child process with
 * limits; in the simulator it is a model of duration, owner's use, crash and wrong results.
 */
import { Schema } from "effect";
import { variant } from "../message.ts";
import { portOutcome } from "./port.ts";

export const RUNNER = "runner";

/** Runs a task from `doneMflop` on; the outcome's key is the call's key. */
export const RunModel = variant("RunModel", {
  task: Schema.String,
  /** What to compute; the result depends on nothing else. */
  content: Schema.String,
  /** Metered operation count of the whole task, MFLOP. */
  mflop: Schema.Int,
  /** Work already done and kept in a checkpoint, MFLOP. */
  doneMflop: Schema.Int,
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
});
export type RunModel = typeof RunModel.Type;

/**
 * Ends the run with key `run`: that run's outcome becomes the failure `aborted`, and the outcome of
 * this call carries the work that its checkpoint keeps.
 */
export const AbortRun = variant("AbortRun", { run: Schema.String });
export type AbortRun = typeof AbortRun.Type;

export const RunnerRequest = Schema.Union(RunModel, AbortRun);
export type RunnerRequest = typeof RunnerRequest.Type;

/** Digest of the result (empty for an abort) and the work now done, MFLOP. */
const RunValue = Schema.Struct({
  digest: Schema.String,
  doneMflop: Schema.Int,
  /** The result itself where it is small and wanted, such as a training update; else empty. */
  payload: Schema.String,
  /** How long the input took, microseconds; 0 for an abort. */
  fetchUs: Schema.Int,
});

export const RunnerOutcome = portOutcome(RUNNER, RunValue, ["aborted", "killed", "deadline"]);
export type RunnerOutcome = typeof RunnerOutcome.Type;
