/** Recounts what a ledger has issued: an auditor's, a checker's and a reader's way to disagree. */
import type { RewardsState } from "../../kernel/policies/rewards.ts";
import { hexOf, leavesOf, rootOf } from "./claims.ts";
import { issuedByTime, issuedByWork, type Schedule } from "./schedule.ts";
import { sumOf } from "./split.ts";
import { grantedOf } from "./vesting.ts";

/** What does not add up, each in a sentence; empty when all does. */
export function recountOf(schedule: Schedule, state: RewardsState): ReadonlyArray<string> {
  const { issued, posted, holdings, burned, baselined, sinceUs, genesisUs } = state;
  const found: Array<string> = [];
  const demand = (holds: boolean, sentence: string) => {
    if (!holds) found.push(sentence);
  };
  const community = issued.compute + issued.edges + issued.users;
  let granted = 0n;
  let taken = 0n;
  for (const [, holding] of holdings.entries()) {
    granted += grantedOf(holding);
    taken += holding.burned;
  }
  demand(granted + taken === community, `${granted + taken} is granted, ${community} was issued`);
  demand(taken === burned, `${taken} was taken back, ${burned} is in the books`);
  const most = issuedByTime(schedule, sinceUs - genesisUs) + issuedByWork(schedule, baselined);
  demand(community <= most, `${community} was issued, the schedule allows ${most}`);
  const all = sumOf(issued);
  demand(5n * community >= 4n * all, `the community has ${community} of ${all}`);
  if (posted === null) return found;
  const root = hexOf(rootOf(leavesOf(posted.claims)));
  demand(root === posted.root, `the claims have the root ${root}, posted is ${posted.root}`);
  for (const { owner, cumulative } of posted.claims) {
    const holding = holdings.get(owner);
    const least = holding === undefined ? 0n : grantedOf(holding);
    demand(cumulative <= least, `${owner} may claim ${cumulative} of ${least}`);
  }
  return found;
}
