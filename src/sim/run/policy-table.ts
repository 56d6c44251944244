/** Policies by the names that scenarios and live configurations use. */
import { Either, ParseResult, Schema } from "effect";
import type { AnyAggregationPolicy } from "../../kernel/policies/aggregation.ts";
import type { AnyPlacementPolicy } from "../../kernel/policies/placement.ts";
import type { AnyRewardsPolicy } from "../../kernel/policies/rewards.ts";
import type { AnySchedulingPolicy } from "../../kernel/policies/scheduling.ts";
import type { AnyVerificationPolicy } from "../../kernel/policies/verification.ts";
import { centeredClipping } from "../../policies/aggregation/centered-clipping.ts";
import { krum, multiKrum } from "../../policies/aggregation/krum.ts";
import { mean } from "../../policies/aggregation/mean.ts";
import { median, trimmedMean } from "../../policies/aggregation/median.ts";
import { bacalhau } from "../../policies/placement/bacalhau.ts";
import { cocoon } from "../../policies/placement/cocoon.ts";
import { fastest } from "../../policies/placement/fastest.ts";
import { leastLoaded } from "../../policies/placement/least-loaded.ts";
import { near } from "../../policies/placement/near.ts";
import { nearest } from "../../policies/placement/nearest.ts";
import { random } from "../../policies/placement/random.ts";
import { emission } from "../../policies/rewards/emission.ts";
import { absolute } from "../../policies/scheduling/absolute.ts";
import { boinc } from "../../policies/scheduling/boinc.ts";
import { condor } from "../../policies/scheduling/condor.ts";
import { credit } from "../../policies/scheduling/credit.ts";
import { drf } from "../../policies/scheduling/drf.ts";
import { equalShare } from "../../policies/scheduling/equal-share.ts";
import { firstCome } from "../../policies/scheduling/first-come.ts";
import { karma } from "../../policies/scheduling/karma.ts";
import { lottery } from "../../policies/scheduling/lottery.ts";
import { maxmin } from "../../policies/scheduling/maxmin.ts";
import { optimistic } from "../../policies/scheduling/optimistic.ts";
import { stride } from "../../policies/scheduling/stride.ts";
import { adaptive } from "../../policies/verification/adaptive.ts";
import { credibility } from "../../policies/verification/credibility.ts";
import { poco } from "../../policies/verification/poco.ts";
import { quorum } from "../../policies/verification/quorum.ts";
import { trust } from "../../policies/verification/trust.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import { ownRules } from "./own-rules.ts";

export const schedulingPolicies: ReadonlyArray<AnySchedulingPolicy> = [
  credit,
  absolute,
  equalShare,
  firstCome,
  drf,
  maxmin,
  condor,
  boinc,
  karma,
  stride,
  lottery,
  optimistic,
];
/** Those and what scenarios brought along. */
export function schedulingTable(): ReadonlyArray<AnySchedulingPolicy> {
  return [...schedulingPolicies, ...ownRules()];
}

export const placementPolicies: ReadonlyArray<AnyPlacementPolicy> = [
  near,
  nearest,
  fastest,
  random,
  leastLoaded,
  cocoon,
  bacalhau,
];
export const verificationPolicies: ReadonlyArray<AnyVerificationPolicy> = [
  credibility,
  quorum,
  adaptive,
  poco,
  trust,
];

export const aggregationPolicies: ReadonlyArray<AnyAggregationPolicy> = [
  centeredClipping,
  mean,
  median,
  trimmedMean,
  krum,
  multiKrum,
];
export const rewardsPolicies: ReadonlyArray<AnyRewardsPolicy> = [emission];

interface Named {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: parameters differ per policy
  readonly Params: Schema.Schema<any, any>;
}

/** A policy with its decoded parameters; throws {@link ScenarioError}. */
export function choosePolicy<P extends Named>(
  family: string,
  table: ReadonlyArray<P>,
  choice: { readonly rule: string; readonly [parameter: string]: unknown },
): { readonly policy: P; readonly params: unknown } {
  const { rule, ...given } = choice;
  const policy = table.find((each) => each.name === rule);
  const field = `policies.${family}`;
  if (policy === undefined) {
    const names = table.map((each) => each.name);
    throw new ScenarioError(
      `${field}.rule is "${rule}", but must be one of ${names.join(", ")}`,
      `${field}.rule`,
      names,
    );
  }
  const params = Schema.decodeUnknownEither(policy.Params)(given, { onExcessProperty: "error" });
  if (Either.isRight(params)) return { policy, params: params.right };
  const issue = ParseResult.ArrayFormatter.formatErrorSync(params.left)[0];
  const at = [field, ...(issue?.path ?? [])].join(".");
  throw new ScenarioError(`${at}: ${issue?.message ?? "not a parameter of this rule"}`, at);
}
