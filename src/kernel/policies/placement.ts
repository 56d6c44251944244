/** Which of the sampled idle nodes runs a task. Implementations: src/policies/placement. */
import type { Schema } from "effect";
import type { Address } from "../address.ts";
import type { Work } from "./scheduling.ts";

export interface Candidate {
  readonly node: Address;
  /** Round trip between node and edge, microseconds: measured by the edge, or the node's word. */
  readonly rttUs: number;
  /** Speed of one slot, MFLOP per second: measured on finished runs, or the node's word. */
  readonly slotMflops: number;
  /** Rate at which inputs reached it, kbit/s; 0 while nothing was measured. */
  readonly kbps: number;
  readonly slots: number;
  readonly freeSlots: number;
  /** Attempts that this node started and that ended well, and all that it started. */
  readonly finished: number;
  readonly started: number;
  /** Moving share of its leases that ended with a result, per mille. */
  readonly reliability: number;
  /** How long the edge has known it to be up, microseconds. */
  readonly upUs: number;
}

export interface PlacementPolicy<P> {
  readonly name: string;
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly Params: Schema.Schema<P, any>;
  /** How many idle nodes to compare for one task; `load` is the share of slots at work. */
  readonly sample: (params: P, work: Work, load: number) => number;
  /** They are drawn among so many eligible nodes nearest to the data; 0 or absent: among all. */
  readonly nearest?: (params: P, work: Work) => number;
  /** Index of the chosen candidate; `candidates` is never empty. Ties go to the lower index. */
  readonly choose: (params: P, candidates: ReadonlyArray<Candidate>, work: Work) => number;
}

// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by the edge
export type AnyPlacementPolicy = PlacementPolicy<any>;
