/** What a run's ledger issued in tokens; zeros where the scenario names no rule for it. */
import type { IssuingState } from "../../actors/ledger/rewards-epoch.ts";
import { toVcu } from "../../kernel/credit.ts";
import { gini } from "../metrics/shares.ts";
import { choosePolicy, rewardsPolicies } from "./policy-table.ts";
import { LEDGER, type World } from "./world.ts";

export function rewardMetrics({ scenario, sim }: World): Record<string, number> {
  const choice = scenario.policies.rewards;
  const state = sim.actors.get(LEDGER)?.state as IssuingState | undefined;
  const rewards = choice === undefined ? null : (state?.rewards ?? null);
  if (choice === undefined || rewards === null) {
    return { rewardEpochs: 0, pingoIssued: 0, pingoPerVcu: 0, rewardGiniGap: 0, rewardErrors: 0 };
  }
  const { policy, params } = choosePolicy("rewards", rewardsPolicies, choice);
  const { issue, counted } = rewards;
  const issued = Object.values(issue.issued).reduce((sum: bigint, part) => sum + part, 0n);
  const holdings = issue.holdings.entries();
  const worked = holdings.map(([owner]) => toVcu(counted.get(owner)?.earned ?? 0n));
  const granted = holdings.map(([, { settled, grants }]) =>
    grants.reduce((sum, { amount }) => sum + toVcu(amount), toVcu(settled)),
  );
  const work = worked.reduce((sum, each) => sum + each, 0);
  return {
    rewardEpochs: issue.epoch,
    pingoIssued: toVcu(issued),
    pingoPerVcu: work === 0 ? 0 : toVcu(issued) / work,
    rewardGiniGap: gini(granted) - gini(worked),
    rewardErrors: policy.recount(params, issue).length,
  };
}
