/** What must hold in every epoch of every future, each broken promise in a sentence. */
import { NANO_PER_VCU } from "../../kernel/credit.ts";
import { NANO_PER_PINGO, type PerClass, type RewardsState } from "../../kernel/policies/rewards.ts";
import { type EmissionParams, emission } from "../../policies/rewards/emission.ts";
import { sumOf } from "../../policies/rewards/split.ts";

/** The largest part of a network that one dealer can have without verification noticing. */
const WASHER = 0.35;
/** Market price over posted rate below which buying one's own work must lose (docs/rewards.md). */
export const WASH_BOUND = 1.83;

/** Of each dollar that a washer spends on its own work, what comes back beyond it. */
export function washProfit(
  posted: NonNullable<RewardsState["posted"]>,
  used: bigint,
  { usd, usdPerVcu }: { readonly usd: number; readonly usdPerVcu: number },
): number {
  const worth = (pingo: bigint, vcu: bigint) => {
    if (vcu === 0n) return 0;
    const perVcu = Number(pingo * NANO_PER_VCU) / Number(vcu) / Number(NANO_PER_PINGO);
    return (perVcu * usd) / usdPerVcu;
  };
  const forWork = worth(posted.perClass.compute, posted.worked);
  const forUse = worth(posted.perClass.users, used);
  return WASHER * (1 + forWork) + forUse - 1;
}

/** The rule's own recount, and that the community has its part of this epoch and of all. */
export function brokenPromises(
  params: EmissionParams,
  state: RewardsState,
  wash: { readonly ratio: number; readonly profit: number },
): ReadonlyArray<string> {
  const found = [...emission.recount(params, state)];
  const epoch = state.posted?.perClass;
  for (const part of epoch === undefined ? [state.issued] : [epoch, state.issued]) {
    const share = tooLittle(part);
    if (share !== undefined) found.push(share);
  }
  const { emitted = 0n, scheduled = 0n } = state.posted ?? {};
  const community = epoch === undefined ? 0n : communityOf(epoch);
  if (community > scheduled) found.push(`${community} was issued, the epoch allowed ${scheduled}`);
  if (state.posted?.worked === 0n && emitted > 0n) found.push(`${emitted} issued without work`);
  if (wash.ratio <= WASH_BOUND && wash.profit > 0) {
    found.push(`buying one's own work gains ${wash.profit} at ${wash.ratio} of the posted rate`);
  }
  return found;
}

export function communityOf({ compute, edges, users }: PerClass): bigint {
  return compute + edges + users;
}

function tooLittle(part: PerClass): string | undefined {
  const all = sumOf(part);
  const community = communityOf(part);
  const side = part.team + part.investors;
  const isFair = 5n * community >= 4n * all && (all === 0n || 5n * side < all);
  return isFair
    ? undefined
    : `the community has ${community} of ${all}, team and investors ${side}`;
}
