/** What voting rules share: one vote an owner, results in groups that agree. */
import type { ReportedResult } from "../../kernel/policies/verification.ts";

/** Results in the order of their attempts' names: the order of arrival must not count. */
function byAttempt(a: ReportedResult, b: ReportedResult): number {
  return a.attempt < b.attempt ? -1 : a.attempt > b.attempt ? 1 : 0;
}

/** One result an owner, its first attempt's: a second copy of the same owner is no second vote. */
export function votesOf(results: ReadonlyArray<ReportedResult>): ReadonlyArray<ReportedResult> {
  const voters = new Set<string>();
  return [...results].sort(byAttempt).filter(({ owner }) => {
    if (voters.has(owner)) return false;
    voters.add(owner);
    return true;
  });
}

/** Results that agree with one another, and the digest that stands for them. */
export interface Group {
  readonly digest: string;
  readonly votes: ReadonlyArray<ReportedResult>;
}

/** Votes by agreement, in the order of digests; `agree` compares two digests. */
export function groupsOf(
  votes: ReadonlyArray<ReportedResult>,
  agree: (a: string, b: string) => boolean = (a, b) => a === b,
): ReadonlyArray<Group> {
  const groups: Array<{ readonly digest: string; readonly votes: Array<ReportedResult> }> = [];
  const ordered = [...votes].sort((a, b) =>
    a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : byAttempt(a, b),
  );
  for (const vote of ordered) {
    const group = groups.find(({ digest }) => agree(digest, vote.digest));
    if (group === undefined) groups.push({ digest: vote.digest, votes: [vote] });
    else group.votes.push(vote);
  }
  return groups;
}
