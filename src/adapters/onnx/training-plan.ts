/** What a training run computes and has come to, as blobs that messages name. */
import { Schema } from "effect";
import { type BlobId, blobId } from "../../live/blobs.ts";
import { toleranceClasses } from "./tolerance.ts";

const Blob = Schema.String.pipe(
  Schema.filter((text): text is BlobId => blobId(text) !== undefined, {
    message: () => "64 hexadecimal digits",
  }),
);
const Count = Schema.Int.pipe(Schema.positive());
const Rows = Schema.Struct({ from: Schema.Int, rows: Count });

/** Fixed for the whole run. */
export const TrainingPlan = Schema.Struct({
  version: Schema.Literal(1),
  /** Takes parameters and a batch, gives parameters and loss. */
  model: Blob,
  /** Takes parameters and a batch, gives a loss; null: updates are not tried. */
  evaluate: Schema.NullOr(Blob),
  /** First parameters, as tensors with the one name "theta". */
  theta: Blob,
  /** Other inputs that each step takes as a whole. */
  whole: Schema.Array(Blob),
  data: Blob,
  /** Rows that workers share out among themselves, and rows kept back for trying. */
  training: Rows,
  heldOut: Schema.NullOr(Rows),
  dims: Schema.Record({ key: Schema.String, value: Count }),
  batch: Count,
  steps: Count,
  seed: Schema.Int,
  tolerance: Schema.Literal(...toleranceClasses),
  parameters: Count,
});
export type TrainingPlan = typeof TrainingPlan.Type;

/** After a round. Workers fetch theta only; the rest is the outer step's. */
export const TrainingState = Schema.Struct({
  version: Schema.Literal(1),
  round: Schema.Int,
  theta: Blob,
  velocity: Blob,
  /** Aggregate of the round, where the next aggregation begins. */
  previous: Blob,
});
export type TrainingState = typeof TrainingState.Type;

export function writeJson<A, I>(schema: Schema.Schema<A, I>, value: A): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(Schema.encodeSync(schema)(value)));
}

/** Throws for what is none. */
export function readJson<A, I>(schema: Schema.Schema<A, I>, bytes: Uint8Array): A {
  return Schema.decodeUnknownSync(schema)(JSON.parse(new TextDecoder().decode(bytes)));
}
