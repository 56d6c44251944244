/**
 * Highest message number seen per sender, for duplicate suppression. Senders are the dense numbers
 * that a shell gives to addresses. Few senders are kept in a plain list; many in an open-addressing
 * table, eight bytes and one cache line each; most of all senders by their number, four bytes each.
 * Message numbers are kept modulo 2^32 and compared by serial number arithmetic (RFC 1982), which
 * is right as long as less than 2^31 messages of a sender are on their way.
 */

/** Up to this many senders a scan is smaller and as fast. */
const SCAN_LIMIT = 8;
const NOBODY = -1;
const FIRST_CAPACITY = 32;
const EMPTY = 0;
/** Shared by all whose table became dense; never written to. */
const none = new Int32Array(0);

/** The marks of one actor. Most hear three senders at most in their life: those need no list. */
export class Marks {
  private sender0 = NOBODY;
  private number0 = 0;
  private sender1 = NOBODY;
  private number1 = 0;
  private sender2 = NOBODY;
  private number2 = 0;
  /** All senders, as soon as there are more than three: alternating sender, number; or a table. */
  private others: ReadonlyArray<number> | ManyMarks | undefined = undefined;

  get size(): number {
    const { others } = this;
    if (others === undefined) return this.own().length;
    return isList(others) ? others.length / 2 : others.size;
  }

  /** Highest number of `sender`, as a signed word, 0 when nothing came of it yet. */
  seen(sender: number): number {
    const { others } = this;
    if (others !== undefined) {
      if (!isList(others)) return others.seen(sender);
      const at = placeIn(others, sender);
      return at < others.length ? (others[at + 1] as number) : 0;
    }
    if (sender === this.sender0) return this.number0;
    if (sender === this.sender1) return this.number1;
    return sender === this.sender2 ? this.number2 : 0;
  }

  /** Raises the mark of `sender` to `n`; false when `n` is not above it. */
  raise(sender: number, n: number): boolean {
    const { others } = this;
    if (others !== undefined) {
      return isList(others) ? this.raiseIn(others, sender, n) : others.raise(sender, n);
    }
    if (sender === this.sender0) {
      if (((n - this.number0) | 0) <= 0) return false;
      this.number0 = n | 0;
      return true;
    }
    if (sender === this.sender1) {
      if (((n - this.number1) | 0) <= 0) return false;
      this.number1 = n | 0;
      return true;
    }
    if (sender === this.sender2) {
      if (((n - this.number2) | 0) <= 0) return false;
      this.number2 = n | 0;
      return true;
    }
    return this.raiseNew(sender, n);
  }

  private raiseNew(sender: number, n: number): boolean {
    if (this.sender0 === NOBODY) {
      this.sender0 = sender;
      this.number0 = n | 0;
    } else if (this.sender1 === NOBODY) {
      this.sender1 = sender;
      this.number1 = n | 0;
    } else if (this.sender2 === NOBODY) {
      this.sender2 = sender;
      this.number2 = n | 0;
    } else {
      const own = this.own().flatMap(([known, at]) => [known, at | 0]);
      this.others = [...own, sender, n | 0];
    }
    return true;
  }

  private raiseIn(list: ReadonlyArray<number>, sender: number, n: number): boolean {
    const at = placeIn(list, sender);
    if (at < list.length) {
      if (((n - (list[at + 1] as number)) | 0) <= 0) return false;
      (list as number[])[at + 1] = n | 0;
    } else if (at < 2 * SCAN_LIMIT) {
      // Copies have exactly the room that they need; most actors hear few.
      this.others = list.concat(sender, n | 0);
    } else {
      const many = new ManyMarks(list);
      this.others = many;
      many.raise(sender, n);
    }
    return true;
  }

  /** Drops a sender that will not send again. */
  forget(sender: number): void {
    const { others } = this;
    if (others !== undefined) {
      if (!isList(others)) others.forget(sender);
      else this.others = others.filter((_, i) => others[i & ~1] !== sender);
    } else if (sender === this.sender0) this.sender0 = NOBODY;
    else if (sender === this.sender1) this.sender1 = NOBODY;
    else if (sender === this.sender2) this.sender2 = NOBODY;
  }

  /** Sorted by sender. */
  entries(): Array<readonly [sender: number, n: number]> {
    const { others } = this;
    if (others === undefined) return this.own();
    return isList(others) ? inOrder(pairsOf(others)) : others.entries();
  }

  private own(): Array<readonly [number, number]> {
    const all: Array<readonly [number, number]> = [];
    if (this.sender0 !== NOBODY) all.push([this.sender0, this.number0 >>> 0]);
    if (this.sender1 !== NOBODY) all.push([this.sender1, this.number1 >>> 0]);
    if (this.sender2 !== NOBODY) all.push([this.sender2, this.number2 >>> 0]);
    return inOrder(all);
  }
}

/** Marks of many senders. */
class ManyMarks {
  /** Alternating sender + 1, number; length a power of two. Empty once they are dense. */
  private table = new Int32Array(2 * FIRST_CAPACITY);
  /** Numbers by sender, 0 for none, once that is smaller than a table. */
  private dense: Int32Array | undefined = undefined;
  private count = 0;

  constructor(list: ReadonlyArray<number>) {
    for (const [sender, n] of pairsOf(list)) this.raise(sender, n);
  }

  get size(): number {
    return this.count;
  }

  /** Highest number of `sender`, as a signed word, 0 when nothing came of it yet. */
  seen(sender: number): number {
    const { dense, table } = this;
    if (dense !== undefined) return dense[sender] ?? 0;
    const mask = table.length - 1;
    let at = home(sender + 1, mask);
    while (table[at] !== sender + 1 && table[at] !== EMPTY) at = (at + 2) & mask;
    return table[at + 1] as number;
  }

  /** Raises the mark of `sender` to `n`; false when `n` is not above it. */
  raise(sender: number, n: number): boolean {
    const { dense } = this;
    if (dense === undefined) return this.raiseIn(this.table, sender, n);
    return sender < dense.length
      ? this.raiseDense(dense, sender, n)
      : this.raiseBeyond(dense, sender, n);
  }

  private raiseDense(dense: Int32Array, sender: number, n: number): boolean {
    const seen = dense[sender] as number;
    if (seen === 0) this.count++;
    else if (((n - seen) | 0) <= 0) return false;
    // 0 stands for none; as the number before it, at worst one copy is taken for new in 2^32.
    dense[sender] = (n | 0) === 0 ? -1 : n;
    return true;
  }

  /** A sender beyond the numbers that were counted on: more room, or back to a table. */
  private raiseBeyond(dense: Int32Array, sender: number, n: number): boolean {
    const length = tableLength(this.count + 1);
    if (sender < length) {
      const larger = new Int32Array(Math.min(length, sender + 1 + (sender >> 3)));
      larger.set(dense);
      this.dense = larger;
      return this.raiseDense(larger, sender, n);
    }
    const marks = this.entries();
    this.dense = undefined;
    this.count = 0;
    this.table = new Int32Array(length);
    for (const [known, at] of marks) this.raise(known, at);
    return this.raise(sender, n);
  }

  /** Drops a sender that will not send again. */
  forget(sender: number): void {
    const { dense } = this;
    if (dense === undefined) {
      this.removeFrom(this.table, sender);
    } else if ((dense[sender] ?? 0) !== 0) {
      this.count--;
      dense[sender] = 0;
    }
  }

  /** Sorted by sender. */
  entries(): Array<readonly [sender: number, n: number]> {
    const { table, dense } = this;
    const all: Array<readonly [number, number]> = [];
    if (dense !== undefined) {
      for (let sender = 0; sender < dense.length; sender++) {
        if (dense[sender] !== 0) all.push([sender, (dense[sender] as number) >>> 0]);
      }
      return all;
    }
    for (let i = 0; i < table.length; i += 2) {
      if (table[i] !== EMPTY) all.push([(table[i] as number) - 1, (table[i + 1] as number) >>> 0]);
    }
    return inOrder(all);
  }

  private raiseIn(table: Int32Array, sender: number, n: number): boolean {
    const mask = table.length - 1;
    const key = sender + 1;
    let at = home(key, mask);
    for (;;) {
      const found = table[at] as number;
      if (found === key) {
        if (((n - (table[at + 1] as number)) | 0) <= 0) return false;
        table[at + 1] = n;
        return true;
      }
      if (found === EMPTY) break;
      at = (at + 2) & mask;
    }
    table[at] = key;
    table[at + 1] = n;
    this.count++;
    if (this.count * 8 > table.length * 3) this.grow(table);
    return true;
  }

  private grow(old: Int32Array): void {
    this.count = 0;
    let highest = 0;
    for (let i = 0; i < old.length; i += 2) highest = Math.max(highest, old[i] as number);
    if (highest <= old.length * 2) {
      const dense = new Int32Array(highest);
      this.dense = dense;
      this.table = none;
      for (let i = 0; i < old.length; i += 2) {
        if (old[i] !== EMPTY) this.raiseDense(dense, (old[i] as number) - 1, old[i + 1] as number);
      }
      return;
    }
    const table = new Int32Array(old.length * 2);
    this.table = table;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== EMPTY) this.raiseIn(table, (old[i] as number) - 1, old[i + 1] as number);
    }
  }

  /** Linear probing: the entries behind the gap move up, so that every probe still ends. */
  private removeFrom(table: Int32Array, sender: number): void {
    const mask = table.length - 1;
    const key = sender + 1;
    let gap = home(key, mask);
    while (table[gap] !== key) {
      if (table[gap] === EMPTY) return;
      gap = (gap + 2) & mask;
    }
    this.count--;
    let at = gap;
    for (;;) {
      at = (at + 2) & mask;
      const moving = table[at] as number;
      if (moving === EMPTY) break;
      const wanted = home(moving, mask);
      if (((at - wanted) & mask) < ((at - gap) & mask)) continue;
      table[gap] = moving;
      table[gap + 1] = table[at + 1] as number;
      gap = at;
    }
    table[gap] = EMPTY;
  }
}

function isList(others: ReadonlyArray<number> | ManyMarks): others is ReadonlyArray<number> {
  return Array.isArray(others);
}

/** Index of the sender in a list, or the list's length. */
function placeIn(list: ReadonlyArray<number>, sender: number): number {
  let at = 0;
  while (at < list.length && list[at] !== sender) at += 2;
  return at;
}

function pairsOf(list: ReadonlyArray<number>): Array<readonly [sender: number, n: number]> {
  const pairs: Array<readonly [number, number]> = [];
  for (let i = 0; i < list.length; i += 2) {
    pairs.push([list[i] as number, (list[i + 1] as number) >>> 0]);
  }
  return pairs;
}

function inOrder<T extends readonly [number, number]>(pairs: T[]): T[] {
  return pairs.sort(([a], [b]) => a - b);
}

/** Words of a table that holds so many marks and some more: a power of two. */
function tableLength(marks: number): number {
  let length = 2 * FIRST_CAPACITY;
  while (marks * 8 > length * 3) length *= 2;
  return length;
}

/** Even index of the first probe. */
function home(key: number, mask: number): number {
  const mixed = Math.imul(key, 0x9e3779b1);
  return ((mixed ^ (mixed >>> 15)) << 1) & mask;
}
