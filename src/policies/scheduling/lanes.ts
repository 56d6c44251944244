/**
 * One lane of waiting work for each requester, the lanes in the order of a rank that a rule gives
 * them. Commons work has a lane behind all others. A lane without a rank is held back.
 */
import { Schema } from "effect";
import type { Work } from "../../kernel/policies/scheduling.ts";
import {
  attemptsOf,
  Backlog,
  COMMONS,
  dequeue,
  emptyBacklog,
  enqueue,
  frontOf,
  laneSize,
  type Waiting,
} from "./backlog.ts";
import { bestOf, emptyRanking, Ranking, rank, unrank } from "./ranking.ts";

export const Lanes = Schema.Struct({ backlog: Backlog, ranking: Ranking });
export type Lanes = typeof Lanes.Type;

export function emptyLanes(): Lanes {
  return { backlog: emptyBacklog(), ranking: emptyRanking() };
}

/** Puts work at the end of a lane; its rank is the caller's next question. */
export function putWork({ backlog, ranking }: Lanes, lane: string, work: Work): Lanes {
  return { backlog: enqueue(backlog, lane, work), ranking };
}

export function dropWork({ backlog, ranking }: Lanes, attempt: string): Lanes {
  return { backlog: dequeue(backlog, attempt), ranking };
}

/** Gives a lane its rank; lower goes first, then who waits longer. An empty lane loses its own. */
export function rankLane(lanes: Lanes, lane: string, value: bigint): Lanes {
  const front = frontOf(lanes.backlog, lane);
  return front === undefined ? holdLane(lanes, lane) : rankFront(lanes, front, value);
}

/** The same for the lane that `front` goes first of. */
export function rankFront({ backlog, ranking }: Lanes, front: Waiting, value: bigint): Lanes {
  const { lane, arrival } = front;
  return { backlog, ranking: rank(ranking, { key: lane, rank: value, since: arrival }) };
}

export function holdLane({ backlog, ranking }: Lanes, lane: string): Lanes {
  return { backlog, ranking: unrank(ranking, lane) };
}

/** The front of the best lane; commons work when no lane has a rank. */
export function firstOf({ backlog, ranking }: Lanes): Waiting | undefined {
  return frontOf(backlog, bestOf(ranking)?.key ?? COMMONS);
}

export function waitingFor({ backlog }: Lanes, attempt: string): Waiting | undefined {
  return backlog.waiting.get(attempt);
}

/** Waiting attempts of a task, in order of arrival. */
export function attemptsOfTask({ backlog }: Lanes, task: string): ReadonlyArray<string> {
  return attemptsOf(backlog, task);
}

/** What `explain` says of commons work in every rule. */
export function explainCommons({ ranking }: Lanes, attempt: string): string {
  const others = ranking.heap.size;
  return `${attempt} is commons work: the work of ${others} requesters goes first`;
}

/** How every rule begins to explain a lane. */
export function explainLane({ backlog }: Lanes, { work, lane }: Waiting): string {
  return `${work.attempt} is one of ${laneSize(backlog, lane)} that wait for ${work.requester}`;
}
