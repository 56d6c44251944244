/**
 * A persistent map at the price of a mutable one while it is used linearly, which is how actors use
 * their state. All versions share a store: the hash map of the newest, and a log of what each
 * change replaced. The newest version reads the hash map; an older one first looks through what was
 * replaced since (H. G. Baker, Shallow binding makes functional arrays fast, 1991, with the
 * differences in a log instead of in the versions: a dead version that pointed to its successor
 * would keep that alive through every young-generation collection). A write to an older version
 * copies. So the previous state of an actor stays valid after a step.
 *
 * The log is bounded: a version is readable until {@link HISTORY} later changes; reading one that
 * is older is a bug and throws. Never iterate for a decision: the hash map's order depends on the
 * history. `entries()` is sorted by key, for persistence and tests.
 */
import { Schema } from "effect";
import { invariant } from "./invariant.ts";
import { Rows } from "./rows.ts";

type Key = string | number;

/**
 * Changes after which a version can no longer be read. What was replaced lives that much longer, so
 * a large bound costs the garbage collector more than the map itself.
 */
export const HISTORY = 256;

/** Where the newest version is: a hash map, or rows for integers without gaps. */
interface Table<K extends Key, V> extends Iterable<readonly [K, V | undefined]> {
  readonly size: number;
  get(key: K): V | undefined;
  set(key: K, value: V | undefined): unknown;
}

class Store<K extends Key, V> {
  /**
   * What was deleted stays as `undefined` until {@link sweep}: V8 keeps the entry of a deleted key
   * in its chain until the whole table is full, so a key that comes and goes, such as the last
   * place of a pool, would make a chain of thousands.
   */
  map: Table<K, V>;
  version = 0;
  /** Entry v modulo HISTORY: the key that change v touched, and what it replaced. */
  readonly keys: K[] = [];
  readonly replaced: Array<V | undefined> = [];

  constructor(map: Table<K, V>) {
    this.map = map;
  }

  /** An empty table of the same kind. */
  bare(): Table<K, V> {
    return this.map instanceof Rows ? (new Rows<V>() as unknown as Table<K, V>) : new Map<K, V>();
  }

  /** Forgets what was deleted. */
  sweep(): void {
    const swept = this.bare();
    for (const [key, value] of living(this.map)) swept.set(key, value);
    this.map = swept;
  }

  note(key: K, before: V | undefined): number {
    const at = this.version % HISTORY;
    this.keys[at] = key;
    this.replaced[at] = before;
    return ++this.version;
  }
}

function living<K extends Key, V>(map: Table<K, V>): Array<readonly [K, V]> {
  const entries: Array<readonly [K, V]> = [];
  for (const [key, value] of map) if (value !== undefined) entries.push([key, value]);
  return entries;
}

export class VersionedMap<K extends Key, V> {
  private readonly store: Store<K, V>;
  private readonly version: number;
  readonly size: number;

  private constructor(store: Store<K, V>, version: number, size: number) {
    this.store = store;
    this.version = version;
    this.size = size;
  }

  static empty<K extends Key, V>(): VersionedMap<K, V> {
    return new VersionedMap(new Store(new Map<K, V>()), 0, 0);
  }

  /** For integer keys from zero on that come in rows without gaps (rows.ts). */
  static inRows<V>(): VersionedMap<number, V> {
    return new VersionedMap(new Store(new Rows<V>()), 0, 0);
  }

  static of<K extends Key, V>(entries: Iterable<readonly [K, V]>): VersionedMap<K, V> {
    const map = new Map(entries);
    return new VersionedMap(new Store(map), 0, map.size);
  }

  get(key: K): V | undefined {
    const { store } = this;
    return store.version === this.version ? store.map.get(key) : this.past(key);
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  /** `value` may not be `undefined`: that stands for "absent" in the log. */
  set(key: K, value: V): VersionedMap<K, V> {
    invariant(value !== undefined, "a versioned map holds no undefined");
    const { store } = this;
    if (store.version !== this.version) return this.copy().set(key, value);
    const before = store.map.get(key);
    if (before === value) return this;
    store.map.set(key, value);
    const size = before === undefined ? this.size + 1 : this.size;
    return new VersionedMap(store, store.note(key, before), size);
  }

  /** Sets many. More than a version survives make a new map, so that this one stays readable. */
  setAll(entries: ReadonlyArray<readonly [K, V]>): VersionedMap<K, V> {
    if (entries.length > HISTORY / 2) return VersionedMap.of([...this.entries(), ...entries]);
    let map: VersionedMap<K, V> = this;
    for (const [key, value] of entries) map = map.set(key, value);
    return map;
  }

  delete(key: K): VersionedMap<K, V> {
    const { store } = this;
    if (store.version !== this.version) return this.has(key) ? this.copy().delete(key) : this;
    const before = store.map.get(key);
    if (before === undefined) return this;
    store.map.set(key, undefined);
    const size = this.size - 1;
    if (store.map.size > 2 * size + HISTORY) store.sweep();
    return new VersionedMap(store, store.note(key, before), size);
  }

  /** All entries, sorted by key (numbers by value, strings by code unit). */
  entries(): Array<readonly [K, V]> {
    const { map } = this.store.version === this.version ? this.store : this.copy().store;
    return living(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** The first change since this version that touched the key replaced what this version holds. */
  private past(key: K): V | undefined {
    const { store } = this;
    // Nothing is in an empty version, however old: a first state may be shared by many actors.
    if (this.size === 0) return undefined;
    this.demandReadable();
    for (let v = this.version; v < store.version; v++) {
      if (store.keys[v % HISTORY] === key) return store.replaced[v % HISTORY];
    }
    return store.map.get(key);
  }

  private copy(): VersionedMap<K, V> {
    const { store } = this;
    const map = store.bare();
    if (this.size === 0) return new VersionedMap(new Store(map), 0, 0);
    this.demandReadable();
    for (const [key, value] of living(store.map)) map.set(key, value);
    for (let v = store.version - 1; v >= this.version; v--) {
      map.set(store.keys[v % HISTORY] as K, store.replaced[v % HISTORY]);
    }
    return new VersionedMap(new Store(map), 0, this.size);
  }

  private demandReadable(): void {
    const age = this.store.version - this.version;
    invariant(age <= HISTORY, "a version of a map is read long after it was replaced");
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
