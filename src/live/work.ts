/**
 * What a requester hands in, turned into what actors carry: a task's content names a blob that says
 * what to compute, and its result's digest names the blob with the result.
 */
import { type BlobId, blobId } from "./blobs.ts";

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

/** A training run of the network: rounds of local steps, in which updates become one. */
export interface TrainingWork {
  /** Blob of the run's plan. */
  readonly plan: BlobId;
  readonly parameters: number;
  readonly rounds: number;
  readonly workers: number;
  /** Other owners that were there when it was handed in. */
  readonly owners?: number;
  /** Local steps of a worker in a round, and their metered size each. */
  readonly steps: number;
  readonly stepMflop: number;
  readonly memoryMib: number;
  /** Time that a worker has for its steps, microseconds. */
  readonly boxUs: number;
  /** Updates are tried on rows that were kept back. */
  readonly canary: boolean;
}

/** The content of a task that has a manifest. */
export function contentOfBlob(id: BlobId): string {
  return `blob:${id}`;
}

/** Undefined for contents that name no blob: work that an edge opens by itself. */
export function blobOfContent(content: string): BlobId | undefined {
  return content.startsWith("blob:") ? blobId(content.slice(5)) : undefined;
}
