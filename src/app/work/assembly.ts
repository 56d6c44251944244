/** What it takes to put the results of a job's tasks together; plain data, kept with the plan. */
import type { Tolerance } from "../../adapters/onnx/tolerance.ts";

export interface TaskRows {
  readonly from: number;
  readonly rows: number;
}

export type Assembly =
  /** Rows of tasks stand one behind the other. */
  | {
      readonly kind: "infer";
      readonly tolerance: Tolerance;
      readonly tasks: ReadonlyArray<TaskRows>;
    }
  /** Means of tasks, weighed by their rows. */
  | { readonly kind: "evaluate"; readonly tasks: ReadonlyArray<TaskRows> }
  /** A training run: its last state stands in place of the digest of one task. */
  | { readonly kind: "run"; readonly rounds: number; readonly tasks: ReadonlyArray<TaskRows> }
  /** One task: its parameters and its loss. */
  | { readonly kind: "train"; readonly tasks: ReadonlyArray<TaskRows> };
