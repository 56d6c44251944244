/**
 * A number by a pair of small integers: open addressing over one typed array. Half a million pairs
 * are looked up once for each message of a run, and a hash map keyed by one large number for both
 * makes a box for each.
 */
const FIRST_CAPACITY = 1024;
/** Words of an entry: first + 1, so that 0 is an empty place; second; number. */
const WORDS = 3;

export class PairNumbers {
  size = 0;
  private capacity = FIRST_CAPACITY;
  private table = new Int32Array(WORDS * FIRST_CAPACITY);

  /** The number of the pair, 0 when there is none. */
  get(first: number, second: number): number {
    return this.table[this.place(first, second) + 2] as number;
  }

  set(first: number, second: number, number: number): void {
    const at = this.place(first, second);
    const { table } = this;
    table[at + 2] = number;
    if (table[at] !== 0) return;
    table[at] = first + 1;
    table[at + 1] = second;
    if (2 * ++this.size > this.capacity) this.grow();
  }

  /** Where the pair is, or where it belongs. */
  private place(first: number, second: number): number {
    const { table } = this;
    const mask = this.capacity - 1;
    const mixed = Math.imul(Math.imul(first + 1, 0x9e3779b1) ^ second, 0x85ebca6b);
    let place = (mixed ^ (mixed >>> 15)) & mask;
    for (;;) {
      const at = WORDS * place;
      const found = table[at] as number;
      if (found === 0 || (found === first + 1 && table[at + 1] === second)) return at;
      place = (place + 1) & mask;
    }
  }

  private grow(): void {
    const old = this.table;
    this.capacity *= 2;
    this.table = new Int32Array(WORDS * this.capacity);
    for (let from = 0; from < old.length; from += WORDS) {
      if (old[from] === 0) continue;
      const at = this.place((old[from] as number) - 1, old[from + 1] as number);
      this.table.set(old.subarray(from, from + WORDS), at);
    }
  }
}
