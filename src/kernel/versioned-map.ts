/**
 * A persistent map at the price of a mutable one while it is used linearly, which is how actors use
 * their state. The newest version owns a hash map; a write changes it in place and leaves behind, in
 * the older version, the one difference that leads back. Reading an old version walks those
 * differences and makes that version the owner ("rerooting", H. G. Baker, Shallow binding makes
 * functional arrays fast, 1991). So the previous state of an actor stays valid after a step.
 *
 * Never iterate it for a decision: the hash map's order depends on the history of versions read.
 * `entries()` is sorted by key, for persistence and tests.
 */
import { Schema } from "effect";
import { invariant } from "./invariant.ts";

type Key = string | number;

export class VersionedMap<K extends Key, V> {
  /** Set while this version is the owner. */
  private own: Map<K, V> | undefined;
  /** Set while it is not: this version equals `next` but for `key`. */
  private next: VersionedMap<K, V> | undefined;
  private key: K | undefined;
  private value: V | undefined;

  private constructor(own: Map<K, V>) {
    this.own = own;
  }

  static empty<K extends Key, V>(): VersionedMap<K, V> {
    return new VersionedMap(new Map<K, V>());
  }

  static of<K extends Key, V>(entries: Iterable<readonly [K, V]>): VersionedMap<K, V> {
    return new VersionedMap(new Map(entries));
  }

  get size(): number {
    return this.owned().size;
  }

  get(key: K): V | undefined {
    return this.owned().get(key);
  }

  has(key: K): boolean {
    return this.owned().has(key);
  }

  /** `value` may not be `undefined`: that stands for "absent" in a difference. */
  set(key: K, value: V): VersionedMap<K, V> {
    invariant(value !== undefined, "a versioned map holds no undefined");
    const map = this.owned();
    const before = map.get(key);
    if (before === value) return this;
    map.set(key, value);
    return this.handOver(map, key, before);
  }

  delete(key: K): VersionedMap<K, V> {
    const map = this.owned();
    const before = map.get(key);
    if (before === undefined) return this;
    map.delete(key);
    return this.handOver(map, key, before);
  }

  /** All entries, sorted by key (numbers by value, strings by code unit). */
  entries(): Array<readonly [K, V]> {
    return [...this.owned()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  private handOver(map: Map<K, V>, key: K, before: V | undefined): VersionedMap<K, V> {
    const newest = new VersionedMap(map);
    this.own = undefined;
    this.next = newest;
    this.key = key;
    this.value = before;
    return newest;
  }

  private owned(): Map<K, V> {
    return this.own ?? this.reroot();
  }

  private reroot(): Map<K, V> {
    const path: Array<VersionedMap<K, V>> = [];
    let at: VersionedMap<K, V> = this;
    while (at.own === undefined) {
      path.push(at);
      invariant(at.next !== undefined, "a version without owner leads to one");
      at = at.next;
    }
    const map = at.own;
    for (let i = path.length - 1; i >= 0; i--) {
      const version = path[i] as VersionedMap<K, V>;
      const key = version.key as K;
      const now = map.get(key);
      if (version.value === undefined) map.delete(key);
      else map.set(key, version.value);
      at.own = undefined;
      at.next = version;
      at.key = key;
      at.value = now;
      version.own = map;
      version.next = undefined;
      version.value = undefined;
      at = version;
    }
    return map;
  }
}

/** Persisted form: entries sorted by key. */
export function versionedMap<K extends Key, KE, V, VE>(
  key: Schema.Schema<K, KE>,
  value: Schema.Schema<V, VE>,
) {
  return Schema.transform(
    Schema.Array(Schema.Tuple(key, value)),
    Schema.declare((input): input is VersionedMap<K, V> => input instanceof VersionedMap),
    {
      strict: true,
      decode: (entries) => VersionedMap.of(entries),
      encode: (map) => map.entries(),
    },
  );
}
