/**
 * What a hash map does, for integer keys that come in rows without gaps: members of a pool by their
 * place, members of cells by cell and place. An array of eight bytes a member stands for forty of a
 * hash map, and a place is found without hashing.
 */
const ROW_BITS = 18;
/** Keys of one row; row r has those from r x ROW on. */
export const ROW = 0x4_0000;

export class Rows<V> {
  private readonly rows = new Map<number, Array<V | undefined>>();
  private places = 0;

  /** Places that are held: those that are taken and the few below them that are free. */
  get size(): number {
    return this.places;
  }

  get(key: number): V | undefined {
    return this.rows.get(key >> ROW_BITS)?.[key & (ROW - 1)];
  }

  /** `undefined` frees the place; free places at the end of a row are given back. */
  set(key: number, value: V | undefined): void {
    const place = key & (ROW - 1);
    const row = this.rowOf(key >> ROW_BITS);
    const before = row.length;
    if (value === undefined && place >= before) return;
    while (row.length < place) row.push(undefined);
    if (place === row.length) row.push(value);
    else row[place] = value;
    while (row.length > 0 && row[row.length - 1] === undefined) row.pop();
    this.places += row.length - before;
  }

  private rowOf(number: number): Array<V | undefined> {
    let row = this.rows.get(number);
    if (row === undefined) {
      row = [];
      this.rows.set(number, row);
    }
    return row;
  }

  *[Symbol.iterator](): Generator<readonly [number, V | undefined]> {
    for (const [number, row] of this.rows) {
      for (const [place, value] of row.entries()) yield [number * ROW + place, value];
    }
  }
}
