/**
 * Several sets of rules under the same seeds. Runs of one seed share hosts, demand and faults, so
 * differences are taken seed by seed (paired): what the seeds have in common drops out of them.
 */
import { catalogue } from "../metrics/catalogue.ts";
import { type Interval, intervalOf } from "./interval.ts";
import { OURS } from "./rule-sets.ts";

/** A mean over seeds with its 95 % interval. */
export interface Measured {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** A metric in which ours is worse than another by more than chance explains. */
export interface Loss {
  readonly metric: string;
  readonly to: string;
  readonly ours: number;
  readonly theirs: number;
  /** Ours less theirs, paired by seed. */
  readonly difference: Measured;
}

export interface Comparison {
  readonly scenario: string;
  readonly seeds: ReadonlyArray<number>;
  readonly policies: ReadonlyArray<string>;
  /** By metric and policy. */
  readonly metrics: Readonly<Record<string, Readonly<Record<string, Measured>>>>;
  /**
   * By metric that has a better direction: the policies that are not worse than the best mean by
   * more than chance explains. All of them means no difference, none that fewer than two had a
   * value to compare.
   */
  readonly winners: Readonly<Record<string, ReadonlyArray<string>>>;
  readonly losses: ReadonlyArray<Loss>;
}

/** Metrics of one policy, in the order of the seeds. */
export type Runs = ReadonlyArray<Readonly<Record<string, number>>>;

function measured({ mean, half, n }: Interval): Measured {
  return { mean, low: mean - half, high: mean + half, n };
}

/** a - b seed by seed. Both have the same length. */
export function pairedDifference(a: ReadonlyArray<number>, b: ReadonlyArray<number>): Measured {
  return measured(intervalOf(a.map((value, i) => value - (b[i] as number))));
}

/** Chance alone explains a difference whose interval holds 0, or of which one pair is known. */
function isChance({ low, high, n }: Measured): boolean {
  return n < 2 || (low <= 0 && high >= 0);
}

const better: ReadonlyMap<string, "higher" | "lower"> = new Map(
  catalogue.flatMap(({ name, better: way }) => (way === undefined ? [] : [[name, way]])),
);

/** Of these a run has no value when nothing happened; they read 0 then, which is no merit. */
const ofEvents: ReadonlySet<string> = new Set([
  "redundancy",
  ...catalogue.flatMap(({ name, group, unit }) =>
    group === "waiting" && unit === "s" ? [name] : [],
  ),
]);

type Values = ReadonlyMap<string, ReadonlyArray<number>>;

/** Difference in which above zero means that `a` is better. */
function lead(metric: string, a: ReadonlyArray<number>, b: ReadonlyArray<number>): Measured {
  return better.get(metric) === "lower" ? pairedDifference(b, a) : pairedDifference(a, b);
}

function winnersOf(metric: string, values: Values): ReadonlyArray<string> {
  const sign = better.get(metric) === "lower" ? -1 : 1;
  const means = [...values].map(([policy, of]) => ({ policy, of, mean: intervalOf(of).mean }));
  means.sort((a, b) => sign * (b.mean - a.mean));
  const [best] = means;
  if (best === undefined) return [];
  return [...values]
    .filter(([policy, of]) => policy === best.policy || isChance(lead(metric, best.of, of)))
    .map(([policy]) => policy);
}

function lossesOf(metric: string, values: Values): ReadonlyArray<Loss> {
  const ours = values.get(OURS);
  if (ours === undefined) return [];
  return [...values].flatMap(([to, theirs]) => {
    const ahead = lead(metric, theirs, ours);
    if (to === OURS || isChance(ahead) || ahead.mean < 0) return [];
    const mean = (of: ReadonlyArray<number>) => intervalOf(of).mean;
    const difference = pairedDifference(ours, theirs);
    return [{ metric, to, ours: mean(ours), theirs: mean(theirs), difference }];
  });
}

function valuesOf(name: string, runs: ReadonlyMap<string, Runs>): Values {
  return new Map([...runs].map(([policy, of]) => [policy, of.map((each) => each[name] as number)]));
}

/** Policies under which every run has a value. */
function withValue(values: Values): Values {
  return new Map([...values].filter(([, of]) => of.every((value) => value !== 0)));
}

/** `runs` by policy, all of the same seeds in the same order. */
export function compareRuns(
  scenario: string,
  seeds: ReadonlyArray<number>,
  runs: ReadonlyMap<string, Runs>,
): Comparison {
  const all = [...runs.values()].flat();
  const names = Object.keys(all[0] ?? {}).filter((name) => all.every((each) => name in each));
  const metrics: Record<string, Record<string, Measured>> = {};
  const winners: Record<string, ReadonlyArray<string>> = {};
  const losses: Loss[] = [];
  for (const name of names.sort()) {
    const values = valuesOf(name, runs);
    metrics[name] = Object.fromEntries(
      [...values].map(([policy, of]) => [policy, measured(intervalOf(of))]),
    );
    if (!better.has(name)) continue;
    const judged = ofEvents.has(name) ? withValue(values) : values;
    winners[name] = judged.size < 2 ? [] : winnersOf(name, judged);
    losses.push(...lossesOf(name, judged));
  }
  return { scenario, seeds, policies: [...runs.keys()], metrics, winners, losses };
}
