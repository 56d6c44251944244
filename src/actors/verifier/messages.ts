/** What a verifier accepts. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { variant } from "../../kernel/message.ts";

export const Result = Schema.Struct({
  attempt: Schema.String,
  node: Address,
  owner: Address,
  digest: Schema.String,
});

/** A task as far as it must be known to have it executed again, and who asked for it. */
export const JudgedWork = Schema.Struct({
  content: Schema.String,
  mflop: Schema.Int,
  memoryMib: Schema.Int,
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
  requester: Address,
  commons: Schema.Boolean,
  edge: Address,
});
export type JudgedWork = typeof JudgedWork.Type;

/**
 * Copies of a task have ended and their results are sealed: how many more are wanted before any is
 * shown? Answered with Weighed.
 */
export const Weigh = variant("Weigh", {
  task: Schema.String,
  content: Schema.String,
  /** Who has a sealed result. */
  owners: Schema.Array(Address),
});
export type Weigh = typeof Weigh.Type;

/**
 * All results of one task so far; answered with a Verdict. Where an owner committed to a result
 * and did not show it, its digest is that of a result that it committed to, or none of anybody's.
 */
export const Judge = variant("Judge", {
  task: Schema.String,
  work: JudgedWork,
  results: Schema.Array(Result),
});
export type Judge = typeof Judge.Type;

/** The ledger asks for a second look at evidence against an owner; answered with Reexamined. */
export const Reexamine = variant("Reexamine", { owner: Address, task: Schema.String });
export type Reexamine = typeof Reexamine.Type;

export const VerifierMessage = Schema.Union(Weigh, Judge, Reexamine);
export type VerifierMessage = typeof VerifierMessage.Type;
