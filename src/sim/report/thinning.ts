/** Fewer points for the same picture: what a plot of a thousand pixels can show. */

/** Several quantities over one time axis; null where a quantity has no sample. */
export interface Aligned {
  readonly at: ReadonlyArray<number>;
  readonly values: ReadonlyArray<ReadonlyArray<number | null>>;
}

interface Samples {
  readonly at: ReadonlyArray<number>;
  readonly values: ReadonlyArray<number>;
}

function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}

function sameTimes(a: ReadonlyArray<number>, b: ReadonlyArray<number>): boolean {
  return a === b || (a.length === b.length && a.every((t, i) => t === b[i]));
}

/** Brings samples onto one time axis, the union of theirs. */
export function align(all: ReadonlyArray<Samples>): Aligned {
  const first = all[0];
  if (first === undefined) return { at: [], values: [] };
  if (all.every((each) => sameTimes(each.at, first.at))) {
    return {
      at: first.at,
      values: all.map((each) => each.at.map((_, i) => finite(each.values[i]))),
    };
  }
  const at = [...new Set(all.flatMap((each) => [...each.at]))].sort((a, b) => a - b);
  const place = new Map(at.map((t, i) => [t, i]));
  const values = all.map((each) => {
    const row: Array<number | null> = Array.from({ length: at.length }, () => null);
    each.at.forEach((t, i) => {
      row[place.get(t) ?? 0] = finite(each.values[i]);
    });
    return row;
  });
  return { at, values };
}

/** Where the least and the greatest value between two places stand, in their order. */
function extremes(row: ReadonlyArray<number | null>, from: number, to: number) {
  let least = -1;
  let greatest = -1;
  for (let i = from; i < to; i += 1) {
    const value = row[i] ?? null;
    if (value === null) continue;
    if (least < 0 || value < (row[least] ?? 0)) least = i;
    if (greatest < 0 || value > (row[greatest] ?? 0)) greatest = i;
  }
  const order = least < greatest ? [least, greatest] : [greatest, least];
  return order.map((i) => (i < 0 ? null : (row[i] ?? null)));
}

/** At most `limit` points; each bucket keeps its least and its greatest value: no peak is lost. */
export function thin(data: Aligned, limit: number): Aligned {
  const count = data.at.length;
  if (count <= limit) return data;
  const buckets = Math.floor(limit / 2);
  const edges = Array.from({ length: buckets + 1 }, (_, b) => Math.floor((b * count) / buckets));
  const at: number[] = [];
  const values: Array<Array<number | null>> = data.values.map(() => []);
  for (let b = 0; b < buckets; b += 1) {
    const from = edges[b] ?? 0;
    const to = edges[b + 1] ?? count;
    const second = b === buckets - 1 ? to - 1 : Math.floor((from + to) / 2);
    at.push(data.at[from] ?? 0, data.at[second] ?? 0);
    for (const [i, row] of data.values.entries()) values[i]?.push(...extremes(row, from, to));
  }
  return { at, values };
}

/** `count` places of a list of `length`, evenly spread, with the first and the last. */
export function spread(length: number, count: number): ReadonlyArray<number> {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}
