/**
 * What a requester hands in, turned into what actors carry: a task's content names a blob that says
 * what to compute, and its result's digest names the blob with the result.
 */
import type { BlobId } from "./blobs.ts";

/** One task as the network sees it; the size is metered from the graph, never claimed. */
export interface PlannedTask {
  /** `blob:<id>` of the task's manifest. */
  readonly content: string;
  readonly mflop: number;
}

export interface WorkPlan {
  readonly tasks: ReadonlyArray<PlannedTask>;
  /** Of the largest task, bytes. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** Peak memory that one run is estimated to need, MiB. */
  readonly memoryMib: number;
}

/** The content of a task that has a manifest. */
export function contentOfBlob(id: BlobId): string {
  return `blob:${id}`;
}
