/** Which of the sampled idle nodes runs a task. Implementations: src/policies/placement. */
import type { Schema } from "effect";
import type { Address } from "../address.ts";
import type { Work } from "./scheduling.ts";

export interface Candidate {
  readonly node: Address;
  /** Round-trip time between node and edge as the node measured it, microseconds. */
  readonly rttUs: number;
  /** Speed of one slot, MFLOP per second. */
  readonly slotMflops: number;
  readonly freeSlots: number;
  /** Attempts that this node started and that ended well, and all that it started. */
  readonly finished: number;
  readonly started: number;
}

export interface PlacementPolicy<P> {
  readonly name: string;
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly Params: Schema.Schema<P, any>;
  /** How many idle nodes to look at for one task. */
  readonly sample: (params: P) => number;
  /** Index of the chosen candidate; `candidates` is never empty. Ties go to the lower index. */
  readonly choose: (params: P, candidates: ReadonlyArray<Candidate>, work: Work) => number;
}

// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by the edge
export type AnyPlacementPolicy = PlacementPolicy<any>;
