/**
 * A few things by their key, in the order in which the keys came, as a map has them. Most actors
 * wait for one timer or one call at a time, thousands of times in their life: an array of one entry
 * is a tenth of a map, and nothing at all is `undefined`. Whoever keeps many gets a map.
 */
interface Keyed {
  readonly key: string;
}

export type Kept<T extends Keyed> = ReadonlyArray<T> | Map<string, T> | undefined;

/** Up to this many entries a scan is as fast as a map. */
const SCAN_LIMIT = 8;

export function entryOf<T extends Keyed>(kept: Kept<T>, key: string): T | undefined {
  if (kept === undefined) return undefined;
  return isList(kept) ? kept[placeOf(kept, key)] : kept.get(key);
}

/** With the entry, in the place of the one of the same key if there is one. */
export function withEntry<T extends Keyed>(kept: Kept<T>, entry: T): Kept<T> {
  if (kept === undefined) return [entry];
  if (!isList(kept)) return kept.set(entry.key, entry);
  const place = placeOf(kept, entry.key);
  if (place < kept.length) return kept.map((each, i) => (i === place ? entry : each));
  if (kept.length < SCAN_LIMIT) return [...kept, entry];
  return new Map([...kept, entry].map((each) => [each.key, each]));
}

/** Without the entry; the same when there is none. Nothing left is `undefined`. */
export function withoutEntry<T extends Keyed>(kept: Kept<T>, key: string): Kept<T> {
  if (kept === undefined) return undefined;
  if (!isList(kept)) return kept.delete(key) && kept.size === 0 ? undefined : kept;
  const place = placeOf(kept, key);
  if (place === kept.length) return kept;
  return kept.length === 1 ? undefined : kept.filter((_, i) => i !== place);
}

export function entriesOf<T extends Keyed>(kept: Kept<T>): ReadonlyArray<T> {
  if (kept === undefined) return [];
  return isList(kept) ? kept : [...kept.values()];
}

function isList<T extends Keyed>(
  kept: ReadonlyArray<T> | Map<string, T>,
): kept is ReadonlyArray<T> {
  return Array.isArray(kept);
}

/** Index of the key, or the length. */
function placeOf(list: ReadonlyArray<Keyed>, key: string): number {
  let place = 0;
  while (place < list.length && list[place]?.key !== key) place++;
  return place;
}
