/** All futures of an economy together: ranges over them, and what was broken in any. */
import { grantedOf } from "../../policies/rewards/vesting.ts";
import { gini, quantileOf } from "../metrics/shares.ts";
import type { EconomyScenario } from "./config.ts";
import { Future } from "./future.ts";

/** The 5th, 50th and 95th hundredth of the futures. */
export interface Range {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

export interface Outcome {
  readonly scenario: string;
  readonly seed: number;
  readonly futures: number;
  readonly atUs: ReadonlyArray<number>;
  /** Ranges epoch by epoch. */
  readonly series: Readonly<Record<string, ReadonlyArray<Range>>>;
  /** Ranges of what a whole future comes to. */
  readonly metrics: Readonly<Record<string, Range>>;
  readonly broken: ReadonlyArray<{
    readonly seed: number;
    readonly atUs: number;
    readonly message: string;
  }>;
  readonly epochs: number;
  readonly verdict: "pass" | "fail";
}

/** Lives the futures one by one: each takes a while, and the caller may stop between two. */
export function* livedOf(scenario: EconomyScenario, seed: number): Generator<Future> {
  for (let n = 0; n < scenario.futures; n++) {
    const future = new Future(scenario, seed + n);
    while (future.advance());
    yield future;
  }
}

export function outcomeOf(
  scenario: EconomyScenario,
  seed: number,
  futures: ReadonlyArray<Future>,
): Outcome {
  const points = futures[0]?.points ?? [];
  const names = Object.keys(points[0] ?? {}).filter((name) => name !== "atUs");
  const series = names.map((name) => {
    const bands = points.map((_, n) => rangeOf(futures.map((each) => each.points[n]?.[name] ?? 0)));
    return [name, bands] as const;
  });
  const own = futures.map(measured);
  const metrics = Object.keys(own[0] ?? {}).map((name) => {
    return [name, rangeOf(own.map((each) => each[name] ?? 0))] as const;
  });
  const broken = futures.flatMap((future, n) => {
    return future.broken.map((each) => ({ seed: seed + n, ...each }));
  });
  return {
    scenario: scenario.name,
    seed,
    futures: futures.length,
    atUs: points.map(({ atUs }) => atUs),
    series: Object.fromEntries(series),
    metrics: Object.fromEntries(metrics),
    broken,
    epochs: futures.reduce((sum, each) => sum + each.points.length, 0),
    verdict: broken.length === 0 ? "pass" : "fail",
  };
}

function rangeOf(values: ReadonlyArray<number>): Range {
  const [low, middle, high] = [0.05, 0.5, 0.95].map((q) => quantileOf(values, q));
  return { low: low ?? 0, middle: middle ?? 0, high: high ?? 0 };
}

/** What one future comes to. */
function measured(future: Future): Readonly<Record<string, number>> {
  const { points, state, workedBy, supply } = future;
  const last = points.at(-1);
  const of = (name: string) => last?.[name] ?? 0;
  const percent = (part: number, whole: number) => (whole === 0 ? 0 : (100 * part) / whole);
  const { issued } = state;
  const community = Number(issued.compute + issued.edges + issued.users);
  const washed = points.filter((point) => (point.washProfit ?? 0) > 0).length;
  const sold = points.map((point) => point.soldOfMarket ?? 0);
  const granted = [...workedBy.keys()].map((owner) => {
    const holding = state.holdings.get(owner);
    return holding === undefined ? 0 : Number(grantedOf(holding));
  });
  const reward = gini(granted);
  return {
    issuedPercent: percent(of("issued"), supply),
    communityPercent: percent(community / 1e9, of("issued")),
    teamAndInvestorsPercent: percent(Number(issued.team + issued.investors) / 1e9, of("issued")),
    freePercent: percent(of("float"), of("issued")),
    burnedPercent: percent(of("burned"), of("issued")),
    workPerHour: of("workPerHour"),
    lastEmission: of("emitted"),
    giniOfRewards: reward,
    giniOverWork: reward - gini([...workedBy.values()].map(Number)),
    largestSaleOfMarketPercent: 100 * Math.max(0, ...sold),
    epochsWithWashProfitPercent: percent(washed, points.length),
  };
}
