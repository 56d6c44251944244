/** What must hold in every epoch of every future, each broken promise in a sentence. */
import { NANO_PER_VCU } from "../../kernel/credit.ts";
import { NANO_PER_PINGO, type PerClass, type RewardsState } from "../../kernel/policies/rewards.ts";
import { type EmissionParams, emission } from "../../policies/rewards/emission.ts";
import { sumOf } from "../../policies/rewards/split.ts";

/** The largest part of a network that one dealer can have without verification noticing. */
const WASHER = 0.35;
/** Market price over posted rate below which buying one's own work must lose (docs/rewards.md). */
export const WASH_BOUND = 1.83;

/** What self-dealing gains, and how near the bound the market is. */
export interface Wash {
  /** Of each dollar that is spent on one's own work, what comes back beyond it. */
  readonly profit: number;
  /** The bound is for this: edges' bytes raise the cap, but only work and use are rewarded here. */
  readonly ratio: number;
}

/** A washer with `WASHER` of the network, under what an epoch gave for work and for use. */
export function washOf(
  posted: NonNullable<RewardsState["posted"]>,
  used: bigint,
  market: { readonly usd: number; readonly usdPerVcu: number; readonly pingoPerVcu: number },
): Wash {
  if (used === 0n) return { profit: 0, ratio: 0 };
  const { usd, usdPerVcu, pingoPerVcu } = market;
  const perVcu = (pingo: bigint) =>
    Number(pingo * NANO_PER_VCU) / Number(used) / Number(NANO_PER_PINGO);
  const worth = (pingo: bigint) => (perVcu(pingo) * usd) / usdPerVcu;
  const { compute, users } = posted.perClass;
  return {
    profit: WASHER * (1 + worth(compute)) + worth(users) - 1,
    ratio: (((usd * pingoPerVcu) / usdPerVcu) * Number(posted.worked)) / Number(used),
  };
}

/** The rule's own recount, and that the community has its part of this epoch and of all. */
export function brokenPromises(
  params: EmissionParams,
  state: RewardsState,
  wash: Wash,
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
    found.push(`buying one's own work gains ${wash.profit} at ${wash.ratio} times the posted rate`);
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
