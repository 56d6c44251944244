/**
 * Waiting work in lanes, first in first out within a lane. Every operation touches a constant
 * number of entries: a lane is a doubly linked list through one map, so leaving from the middle
 * (a cancelled task) costs no more than leaving from the front.
 */
import { Schema } from "effect";
import { invariant } from "../../kernel/invariant.ts";
import { Work } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";

/** Commons work waits here, behind every other lane. No requester's address looks like this. */
export const COMMONS = "commons";

const Waiting = Schema.Struct({
  work: Work,
  lane: Schema.String,
  /** Count of arrivals when it came: the older of two works has the lower number. */
  arrival: Schema.Int,
  before: Schema.NullOr(Schema.String),
  after: Schema.NullOr(Schema.String),
});
export type Waiting = typeof Waiting.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
function relinked(old: Waiting, change: Partial<Waiting>): Waiting {
  return {
    work: change.work ?? old.work,
    lane: change.lane ?? old.lane,
    arrival: change.arrival ?? old.arrival,
    before: change.before === undefined ? old.before : change.before,
    after: change.after === undefined ? old.after : change.after,
  };
}

const Lane = Schema.Struct({ first: Schema.String, last: Schema.String, size: Schema.Int });

export const Backlog = Schema.Struct({
  waiting: versionedMap(Schema.String, Waiting),
  lanes: versionedMap(Schema.String, Lane),
  /** Waiting attempts of each task, for cancelling. */
  tasks: versionedMap(Schema.String, Schema.Array(Schema.String)),
  arrivals: Schema.Int,
});
export type Backlog = typeof Backlog.Type;

export function emptyBacklog(): Backlog {
  return {
    waiting: VersionedMap.empty(),
    lanes: VersionedMap.empty(),
    tasks: VersionedMap.empty(),
    arrivals: 0,
  };
}

/** The work at the front of a lane. */
export function frontOf(backlog: Backlog, lane: string): Waiting | undefined {
  const at = backlog.lanes.get(lane);
  return at === undefined ? undefined : backlog.waiting.get(at.first);
}

export function laneSize(backlog: Backlog, lane: string): number {
  return backlog.lanes.get(lane)?.size ?? 0;
}

/** Puts work at the end of its lane; an attempt that waits already stays where it is. */
export function enqueue(backlog: Backlog, lane: string, work: Work): Backlog {
  const { attempt, task } = work;
  if (backlog.waiting.has(attempt)) return backlog;
  const at = backlog.lanes.get(lane);
  const before = at?.last ?? null;
  const arrival = backlog.arrivals;
  let waiting = backlog.waiting.set(attempt, { work, lane, arrival, before, after: null });
  if (before !== null) {
    const last = entryOf(waiting, before);
    waiting = waiting.set(before, relinked(last, { after: attempt }));
  }
  const size = (at?.size ?? 0) + 1;
  return {
    waiting,
    lanes: backlog.lanes.set(lane, { first: at?.first ?? attempt, last: attempt, size }),
    tasks: backlog.tasks.set(task, [...(backlog.tasks.get(task) ?? []), attempt]),
    arrivals: arrival + 1,
  };
}

/** Takes an attempt out of wherever it waits. */
export function dequeue(backlog: Backlog, attempt: string): Backlog {
  const entry = backlog.waiting.get(attempt);
  if (entry === undefined) return backlog;
  const { lane, before, after, work } = entry;
  let waiting = backlog.waiting.delete(attempt);
  if (before !== null) waiting = waiting.set(before, relinked(entryOf(waiting, before), { after }));
  if (after !== null) waiting = waiting.set(after, relinked(entryOf(waiting, after), { before }));
  const at = backlog.lanes.get(lane);
  invariant(at !== undefined, "waiting work has a lane");
  const lanes =
    at.size === 1
      ? backlog.lanes.delete(lane)
      : backlog.lanes.set(lane, {
          first: before === null && after !== null ? after : at.first,
          last: after === null && before !== null ? before : at.last,
          size: at.size - 1,
        });
  const others = attemptsOf(backlog, work.task).filter((other) => other !== attempt);
  const tasks =
    others.length === 0 ? backlog.tasks.delete(work.task) : backlog.tasks.set(work.task, others);
  return { waiting, lanes, tasks, arrivals: backlog.arrivals };
}

/** Waiting attempts of a task, in order of arrival. */
export function attemptsOf(backlog: Backlog, task: string): ReadonlyArray<string> {
  return backlog.tasks.get(task) ?? [];
}

function entryOf(waiting: Backlog["waiting"], attempt: string): Waiting {
  const entry = waiting.get(attempt);
  invariant(entry !== undefined, "a neighbour in a lane waits too");
  return entry;
}
