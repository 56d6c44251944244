/**
 * iExec's proof of contribution (PoCo, IexecPoco contracts, "score policy"): a worker's weight is
 * max(score / 3, 3) - 1, a group weighs the product of its members, and a group is believed when
 * its weight exceeds (trust - 1) / trust of all groups' weights plus one. A score grows by one
 * with each right contribution that was not alone, and loses a third with each faulty one.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { ReportedResult, VerificationPolicy } from "../../kernel/policies/verification.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { groupsOf, votesOf } from "./voting.ts";

const Count = Schema.Int.pipe(Schema.positive());

const PocoParams = Schema.Struct({
  trust: Schema.optionalWith(
    Count.annotations({ description: "A result is believed at confidence 1 - 1/trust." }),
    { default: () => 100, exact: true },
  ),
  limit: Schema.optionalWith(
    Count.annotations({ description: "Results after which a task without consensus is given up." }),
    { default: () => 8, exact: true },
  ),
});
type PocoParams = typeof PocoParams.Type;

const Scores = versionedMap(Address, Schema.Int);
type Scores = typeof Scores.Type;

/** Weight of one worker; a worker without any score weighs two. */
export function weightOf(score: number): number {
  return Math.max(Math.floor(score / 3), 3) - 1;
}

const NEWCOMER = weightOf(0);

export const poco: VerificationPolicy<PocoParams, Scores> = {
  name: "poco",
  summary: "a result is believed when the weights of its workers outweigh all others by trust",
  Params: PocoParams,
  State: Scores,
  judges: true,
  guaranteed: false,
  slashes: false,
  init: () => VersionedMap.empty(),
  executions: () => 1,
  owners: ({ limit }) => limit,
  copiesFor: ({ trust, limit }, state, owners, { strict }) => {
    let weight = productOfWeights(state, owners);
    let more = owners.length === 0 || (strict && owners.length === 1) ? 1 : 0;
    if (more > 0) weight *= NEWCOMER;
    // all agree, and who comes next is of the least weight
    for (; weight * trust <= (weight + 1) * (trust - 1); more++) weight *= NEWCOMER;
    return Math.max(0, Math.min(more, limit - owners.length));
  },
  judge: ({ trust, limit }, state, results, { strict }) => {
    const groups = groupsOf(votesOf(results));
    const weights = groups.map(({ votes }) => productOfWeights(state, ownersOf(votes)));
    const total = weights.reduce((sum, weight) => sum + weight, 1);
    const at = weights.findIndex((weight) => weight * trust > total * (trust - 1));
    const group = groups[at];
    if (group !== undefined && (!strict || group.votes.length > 1)) {
      const agreed = group.votes.map(({ attempt }) => attempt);
      return { verdict: "accepted", digest: group.digest, agreed };
    }
    return results.length < limit
      ? { verdict: "more", executions: 1 }
      : { verdict: "rejected", reason: "no-agreement" };
  },
  learn: (_params, state, results, judgement) => {
    if (judgement.verdict !== "accepted") return { state, proven: [] };
    const votes = votesOf(results);
    let next = state;
    for (const { owner, digest } of votes) {
      const score = next.get(owner) ?? 0;
      if (digest !== judgement.digest) next = next.set(owner, Math.floor((score * 2) / 3));
      else if (votes.length > 1) next = next.set(owner, score + 1);
    }
    return { state: next, proven: [] };
  },
};

function ownersOf(votes: ReadonlyArray<ReportedResult>): ReadonlyArray<Address> {
  return votes.map(({ owner }) => owner);
}

/** Lower weights first, so that the order of arrival decides no last bit. */
function productOfWeights(state: Scores, owners: ReadonlyArray<Address>): number {
  return owners
    .map((owner) => weightOf(state.get(owner) ?? 0))
    .sort((a, b) => a - b)
    .reduce((product, weight) => product * weight, 1);
}
