/** Believes whatever comes first: one execution a task, no defence, the cheapest rule. */
import { Schema } from "effect";
import type { ReportedResult, VerificationPolicy } from "../../kernel/policies/verification.ts";
import { noRecords, TrackRecords, withJudgement } from "./track-record.ts";

const TrustParams = Schema.Struct({});
type TrustParams = typeof TrustParams.Type;

export const trust: VerificationPolicy<TrustParams, TrackRecords> = {
  name: "trust",
  summary: "the only result of a task is believed",
  Params: TrustParams,
  State: TrackRecords,
  judges: false,
  guaranteed: false,
  slashes: false,
  init: noRecords,
  executions: () => 1,
  owners: () => 1,
  copiesFor: () => 0,
  judge: (_params, _state, results) => {
    const believed = results.reduce<ReportedResult | undefined>(earlier, undefined);
    return believed === undefined
      ? { verdict: "more", executions: 1 }
      : { verdict: "accepted", digest: believed.digest, agreed: [believed.attempt] };
  },
  learn: (_params, state, results, judgement) => ({
    state: withJudgement(state, results, judgement),
    proven: [],
  }),
};

/** The result whose attempt has the lower name: the order of arrival must not count. */
function earlier(a: ReportedResult | undefined, b: ReportedResult): ReportedResult {
  return a === undefined || b.attempt < a.attempt ? b : a;
}
