/** Service against contribution, by contributor and class. Amounts in VCU, for reports only. */
import { toVcu } from "../../kernel/credit.ts";
import { HOUR } from "../../kernel/duration.ts";
import {
  envy,
  gini,
  jain,
  quantileOf,
  shareViolation,
  sharingIncentive,
} from "../metrics/shares.ts";
import { closing, type RunParts } from "./parts.ts";
import type { ClassTotals, ContributorPoint } from "./result.ts";

export type Account = ContributorPoint;

/** One entry per contributor, in the order of the world; without what preceded the measuring. */
export function accountsOf(parts: RunParts): ReadonlyArray<Account> {
  const { world, shadow, collector, runner } = parts;
  // What is earned after the doors closed buys nothing in this run.
  const earned = (parts.atEnd ?? closing(parts)).earned;
  const { sim, contributors, scenario, cast } = world;
  const per = scenario.nodesPerContributor;
  return contributors.map((id, c) => {
    const shadowed = shadow.accounts.get(id);
    const before = parts.atStart?.get(id);
    const actor = sim.actors.get(id);
    const liar = world.nodes.slice(c * per, (c + 1) * per).some((at) => {
      const node = sim.actors.get(at);
      return node !== undefined && runner.isWrong(node);
    });
    const adversary = cast.memberOf.get(id)?.adversary.kind;
    return {
      id,
      className: adversary ?? (liar ? "wrong-result" : "honest"),
      asked: toVcu((actor === undefined ? undefined : collector.asked.get(actor)) ?? 0n),
      earned: toVcu((earned.get(id) ?? 0n) - (before?.earned ?? 0n)),
      spent: toVcu((shadowed?.spent ?? 0n) - (before?.spent ?? 0n)),
    };
  });
}

export function classTotals(accounts: ReadonlyArray<Account>): ReadonlyArray<ClassTotals> {
  const names = new Set(["honest", ...accounts.map(({ className }) => className)]);
  return [...names].sort(byClass).flatMap((name) => {
    const of = accounts.filter(({ className }) => className === name);
    if (of.length === 0) return [];
    const sum = (read: (account: Account) => number) => of.reduce((s, a) => s + read(a), 0);
    return [
      {
        name,
        contributors: of.length,
        asked: sum((a) => a.asked),
        earned: sum((a) => a.earned),
        spent: sum((a) => a.spent),
      },
    ];
  });
}

/** Honest ones first, machines that were made to err last. */
function byClass(a: string, b: string): number {
  const rank = (name: string) => (name === "honest" ? 0 : name === "wrong-result" ? 2 : 1);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** What somebody asked for and had earned: so much service was its due. */
export function due({ asked, earned }: Account): number {
  return Math.min(asked, earned);
}

/** Accounts that were admitted a shorter time ago had no time to use what they earned. */
const SETTLED_US = HOUR;

/** Honest contributors, and those of them who have been admitted for an hour at least. */
function honestOf(parts: RunParts, accounts: ReadonlyArray<Account>) {
  const endUs = (parts.atEnd ?? closing(parts)).nowUs;
  const honest = accounts.filter(({ className }) => className === "honest");
  const hasTime = ({ id }: Account) => endUs - parts.people.of(id).admittedUs >= SETTLED_US;
  return { honest, settled: honest.filter(hasTime) };
}

/** Guaranteed part of one's own contribution: the rule's parameter, or its default. */
function alphaOf({ world }: RunParts): number {
  const { alpha } = world.scenario.policies.scheduling as { readonly alpha?: unknown };
  return typeof alpha === "number" ? alpha : 0.5;
}

export function fairness(
  parts: RunParts,
  accounts: ReadonlyArray<Account>,
): Record<string, number> {
  const { honest, settled } = honestOf(parts, accounts);
  const riders = accounts.filter(({ className }) => className === "free-rider");
  const sum = (of: ReadonlyArray<Account>, read: (a: Account) => number) =>
    of.reduce((s, a) => s + read(a), 0);
  const mean = (of: ReadonlyArray<Account>) =>
    of.length === 0 ? 0 : sum(of, (a) => a.spent) / of.length;
  const ratios = settled.filter((a) => due(a) > 0).map((a) => a.spent / due(a));
  const earners = settled.filter((a) => a.earned > 0);
  const satisfaction = settled.filter((a) => a.asked > 0).map((a) => a.spent / a.asked);
  const envious = envy(settled);
  const meanHonest = mean(honest);
  const dueOfAll = sum(honest, due);
  return {
    honestService: dueOfAll === 0 ? 0 : sum(honest, (a) => a.spent) / dueOfAll,
    honestServiceP5: quantileOf(ratios, 0.05),
    newlyAdmitted: honest.length - settled.length,
    satisfactionMean: satisfaction.reduce((s, x) => s + x, 0) / Math.max(1, satisfaction.length),
    satisfactionP5: quantileOf(satisfaction, 0.05),
    freeRiderShare: meanHonest === 0 ? 0 : mean(riders) / meanHonest,
    jainService: jain(ratios),
    jainServicePerEarned: jain(earners.map((a) => a.spent / a.earned)),
    giniService: gini(settled.map((a) => a.spent)),
    giniEarned: gini(settled.map((a) => a.earned)),
    shareViolation: shareViolation(settled),
    envyPairs: envious.pairs,
    envyMean: envious.mean,
    sharingIncentive: sharingIncentive(settled, alphaOf(parts)),
    honestLossVcu: sum(honest, ({ id }) => toVcu(parts.people.of(id).lost)),
    honestSlashed: honest.filter(({ id }) => parts.people.of(id).slashes > 0).length,
  };
}
