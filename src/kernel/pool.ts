/**
 * A persistent set with O(1) insertion, removal and random choice, in an order that depends only on
 * its own history (removal moves the last member into the gap) and that its persisted form keeps.
 */
import { Schema } from "effect";
import { invariant } from "./invariant.ts";
import { VersionedMap } from "./versioned-map.ts";

export interface Pool<K extends string> {
  readonly members: VersionedMap<number, K>;
  readonly places: VersionedMap<K, number>;
}

export function emptyPool<K extends string>(): Pool<K> {
  return { members: VersionedMap.inRows(), places: VersionedMap.empty() };
}

export function poolSize(pool: Pool<string>): number {
  return pool.members.size;
}

/** Member at `place`, an integer in [0, size). */
export function memberAt<K extends string>(pool: Pool<K>, place: number): K {
  const member = pool.members.get(place);
  invariant(member !== undefined, "a place within the pool");
  return member;
}

export function joinPool<K extends string>(pool: Pool<K>, member: K): Pool<K> {
  if (pool.places.has(member)) return pool;
  const place = pool.members.size;
  return { members: pool.members.set(place, member), places: pool.places.set(member, place) };
}

export function leavePool<K extends string>(pool: Pool<K>, member: K): Pool<K> {
  const place = pool.places.get(member);
  if (place === undefined) return pool;
  const lastPlace = pool.members.size - 1;
  const last = memberAt(pool, lastPlace);
  let { members, places } = pool;
  if (place !== lastPlace) {
    members = members.set(place, last);
    places = places.set(last, place);
  }
  return { members: members.delete(lastPlace), places: places.delete(member) };
}

/** Persisted form: the members in their order. */
export function poolSchema<K extends string, KE>(member: Schema.Schema<K, KE>) {
  return Schema.transform(
    Schema.Array(member),
    Schema.declare((input): input is Pool<K> => typeof input === "object" && input !== null),
    {
      strict: true,
      decode: (members) => members.reduce<Pool<K>>(joinPool, emptyPool<K>()),
      encode: (pool) => Array.from({ length: poolSize(pool) }, (_, i) => memberAt(pool, i)),
    },
  );
}
