/** Majority voting, first to `agree`: BOINC's quorum with the distinct owners that it needs. */
import { Schema } from "effect";
import type {
  Judgement,
  ReportedResult,
  VerificationPolicy,
} from "../../kernel/policies/verification.ts";
import { noRecords, TrackRecords, withJudgement } from "./track-record.ts";

const Count = Schema.Int.pipe(Schema.positive());

export const QuorumParams = Schema.Struct({
  agree: Schema.optionalWith(
    Count.annotations({ description: "Results of distinct owners that must agree." }),
    { default: () => 2, exact: true },
  ),
  limit: Schema.optionalWith(
    Count.annotations({ description: "Results after which a task without agreement is given up." }),
    { default: () => 8, exact: true },
  ),
}).pipe(Schema.filter(({ agree, limit }) => agree <= limit || "agree must not be above limit"));
export type QuorumParams = typeof QuorumParams.Type;

export const quorum: VerificationPolicy<QuorumParams, TrackRecords> = {
  name: "quorum",
  summary: "a result is believed when enough owners report the same one",
  Params: QuorumParams,
  State: TrackRecords,
  judges: true,
  guaranteed: true,
  slashes: false,
  init: noRecords,
  executions: ({ agree }) => agree,
  owners: ({ agree }) => agree,
  copiesFor: ({ agree, limit }, _state, owners) =>
    Math.max(0, Math.min(agree - new Set(owners).size, limit - owners.length)),
  judge: (params, _state, results) => majority(params, results),
  learn: (_params, state, results, judgement) => ({
    state: withJudgement(state, results, judgement),
    proven: [],
  }),
};

/** First to `agree` owners, in at most `limit` results. */
export function majority(
  { agree, limit }: QuorumParams,
  results: ReadonlyArray<ReportedResult>,
): Judgement {
  const leader = mostVotes(results);
  if (leader.votes >= agree) {
    const { digest } = leader;
    const agreeing = results.filter((one) => one.digest === digest);
    const agreed = agreeing.map(({ attempt }) => attempt).sort();
    return { verdict: "accepted", digest, agreed };
  }
  const executions = Math.min(agree - leader.votes, limit - results.length);
  return executions > 0
    ? { verdict: "more", executions }
    : { verdict: "rejected", reason: "no-agreement" };
}

/** Most owners win; of equals the lower digest, so that the order of results does not count. */
export function mostVotes(results: ReadonlyArray<ReportedResult>): {
  readonly digest: string;
  readonly votes: number;
} {
  let leader = { digest: "", votes: 0 };
  for (const { digest } of results) {
    const votes = ownersOf(results, digest);
    if (votes > leader.votes || (votes === leader.votes && digest < leader.digest)) {
      leader = { digest, votes };
    }
  }
  return leader;
}

/** Owners who reported `digest`; a second copy of the same owner is no second vote. */
function ownersOf(results: ReadonlyArray<ReportedResult>, digest: string): number {
  return new Set(results.filter((one) => one.digest === digest).map((one) => one.owner)).size;
}
