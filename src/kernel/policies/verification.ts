/** When results of a task are believed. Implementations: src/policies/verification. */
import type { Schema } from "effect";
import type { Address } from "../address.ts";

export interface ReportedResult {
  readonly attempt: string;
  readonly node: Address;
  readonly owner: Address;
  readonly digest: string;
}

/** `more` asks for further executions; `rejected` gives the task up. */
export type Judgement =
  | { readonly verdict: "accepted"; readonly digest: string }
  | { readonly verdict: "more"; readonly executions: number }
  | { readonly verdict: "rejected"; readonly reason: "no-agreement" };

export interface VerificationPolicy<P, S> {
  readonly name: string;
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly Params: Schema.Schema<P, any>;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly State: Schema.Schema<S, any>;
  readonly init: (params: P) => S;
  /** Executions to place at once for a new task; also how many agreeing results are paid. */
  readonly executions: (params: P) => number;
  /** Judges all results of one task so far; independent of their order. */
  readonly judge: (params: P, state: S, results: ReadonlyArray<ReportedResult>) => Judgement;
  /** Learns from a final judgement. */
  readonly learn: (
    params: P,
    state: S,
    results: ReadonlyArray<ReportedResult>,
    judgement: Judgement,
  ) => S;
}

// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by the verifier
export type AnyVerificationPolicy = VerificationPolicy<any, any>;
