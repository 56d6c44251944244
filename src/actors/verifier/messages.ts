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

/** All results of one task so far; answered with a Verdict. */
export const Judge = variant("Judge", { task: Schema.String, results: Schema.Array(Result) });
export type Judge = typeof Judge.Type;

export const VerifierMessage = Schema.Union(Judge);
export type VerifierMessage = typeof VerifierMessage.Type;
