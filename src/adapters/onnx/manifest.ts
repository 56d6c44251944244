/**
 * What a task computes, as a blob: which model on which rows, and in which form the result counts.
 * A task's content is `blob:<id of its manifest>`, so the result depends on nothing else.
 */
import { Schema } from "effect";
import { type BlobId, blobId } from "../../live/blobs.ts";
import { TaskRefused } from "./result.ts";
import { toleranceClasses } from "./tolerance.ts";

const MANIFEST_VERSION = 1;
/** A manifest names blobs; it holds none. */
const MANIFEST_BYTES = 65_536;

const Blob = Schema.String.pipe(
  Schema.filter((text): text is BlobId => blobId(text) !== undefined, {
    message: () => "64 hexadecimal digits",
  }),
);
const Count = Schema.Int.pipe(Schema.between(1, 1_000_000_000));
const Place = Schema.Int.pipe(Schema.between(0, 1_000_000_000));
const Tolerance = Schema.Literal(...toleranceClasses);

const shared = {
  version: Schema.Literal(MANIFEST_VERSION),
  model: Blob,
  /** How long the model's open dimensions are. */
  dims: Schema.Record({ key: Schema.String, value: Count }),
  /** Tensors of which each run takes some rows, and which rows of them are this task's. */
  data: Schema.Struct({ blob: Blob, from: Place, rows: Count }),
  /** Tensors that each run takes as a whole. */
  whole: Schema.Array(Blob).pipe(Schema.maxItems(16)),
  /** Rows of one run. */
  batch: Count,
  tolerance: Tolerance,
};

/** A model mapped over rows: the result has a row for each. */
const InferManifest = Schema.Struct({
  kind: Schema.Literal("infer"),
  ...shared,
  /** Empty: all outputs. */
  outputs: Schema.Array(Schema.String).pipe(Schema.maxItems(256)),
});

/** Means of a model's outputs over all batches: loss, accuracy. */
const EvaluateManifest = Schema.Struct({ kind: Schema.Literal("evaluate"), ...shared });

/** Steps of a model that takes parameters and a batch and gives parameters. */
const TrainManifest = Schema.Struct({
  kind: Schema.Literal("train"),
  ...shared,
  steps: Count,
  /** Draws the rows of each step's batch. */
  seed: Schema.Int,
  /**
   * The training run of which this is a worker: the result is an update, and what rounding took
   * from it is kept on this machine under this name. Left out: the result is the parameters.
   */
  update: Schema.optionalWith(Schema.String.pipe(Schema.maxLength(200)), { exact: true }),
});

export const Manifest = Schema.Union(InferManifest, EvaluateManifest, TrainManifest);
export type Manifest = typeof Manifest.Type;

export function writeManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(Schema.encodeSync(Manifest)(manifest)));
}

const decode = Schema.decodeUnknownEither(Manifest, { onExcessProperty: "error" });

/** Throws {@link TaskRefused}. */
export function readManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MANIFEST_BYTES) {
    throw new TaskRefused(`the task's manifest has more than ${MANIFEST_BYTES} bytes`);
  }
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new TaskRefused("the task's manifest is no JSON");
  }
  const read = decode(raw);
  if (read._tag === "Left") throw new TaskRefused("the task's manifest does not have its form");
  return read.right;
}

/** All blobs that the task needs. */
export function blobsOf({ model, data, whole }: Manifest): ReadonlyArray<BlobId> {
  return [...new Set([model, data.blob, ...whole])];
}
