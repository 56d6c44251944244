/** Equal share: whoever had the least work placed so far goes next, whatever it contributed. */
import { Schema } from "effect";
import type { SchedulingPolicy, Work } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import {
  attemptsOf,
  Backlog,
  COMMONS,
  dequeue,
  emptyBacklog,
  enqueue,
  frontOf,
  laneSize,
} from "./backlog.ts";
import { bestOf, emptyRanking, Ranking, rank, unrank } from "./ranking.ts";

const Params = Schema.Struct({});

const EqualShare = Schema.Struct({
  backlog: Backlog,
  ranking: Ranking,
  /** Work placed for each requester since the edge opened, MFLOP. */
  placed: versionedMap(Schema.String, Schema.Int),
});
type EqualShare = typeof EqualShare.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
function withState(old: EqualShare, change: Partial<EqualShare>): EqualShare {
  return {
    backlog: change.backlog ?? old.backlog,
    ranking: change.ranking ?? old.ranking,
    placed: change.placed ?? old.placed,
  };
}

function laneOf(work: Work): string {
  return work.commons ? COMMONS : work.requester;
}

/** Puts a requester where its share and its oldest waiting work say. */
function rerank(state: EqualShare, requester: string): EqualShare {
  if (requester === COMMONS) return state;
  const front = frontOf(state.backlog, requester);
  if (front === undefined) return withState(state, { ranking: unrank(state.ranking, requester) });
  const share = BigInt(state.placed.get(requester) ?? 0);
  const entry = { key: requester, rank: share, since: front.arrival };
  return withState(state, { ranking: rank(state.ranking, entry) });
}

function remove(state: EqualShare, attempt: string): EqualShare {
  const entry = state.backlog.waiting.get(attempt);
  if (entry === undefined) return state;
  return rerank(withState(state, { backlog: dequeue(state.backlog, attempt) }), entry.lane);
}

function charge(state: EqualShare, work: Work): EqualShare {
  if (work.commons) return state;
  const placed = (state.placed.get(work.requester) ?? 0) + work.mflop;
  return withState(state, { placed: state.placed.set(work.requester, placed) });
}

export const equalShare: SchedulingPolicy<typeof Params.Type, EqualShare> = {
  name: "equal",
  summary: "The requester with the least work placed so far; commons work after all paid work.",
  admission: "open",
  Params,
  State: EqualShare,
  init: () => ({
    backlog: emptyBacklog(),
    ranking: emptyRanking(),
    placed: VersionedMap.empty(),
  }),
  add: (state, work) => {
    const lane = laneOf(work);
    return rerank(withState(state, { backlog: enqueue(state.backlog, lane, work) }), lane);
  },
  next: (state) => {
    const work = frontOf(state.backlog, bestOf(state.ranking)?.key ?? COMMONS)?.work;
    return { state, work, pass: work?.commons === true ? "commons" : "any", againUs: undefined };
  },
  take: (state, work, { placed }) => {
    if (!state.backlog.waiting.has(work.attempt)) return state;
    return remove(placed ? charge(state, work) : state, work.attempt);
  },
  cancel: (state, task) => attemptsOf(state.backlog, task).reduce(remove, state),
  size: (state) => state.backlog.waiting.size,
  explain: (state, attempt) => {
    const entry = state.backlog.waiting.get(attempt);
    if (entry === undefined) return `${attempt} does not wait here`;
    const best = bestOf(state.ranking);
    const waiting = laneSize(state.backlog, entry.lane);
    if (entry.lane === COMMONS) {
      const others = state.ranking.heap.size;
      return `${attempt} is commons work: the work of ${others} requesters goes first`;
    }
    return (
      `${attempt} is one of ${waiting} that wait for ${entry.lane}, which had ` +
      `${state.placed.get(entry.lane) ?? 0} MFLOP placed; next is ${best?.key} with ${best?.rank}`
    );
  },
};
