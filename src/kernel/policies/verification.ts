/** When results of a task are believed. Implementations: src/policies/verification. */
import type { Schema } from "effect";
import type { Address } from "../address.ts";
import type { Seed } from "../entropy.ts";

export interface ReportedResult {
  readonly attempt: string;
  readonly node: Address;
  readonly owner: Address;
  readonly digest: string;
}

/** Stands for the digest of a result that its node committed to and never showed. */
const WITHHELD = "withheld ";

/** It agrees with nothing, not with another withheld one either. */
export function withheldDigest(attempt: string): string {
  return `${WITHHELD}${attempt}`;
}

export function isWithheld(digest: string): boolean {
  return digest.startsWith(WITHHELD);
}

/** What a judgement may look at beside the results. */
export interface Question {
  readonly task: string;
  /** Draws that nobody could foresee when the results were computed. */
  readonly entropy: Seed;
  /** True: an appeal depends on it, so one owner's word is never enough. */
  readonly strict: boolean;
}

/** `more` asks for further executions; `rejected` gives the task up. */
export type Judgement =
  | {
      readonly verdict: "accepted";
      readonly digest: string;
      /** Attempts whose results are believed. */
      readonly agreed: ReadonlyArray<string>;
    }
  | { readonly verdict: "more"; readonly executions: number }
  | { readonly verdict: "rejected"; readonly reason: "no-agreement" };

/** What a final judgement teaches. */
export interface Lesson<S> {
  readonly state: S;
  /** Owners proven to have reported a wrong result; only rules that `slash` prove anything. */
  readonly proven: ReadonlyArray<Address>;
}

export interface VerificationPolicy<P, S> {
  readonly name: string;
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly Params: Schema.Schema<P, any>;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly State: Schema.Schema<S, any>;
  /** False: a job believes its first result by itself, and no verifier takes part. */
  readonly judges: boolean;
  /** True: as long as no two liars of a task agree, no wrong result is ever accepted. */
  readonly guaranteed: boolean;
  /** True: who is proven wrong loses its escrow, and what was believed on its word is redone. */
  readonly slashes: boolean;
  readonly init: (params: P) => S;
  /** Executions to place at once for a new task. */
  readonly executions: (params: P) => number;
  /** Owners who may be needed until a task is judged. */
  readonly owners: (params: P) => number;
  /**
   * Further copies that are wanted while `owners` have results that nobody has seen: 0 when the
   * task is decided if they agree and no check is drawn. A check must be drawn here, because
   * whoever is asked after a result was shown may have overheard it.
   */
  readonly copiesFor: (
    params: P,
    state: S,
    owners: ReadonlyArray<Address>,
    question: Question,
  ) => number;
  /** Judges all results of one task so far; independent of their order. */
  readonly judge: (
    params: P,
    state: S,
    results: ReadonlyArray<ReportedResult>,
    question: Question,
  ) => Judgement;
  /** Learns from a final judgement. */
  readonly learn: (
    params: P,
    state: S,
    results: ReadonlyArray<ReportedResult>,
    judgement: Judgement,
  ) => Lesson<S>;
}

// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by the verifier
export type AnyVerificationPolicy = VerificationPolicy<any, any>;
