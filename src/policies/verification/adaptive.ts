/**
 * BOINC's adaptive replication (BOINC wiki "AdaptiveReplication"; sched_send.cpp, validator.cpp):
 * a host counts its consecutive valid results n. Below ten each task is replicated; from there on
 * it is believed alone with chance 1 - 1/n. Only results that were replicated count.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { pick } from "../../kernel/entropy.ts";
import type { VerificationPolicy } from "../../kernel/policies/verification.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { majority, mostVotes } from "./quorum.ts";
import { votesOf } from "./voting.ts";

const Count = Schema.Int.pipe(Schema.positive());

const AdaptiveParams = Schema.Struct({
  trusted: Schema.optionalWith(
    Count.annotations({ description: "Valid replicated results until a host may be believed." }),
    { default: () => 10, exact: true },
  ),
  limit: Schema.optionalWith(
    Count.annotations({ description: "Results after which a task without agreement is given up." }),
    { default: () => 8, exact: true },
  ),
});
type AdaptiveParams = typeof AdaptiveParams.Type;

const ValidInARow = versionedMap(Address, Schema.Int);
type ValidInARow = typeof ValidInARow.Type;

/** Results that must agree once a task is replicated. */
const AGREE = 2;

export const adaptive: VerificationPolicy<AdaptiveParams, ValidInARow> = {
  name: "adaptive",
  summary: "hosts with n valid results in a row are believed alone with chance 1 - 1/n",
  Params: AdaptiveParams,
  State: ValidInARow,
  judges: true,
  guaranteed: false,
  slashes: false,
  init: () => VersionedMap.empty(),
  executions: () => 1,
  owners: () => AGREE,
  copiesFor: ({ trusted }, state, owners, { entropy, strict }) => {
    const [only] = owners;
    if (owners.length !== 1 || only === undefined) return Math.max(0, AGREE - owners.length);
    const n = state.get(only) ?? 0;
    return !strict && n >= trusted && pick(entropy, 0, n) > 0 ? 0 : 1;
  },
  judge: ({ trusted, limit }, state, results, { strict }) => {
    const votes = votesOf(results);
    const [only] = votes;
    if (only === undefined) return { verdict: "more", executions: 1 };
    // whether one in n was to be replicated was drawn before the result was shown
    const isTrusted = votes.length === 1 && !strict && (state.get(only.owner) ?? 0) >= trusted;
    if (!isTrusted) return majority({ agree: AGREE, limit }, results);
    return { verdict: "accepted", digest: only.digest, agreed: [only.attempt] };
  },
  learn: (_params, state, results, judgement) => {
    const isFinal = judgement.verdict === "accepted" && mostVotes(results).votes >= AGREE;
    if (!isFinal) return { state, proven: [] };
    let next = state;
    for (const { owner, digest } of votesOf(results)) {
      next = next.set(owner, digest === judgement.digest ? (next.get(owner) ?? 0) + 1 : 0);
    }
    return { state: next, proven: [] };
  },
};
