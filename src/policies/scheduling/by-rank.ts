/**
 * Makes a whole scheduling rule of one function: works are placed in the order of a number that the
 * function gives each of them when it comes. The shortest way to try a rule of one's own.
 */
import { Schema } from "effect";
import type { Moment, SchedulingPolicy, Work } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import {
  attemptsOf,
  Backlog,
  COMMONS,
  dequeue,
  emptyBacklog,
  enqueue,
  frontOf,
} from "./backlog.ts";
import { bestOf, emptyRanking, Ranking, rank, unrank } from "./ranking.ts";

export interface RankRule {
  readonly name: string;
  readonly summary: string;
  /** "credit": the ledger admits who can pay; "open": everybody is admitted, books are kept. */
  readonly admission: "credit" | "open";
  /** A safe integer; the lowest goes first, of equals whoever came first. */
  readonly rank: (work: Work, moment: Moment) => number;
}

/** What is wrong with somebody's own rule: its author has to mend it, not we. */
export class RuleError extends Error {
  override readonly name = "RuleError";
  readonly field = "policies.scheduling.rule";
}

function rankOf(rule: RankRule, work: Work, moment: Moment): number {
  let value: number;
  try {
    value = rule.rank(work, moment);
  } catch (error) {
    throw new RuleError(`the rule ${rule.name} failed to rank a work: ${String(error)}`);
  }
  if (Number.isSafeInteger(value)) return value;
  throw new RuleError(`the rule ${rule.name} must rank by a safe integer, but gave ${value}`);
}

const Params = Schema.Struct({});

const ByRank = Schema.Struct({
  backlog: Backlog,
  ranking: Ranking,
  ranks: versionedMap(Schema.String, Schema.Int),
});
type ByRank = typeof ByRank.Type;

/** Every paid work waits in a lane of its own, commons work in one lane behind them. */
function add(rule: RankRule, state: ByRank, work: Work, moment: Moment): ByRank {
  if (state.backlog.waiting.has(work.attempt)) return state;
  const backlog = enqueue(state.backlog, work.commons ? COMMONS : work.attempt, work);
  if (work.commons) return { backlog, ranking: state.ranking, ranks: state.ranks };
  const value = rankOf(rule, work, moment);
  const since = state.backlog.arrivals;
  return {
    backlog,
    ranking: rank(state.ranking, { key: work.attempt, rank: BigInt(value), since }),
    ranks: state.ranks.set(work.attempt, value),
  };
}

function remove(state: ByRank, attempt: string): ByRank {
  return {
    backlog: dequeue(state.backlog, attempt),
    ranking: unrank(state.ranking, attempt),
    ranks: state.ranks.delete(attempt),
  };
}

/** The whole rule that {@link RankRule} stands for. */
export function byRank(rule: RankRule): SchedulingPolicy<typeof Params.Type, ByRank> {
  return {
    name: rule.name,
    summary: rule.summary,
    admission: rule.admission,
    Params,
    State: ByRank,
    init: () => ({
      backlog: emptyBacklog(),
      ranking: emptyRanking(),
      ranks: VersionedMap.empty(),
    }),
    add: (state, work, moment) => add(rule, state, work, moment),
    next: (state) => {
      const work = frontOf(state.backlog, bestOf(state.ranking)?.key ?? COMMONS)?.work;
      return { state, work, pass: work?.commons === true ? "commons" : "any", againUs: undefined };
    },
    take: (state, work) => remove(state, work.attempt),
    cancel: (state, task) => attemptsOf(state.backlog, task).reduce(remove, state),
    size: (state) => state.backlog.waiting.size,
    explain: (state, attempt) => {
      const entry = state.backlog.waiting.get(attempt);
      if (entry === undefined) return `${attempt} does not wait here`;
      const best = bestOf(state.ranking);
      if (entry.lane === COMMONS) return `${attempt} is commons work: paid work goes first`;
      const value = state.ranks.get(attempt) ?? 0;
      return `${attempt} waits with rank ${value}; next is ${best?.key} with ${best?.rank}`;
    },
  };
}
