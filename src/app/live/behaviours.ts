/**
 * The actors of a live network with the rules that its configuration names: those of a simulation.
 */
import { makeAuditor } from "../../actors/auditor/auditor.ts";
import { makeContributor } from "../../actors/contributor/contributor.ts";
import { makeEdge } from "../../actors/edge/edge.ts";
import { makeJob } from "../../actors/job/job.ts";
import { makeLedger } from "../../actors/ledger/ledger.ts";
import { withRewards } from "../../actors/ledger/rewards-epoch.ts";
import { makeNode } from "../../actors/node/node.ts";
import type { TrainingRules } from "../../actors/training/state.ts";
import { makeTraining } from "../../actors/training/training.ts";
import { makeVerifier } from "../../actors/verifier/verifier.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import {
  aggregationPolicies,
  choosePolicy,
  placementPolicies,
  rewardsPolicies,
  schedulingTable,
  verificationPolicies,
} from "../../sim/run/policy-table.ts";
import type { NetworkConfig } from "./config.ts";

export interface LiveBehaviours {
  readonly behaviours: ReadonlyMap<string, AnyBehaviour>;
  /** Makes one of the updates of a training round: the run's rule and that of its port. */
  readonly aggregation: TrainingRules;
  /** Executions that a task begins with. */
  readonly executions: number;
  /** True when a verifier judges results; else the first one is believed. */
  readonly judges: boolean;
  /** Rules that know no credit keep books and refuse nobody. */
  readonly access: NetworkConfig["access"];
}

/** Throws a ScenarioError for a rule or a parameter that is not there. */
export function liveBehaviours({ policies, limits, access }: NetworkConfig): LiveBehaviours {
  const scheduling = choosePolicy("scheduling", schedulingTable(), policies.scheduling);
  const placement = choosePolicy("placement", placementPolicies, policies.placement);
  const verification = choosePolicy("verification", verificationPolicies, policies.verification);
  const aggregation = choosePolicy("aggregation", aggregationPolicies, {
    rule: "centered-clipping",
  });
  const training: TrainingRules = {
    aggregation: aggregation.policy,
    aggregationParams: aggregation.params,
  };
  const ledger = makeLedger();
  const made: ReadonlyArray<AnyBehaviour> = [
    makeContributor(),
    makeNode(limits),
    makeEdge({
      scheduling: scheduling.policy,
      schedulingParams: scheduling.params,
      placement: placement.policy,
      placementParams: placement.params,
    }),
    makeJob(),
    makeVerifier({ policy: verification.policy, params: verification.params }),
    policies.rewards === undefined
      ? ledger
      : withRewards(ledger, choosePolicy("rewards", rewardsPolicies, policies.rewards)),
    makeAuditor(),
    makeTraining(training),
  ];
  const isOpen = access === "credit" && scheduling.policy.admission === "open";
  return {
    behaviours: new Map(made.map((each) => [each.kind, each])),
    aggregation: training,
    executions: verification.policy.executions(verification.params),
    judges: verification.policy.judges,
    access: isOpen ? "account" : access,
  };
}
