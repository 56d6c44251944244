/**
 * PINGO for verified work: an epoch issues what the schedule allows, and never more than a posted
 * worth of tokens per verified VCU; what it does not issue stays in the pool for good. Without
 * roll-over a burst of work after a quiet time finds no hoard.
 */
import { Schema } from "effect";
import type { Address } from "../../kernel/address.ts";
import { NANO_PER_VCU, nanoVcu } from "../../kernel/credit.ts";
import { Duration, HOUR } from "../../kernel/duration.ts";
import {
  type Activity,
  type Claim,
  type Did,
  type Holding,
  NANO_PER_PINGO,
  nanoPingo,
  type PerClass,
  type RewardsPolicy,
  type RewardsState,
} from "../../kernel/policies/rewards.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";
import { hexOf, inTreeOrder, leavesOf, rootOf } from "./claims.ts";
import { recountOf } from "./recount.ts";
import { baselineWork, issuedByTime, issuedByWork, type Schedule } from "./schedule.ts";
import { addClasses, COMMUNITY, noClasses, PARTS, proRata, sumOf, withSide } from "./split.ts";
import { clawedBack, cumulativeVested, grantedOf, noHolding, withGrant } from "./vesting.ts";

const DAY_US = 24 * HOUR;
const YEAR_US = 365 * DAY_US;

const field = <A, I>(schema: Schema.Schema<A, I>, description: string, fallback: A) =>
  Schema.optionalWith(schema.annotations({ description }), {
    default: () => fallback,
    exact: true,
  });
const Count = Schema.Int.pipe(Schema.positive());
const Percent = Schema.Int.pipe(Schema.between(0, 100));

export const EmissionParams = Schema.Struct({
  supplyPingo: field(Count, "The fixed supply, whole PINGO.", 1_000_000_000),
  timePercent: field(Percent, "Hundredths of the emission that follow time, not work.", 30),
  halvingUs: field(Duration, "Time after which half as much is issued.", 2 * YEAR_US),
  doublingUs: field(Duration, "Time in which the baseline doubles.", YEAR_US),
  baselineVcu: field(
    Count,
    "Verified VCU per hour that count at the beginning: 500 median hosts of 33.4 GFLOPS.",
    1_670,
  ),
  pingoPerVcu: field(Count, "Posted rate: whole PINGO that one VCU of credit is worth.", 20),
  capMilli: field(
    Count,
    "Most tokens per verified VCU, thousandths of a VCU at the posted rate.",
    1_000,
  ),
  epochUs: field(Duration, "Length of a rewards epoch.", DAY_US),
  disputeUs: field(Duration, "How long a posted root can be disputed.", DAY_US),
  freePercent: field(Percent, "Hundredths of a reward that are free at once.", 25),
  vestingUs: field(Duration, "Time over which the rest becomes free.", 180 * DAY_US),
});
export type EmissionParams = typeof EmissionParams.Type;

const noActivity: Activity = { worked: nanoVcu(0n), carried: nanoVcu(0n), used: nanoVcu(0n) };

export const emission: RewardsPolicy<EmissionParams> = {
  name: "emission",
  summary: "a halving schedule, as far as verified work bears it, pro rata to that work",
  Params: EmissionParams,
  init: (_params, atUs) => ({
    genesisUs: atUs,
    sinceUs: atUs,
    epoch: 0,
    baselined: nanoVcu(0n),
    activity: VersionedMap.empty(),
    holdings: VersionedMap.empty(),
    issued: noClasses,
    burned: nanoPingo(0n),
    posted: null,
  }),
  note: (state, did) => {
    const sums = did.map(([owner, { worked, carried, used }]): Did => {
      const before = state.activity.get(owner) ?? noActivity;
      const sum: Activity = {
        worked: nanoVcu(before.worked + worked),
        carried: nanoVcu(before.carried + carried),
        used: nanoVcu(before.used + used),
      };
      return [owner, sum];
    });
    return { ...state, activity: state.activity.setAll(sums) };
  },
  isDue: ({ epochUs }, { sinceUs }, atUs) => atUs - sinceUs >= epochUs,
  close,
  recount: (params, state) => recountOf(scheduleOf(params), state),
  clawBack: (params, state, { owner, atUs }) => {
    const holding = state.holdings.get(owner);
    if (holding === undefined) return state;
    const after = clawedBack(holding, params, atUs);
    return {
      ...state,
      holdings: state.holdings.set(owner, after),
      burned: nanoPingo(state.burned + after.burned - holding.burned),
    };
  },
};

/** The community's schedule: the side's part follows what the community was given. */
export function scheduleOf(params: EmissionParams): Schedule {
  const community = (BigInt(params.supplyPingo) * NANO_PER_PINGO * COMMUNITY) / 100n;
  const byTime = (community * BigInt(params.timePercent)) / 100n;
  return {
    byTime,
    byWork: community - byTime,
    halvingUs: params.halvingUs,
    doublingUs: params.doublingUs,
    baseline: BigInt(params.baselineVcu) * NANO_PER_VCU,
  };
}

/** What the running epoch would issue to the community if it ended now. */
export interface Budget {
  readonly worked: bigint;
  readonly scheduled: bigint;
  /** The schedule and the cap per VCU, whichever is less. */
  readonly budget: bigint;
  readonly baselined: bigint;
}

/** Schedule and cap for an epoch that ends at `atUs` with `worked` nano-VCU of verified work. */
export function budgetOf(
  params: EmissionParams,
  { genesisUs, sinceUs, baselined }: Pick<RewardsState, "genesisUs" | "sinceUs" | "baselined">,
  { worked, atUs }: { readonly worked: bigint; readonly atUs: number },
): Budget {
  const schedule = scheduleOf(params);
  const from = sinceUs - genesisUs;
  const to = atUs - genesisUs;
  const most = baselineWork(schedule, from, to);
  const after = baselined + (worked < most ? worked : most);
  const byTime = issuedByTime(schedule, to) - issuedByTime(schedule, from);
  const byWork = issuedByWork(schedule, after) - issuedByWork(schedule, baselined);
  const perVcu = BigInt(params.pingoPerVcu) * NANO_PER_PINGO * BigInt(params.capMilli);
  const cap = (worked * perVcu) / (1_000n * NANO_PER_VCU);
  const scheduled = byTime + byWork;
  return { worked, scheduled, budget: scheduled < cap ? scheduled : cap, baselined: after };
}

interface Acting {
  readonly owner: Address;
  readonly did: Activity;
  grant: bigint;
}

/** Gives each class its part pro rata; answers what was given. */
function give(acting: ReadonlyArray<Acting>, budget: bigint): PerClass {
  let remainder = 0n;
  const giveTo = (part: bigint, weightOf: (did: Activity) => bigint): bigint => {
    const amount = (budget * part) / COMMUNITY;
    const weights = acting.map(({ did }) => weightOf(did));
    if (weights.every((weight) => weight === 0n)) return 0n;
    const split = proRata(amount, weights);
    for (const [index, each] of acting.entries()) each.grant += split.shares[index] ?? 0n;
    remainder += split.remainder;
    return amount - split.remainder;
  };
  const compute = giveTo(PARTS.compute, ({ worked }) => worked);
  const edges = giveTo(PARTS.edges, ({ carried }) => carried);
  const users = giveTo(PARTS.users, ({ used }) => used);
  return withSide({ compute, edges, users, remainder });
}

function close(params: EmissionParams, state: RewardsState, atUs: number): RewardsState {
  const acting: ReadonlyArray<Acting> = [...state.activity.entries()].map(([owner, did]) => {
    return { owner, did, grant: 0n };
  });
  const worked = acting.reduce((sum, { did }) => sum + did.worked + did.carried, 0n);
  const { scheduled, budget, baselined } = budgetOf(params, state, { worked, atUs });
  const perClass = give(acting, budget);
  const claims: Array<Claim> = [];
  const holdings: Array<readonly [Address, Holding]> = [];
  for (const { owner, grant } of acting) {
    const given = { amount: nanoPingo(grant), atUs };
    const holding = withGrant(state.holdings.get(owner) ?? noHolding, given, params);
    if (grantedOf(holding) === 0n) continue;
    holdings.push([owner, holding]);
    const cumulative = nanoPingo(cumulativeVested(holding, params, atUs));
    claims.push({ owner, cumulative });
  }
  const inOrder = inTreeOrder(claims);
  return {
    ...state,
    sinceUs: atUs,
    epoch: state.epoch + 1,
    baselined: nanoVcu(baselined),
    activity: VersionedMap.empty(),
    holdings: state.holdings.setAll(holdings),
    issued: addClasses(state.issued, perClass),
    posted: {
      epoch: state.epoch,
      fromUs: state.sinceUs,
      toUs: atUs,
      worked: nanoVcu(worked),
      scheduled: nanoPingo(scheduled),
      emitted: nanoPingo(sumOf(perClass)),
      perClass,
      claims: inOrder,
      root: hexOf(rootOf(leavesOf(inOrder))),
      claimableUs: atUs + params.disputeUs,
    },
  };
}
