/**
 * The actors of a live network with the rules that its configuration names: those of a simulation.
 */
import { makeAuditor } from "../../actors/auditor/auditor.ts";
import { makeContributor } from "../../actors/contributor/contributor.ts";
import { makeEdge } from "../../actors/edge/edge.ts";
import { makeJob } from "../../actors/job/job.ts";
import { makeLedger } from "../../actors/ledger/ledger.ts";
import { withTreasurer } from "../../actors/ledger/on-chain.ts";
import { withRewards } from "../../actors/ledger/rewards-epoch.ts";
import { makeNode } from "../../actors/node/node.ts";
import type { TrainingRules } from "../../actors/training/state.ts";
import { makeTraining } from "../../actors/training/training.ts";
import { makeTreasurer } from "../../actors/treasurer/treasurer.ts";
import { makeVerifier } from "../../actors/verifier/verifier.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import { rootOfWallets } from "../../policies/rewards/wallet-claims.ts";
import {
  aggregationPolicies,
  choosePolicy,
  placementPolicies,
  rewardsPolicies,
  schedulingTable,
  verificationPolicies,
} from "../../sim/run/policy-table.ts";
import type { NetworkConfig } from "./config.ts";
import { TREASURER } from "./treasurer-address.ts";

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
export function liveBehaviours(config: NetworkConfig): LiveBehaviours {
  const { policies, limits, access } = config;
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
    ledgerOf(config),
    makeAuditor(),
    makeTreasurer({ rootOf: rootOfWallets }),
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

/** The ledger; one that issues rewards, and one with a treasurer, where the network wants it so. */
function ledgerOf({ policies, chain }: NetworkConfig): AnyBehaviour {
  const rule = { treasurer: TREASURER, isRequired: chain?.credential === "required" };
  const ledger = makeLedger();
  if (policies.rewards === undefined) {
    return chain === undefined ? ledger : withTreasurer(ledger, { ...rule, posted: () => null });
  }
  const rewards = choosePolicy("rewards", rewardsPolicies, policies.rewards);
  const issuing = withRewards(ledger, rewards);
  if (chain === undefined) return issuing;
  return withTreasurer(issuing, {
    ...rule,
    posted: (state) => state.rewards?.issue.posted ?? null,
  });
}
