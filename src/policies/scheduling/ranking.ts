/**
 * Who goes next among those who wait: a persistent binary heap with a place for each key, so that a
 * key's rank changes in O(log n). Lower ranks first, then whoever has waited longer.
 */
import { Schema } from "effect";
import { invariant } from "../../kernel/invariant.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";

const Ranked = Schema.Struct({ key: Schema.String, rank: Schema.BigInt, since: Schema.Int });
export type Ranked = typeof Ranked.Type;

export const Ranking = Schema.Struct({
  /** By place: the children of place p are at 2p + 1 and 2p + 2. */
  heap: versionedMap(Schema.Int, Ranked),
  places: versionedMap(Schema.String, Schema.Int),
});
export type Ranking = typeof Ranking.Type;

export function emptyRanking(): Ranking {
  return { heap: VersionedMap.inRows(), places: VersionedMap.empty() };
}

export function bestOf(ranking: Ranking): Ranked | undefined {
  return ranking.heap.get(0);
}

/** Puts `entry` in, or moves its key to the new rank. */
export function rank(ranking: Ranking, entry: Ranked): Ranking {
  const place = ranking.places.get(entry.key) ?? ranking.heap.size;
  const known = ranking.heap.get(place);
  // most words about a requester change nothing about its place
  if (known?.rank === entry.rank && known.since === entry.since) return ranking;
  return settle(put(ranking, place, entry), place);
}

export function unrank(ranking: Ranking, key: string): Ranking {
  const place = ranking.places.get(key);
  if (place === undefined) return ranking;
  const lastPlace = ranking.heap.size - 1;
  const last = entryAt(ranking, lastPlace);
  const shorter = {
    heap: ranking.heap.delete(lastPlace),
    places: ranking.places.delete(key),
  };
  return place === lastPlace ? shorter : settle(put(shorter, place, last), place);
}

function precedes(a: Ranked, b: Ranked): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.since < b.since);
}

function entryAt(ranking: Ranking, place: number): Ranked {
  const entry = ranking.heap.get(place);
  invariant(entry !== undefined, "a place within the heap");
  return entry;
}

function put(ranking: Ranking, place: number, entry: Ranked): Ranking {
  return {
    heap: ranking.heap.set(place, entry),
    places: ranking.places.set(entry.key, place),
  };
}

/** Moves the entry at `place` up or down to where it belongs. */
function settle(ranking: Ranking, place: number): Ranking {
  const entry = entryAt(ranking, place);
  let moved = ranking;
  let hole = place;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = entryAt(moved, parent);
    if (!precedes(entry, above)) break;
    moved = put(moved, hole, above);
    hole = parent;
  }
  for (;;) {
    const below = bestChild(moved, hole);
    if (below === undefined || !precedes(entryAt(moved, below), entry)) break;
    moved = put(moved, hole, entryAt(moved, below));
    hole = below;
  }
  return hole === place ? moved : put(moved, hole, entry);
}

function bestChild(ranking: Ranking, place: number): number | undefined {
  const left = 2 * place + 1;
  if (left >= ranking.heap.size) return undefined;
  const right = left + 1;
  if (right >= ranking.heap.size) return left;
  return precedes(entryAt(ranking, right), entryAt(ranking, left)) ? right : left;
}
