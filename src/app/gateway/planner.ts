/** What the gateway needs of the planner: job files become tasks, results become one file. */
import type { ResultFormat } from "../../adapters/http/shapes.ts";
import type { BlobId, Blobs } from "../../live/blobs.ts";
import type { TrainingWork, WorkPlan } from "../../live/work.ts";

export interface PlannedJob {
  readonly name: string;
  readonly kind: string;
  readonly work: WorkPlan;
  /** A training run instead of tasks: `work` has none, and says what one worker needs. */
  readonly training?: TrainingWork;
  /** Plain data that {@link Planner.assemble} wants back. */
  readonly assembly: unknown;
}

export interface AssembledResult {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** A job file with a fault: one sentence, the place and what would do. */
export class PlanError extends Error {
  override readonly name = "PlanError";
  readonly field: string | undefined;
  readonly allowed: ReadonlyArray<string> | undefined;
  constructor(message: string, field?: string, allowed?: ReadonlyArray<string>) {
    super(message);
    this.field = field;
    this.allowed = allowed;
  }
}

export interface Planner {
  /** `files`: the blob of each file that the job names. Rejects with {@link PlanError}. */
  readonly plan: (
    job: Readonly<Record<string, unknown>>,
    files: ReadonlyMap<string, BlobId>,
    blobs: Blobs,
  ) => Promise<PlannedJob>;
  /** `digests`: what is believed of each task, null where nothing is yet. */
  readonly assemble: (
    assembly: unknown,
    digests: ReadonlyArray<string | null>,
    wanted: { readonly format: ResultFormat | undefined; readonly blobs: Blobs },
  ) => Promise<AssembledResult>;
}
