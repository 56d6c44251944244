/** How the updates of a training round become one. Implementations: src/policies/aggregation. */
import type { Schema } from "effect";

/** Numbers by coordinate: a model's parameters, or a change of them. */
export type Vector = Float64Array;

/** What one worker sends after its local steps. */
export interface WorkerUpdate {
  /** Unique in its round; the order of ids is the order of sums. */
  readonly id: string;
  /** Workers that look like one owner; they have one bucket, and so one direction, together. */
  readonly cluster: string;
  /** Verified steps, capped; above zero. */
  readonly weight: number;
  /** Pseudo-gradient: parameters before minus parameters after. */
  readonly update: Vector;
}

export interface Aggregate {
  readonly update: Vector;
  /** Buckets whose part was shortened. */
  readonly clipped: number;
  /** Ids of updates that had no part in it. */
  readonly dropped: ReadonlyArray<string>;
}

export interface AggregationPolicy<P> {
  readonly name: string;
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly Params: Schema.Schema<P, any>;
  /**
   * One update of all, the same for every order of `updates`; `previous` is the aggregate of the
   * round before, zeros in the first. `updates` is never empty and all have its length.
   */
  readonly aggregate: (
    params: P,
    previous: Vector,
    updates: ReadonlyArray<WorkerUpdate>,
  ) => Aggregate;
}

// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by a training actor
export type AnyAggregationPolicy = AggregationPolicy<any>;
