/** Why somebody got little: the story of the honest contributor that is worst off. */

import type { Account } from "./fairness.ts";
import { due } from "./fairness.ts";
import type { RunParts } from "./parts.ts";
import type { WorstOff } from "./result.ts";

const SECOND_US = 1_000_000;

/** The one that lacks most of what it had earned and asked for; of equals, of what it asked for. */
export function worstOff(
  { people, world }: RunParts,
  accounts: ReadonlyArray<Account>,
): WorstOff | undefined {
  const isWorse = (a: Account, b: Account) => {
    const more = Math.max(0, due(a) - a.spent) - Math.max(0, due(b) - b.spent);
    return more > 0 || (more === 0 && a.asked - a.spent > b.asked - b.spent);
  };
  const honest = accounts.filter((each) => each.className === "honest" && each.asked > 0);
  const [worst, ...others] = honest;
  if (worst === undefined) return undefined;
  const account = others.reduce((a, b) => (isWorse(b, a) ? b : a), worst);
  const person = people.of(account.id);
  const since = (us: number) => (Number.isFinite(us) ? (us - world.startUs) / SECOND_US : null);
  const { id, asked, earned, spent } = account;
  return {
    id,
    asked,
    earned,
    spent,
    applied: since(person.appliedUs),
    admitted: since(person.admittedUs),
    firstServed: since(person.firstServedUs),
    longestWaitS: person.longestWaitUs / SECOND_US,
    longestTask: person.longestTask,
    refusals: [...(person.refusals ?? [])]
      .map(([reason, { count, rule }]) => ({ reason, count, rule }))
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
  };
}
