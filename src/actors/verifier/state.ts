/**
 * A verifier's memory: what its policy remembers of owners, what was believed on one owner's word
 * alone, evidence against those who were contradicted, and what is being executed again.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import type { VerificationPolicy } from "../../kernel/policies/verification.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { JudgedWork } from "./messages.ts";

export const VerifierInput = Schema.Struct({
  /** null: nothing is paid, so nobody can be slashed. */
  ledger: Schema.NullOr(Address),
});
export type VerifierInput = typeof VerifierInput.Type;

/** The rule that a configuration names. */
export interface VerificationRule<P, S> {
  readonly policy: VerificationPolicy<P, S>;
  readonly params: P;
}

/** What somebody was told of a task, and may have to be told otherwise. */
export const Told = Schema.Struct({
  task: Schema.String,
  requester: Address,
  commons: Schema.Boolean,
  digest: Schema.String,
});
export type Told = typeof Told.Type;

/** A content that was accepted on one owner's word, and all who rely on it. */
export const Solo = Schema.Struct({ work: JudgedWork, told: Schema.Array(Told) });
export type Solo = typeof Solo.Type;

/** A result that was contradicted, kept in case its owner appeals. */
export const Evidence = Schema.Struct({
  work: JudgedWork,
  digest: Schema.String,
  /** Owners whose results the task was judged by. */
  owners: Schema.Array(Address),
});
export type Evidence = typeof Evidence.Type;

/** An appeal that waits for its content to be executed again. */
export const Accused = Schema.Struct({
  owner: Address,
  task: Schema.String,
  digest: Schema.String,
});
export type Accused = typeof Accused.Type;

/** Why a content is executed again. */
export const Doubt = Schema.Struct({ told: Schema.Array(Told), accused: Schema.Array(Accused) });
export type Doubt = typeof Doubt.Type;

export interface VerifierContext<S> {
  readonly input: VerifierInput;
  readonly policy: S;
  /** The last solo results of each owner, by {@link slotOf}. */
  readonly solo: VersionedMap<string, Solo>;
  /** Solo results that each owner ever had. */
  readonly soloCount: VersionedMap<Address, number>;
  /** By content. */
  readonly doubts: VersionedMap<string, Doubt>;
  /** By {@link evidenceKey}. */
  readonly evidence: VersionedMap<string, Evidence>;
  /** Keys of the evidence in the order of its making, by number modulo the bound. */
  readonly evidenceKeys: VersionedMap<number, string>;
  readonly evidenceCount: number;
}

export function verifierContextSchema<P, S>({ policy }: VerificationRule<P, S>) {
  return Schema.Struct({
    input: VerifierInput,
    policy: policy.State,
    solo: versionedMap(Schema.String, Solo),
    soloCount: versionedMap(Address, Schema.Int),
    doubts: versionedMap(Schema.String, Doubt),
    evidence: versionedMap(Schema.String, Evidence),
    evidenceKeys: versionedMap(Schema.Int, Schema.String),
    evidenceCount: Schema.Int,
  });
}

export function newVerifier<S>(input: VerifierInput, policy: S): VerifierContext<S> {
  return {
    input,
    policy,
    solo: VersionedMap.empty(),
    soloCount: VersionedMap.empty(),
    doubts: VersionedMap.empty(),
    evidence: VersionedMap.empty(),
    evidenceKeys: VersionedMap.empty(),
    evidenceCount: 0,
  };
}

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withVerifier<S>(
  old: VerifierContext<S>,
  change: Partial<VerifierContext<S>>,
): VerifierContext<S> {
  return {
    input: change.input ?? old.input,
    policy: change.policy ?? old.policy,
    solo: change.solo ?? old.solo,
    soloCount: change.soloCount ?? old.soloCount,
    doubts: change.doubts ?? old.doubts,
    evidence: change.evidence ?? old.evidence,
    evidenceKeys: change.evidenceKeys ?? old.evidenceKeys,
    evidenceCount: change.evidenceCount ?? old.evidenceCount,
  };
}

export type Decided<S> = Decision<VerifierContext<S>>;
