/** What an agent and the process of one of its slots say to each other: plain data. */
import type { Manifest } from "./manifest.ts";

/** Compute this; one at a time. */
export interface ChildTask {
  readonly type: "task";
  readonly id: number;
  readonly content: string;
  /** Undefined for work of the commons, which has none. */
  readonly manifest: Manifest | undefined;
  /** What is paid for; a task that is more by its model is refused. */
  readonly mflop: number;
  /** Where the blobs are, by id. */
  readonly files: Readonly<Record<string, string>>;
  /** Where the result goes. */
  readonly result: string;
  /** Where what it has come to is kept for the next start. */
  readonly partial: string;
  /** Where a training run keeps what rounding took from this machine's updates. */
  readonly residual: string | undefined;
}

export type ChildReply =
  /** The result's file is there: tensors or a refusal. */
  | { readonly type: "done"; readonly id: number }
  /** So much would not be lost if the process were killed now. */
  | { readonly type: "kept"; readonly id: number; readonly doneMflop: number }
  /** The machine could not: lack of memory, a file that is gone. */
  | { readonly type: "failed"; readonly id: number; readonly why: string };
