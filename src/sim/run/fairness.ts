/** Service against contribution, by contributor and class. Amounts in VCU, for reports only. */
import { toVcu } from "../../kernel/credit.ts";
import { closing, type RunParts } from "./parts.ts";
import type { ClassTotals, ContributorPoint } from "./result.ts";

export type Account = ContributorPoint;

/** One entry per contributor, in the order of the world. */
export function accountsOf(parts: RunParts): ReadonlyArray<Account> {
  const { world, shadow, collector, runner } = parts;
  // What is earned after the doors closed buys nothing in this run.
  const earned = (parts.atEnd ?? closing(parts)).earned;
  const { sim, contributors, scenario, cast } = world;
  const per = scenario.nodesPerContributor;
  return contributors.map((id, c) => {
    const shadowed = shadow.accounts.get(id);
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
      earned: toVcu(earned.get(id) ?? 0n),
      spent: toVcu(shadowed?.spent ?? 0n),
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

export function fairness(accounts: ReadonlyArray<Account>): Record<string, number> {
  const honest = accounts.filter(({ className }) => className === "honest");
  const riders = accounts.filter(({ className }) => className === "free-rider");
  const due = (a: Account) => Math.min(a.earned, a.asked);
  const sum = (of: ReadonlyArray<Account>, read: (a: Account) => number) =>
    of.reduce((s, a) => s + read(a), 0);
  const ratios = honest.filter((a) => due(a) > 0).map((a) => a.spent / due(a));
  ratios.sort((a, b) => a - b);
  const meanHonest = honest.length === 0 ? 0 : sum(honest, (a) => a.spent) / honest.length;
  const meanRider = riders.length === 0 ? 0 : sum(riders, (a) => a.spent) / riders.length;
  const dueOfAll = sum(honest, due);
  return {
    honestService: dueOfAll === 0 ? 0 : sum(honest, (a) => a.spent) / dueOfAll,
    honestServiceP5: ratios[Math.floor(0.05 * ratios.length)] ?? 0,
    freeRiderShare: meanHonest === 0 ? 0 : meanRider / meanHonest,
    jainService: jain(ratios),
  };
}

/** Jain, Chiu and Hawe 1984: (sum x)^2 / (n sum x^2); 1 when all are equal. */
function jain(values: ReadonlyArray<number>): number {
  const total = values.reduce((sum, x) => sum + x, 0);
  const squares = values.reduce((sum, x) => sum + x * x, 0);
  return squares === 0 ? 0 : (total * total) / (values.length * squares);
}
