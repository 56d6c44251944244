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
/** Shared by all lists that became tables; never written to. */
const none: number[] = [];

/** The marks of one actor. Most hear three senders at most in their life: those need no list. */
export class Marks {
  private sender0 = NOBODY;
  private number0 = 0;
  private sender1 = NOBODY;
  private number1 = 0;
  private sender2 = NOBODY;
  private number2 = 0;
  /** All senders, as soon as there are more than three. */
  private others: ManyMarks | undefined = undefined;

  get size(): number {
    return this.others?.size ?? this.own().length;
  }

  /** Raises the mark of `sender` to `n`; false when `n` is not above it. */
  raise(sender: number, n: number): boolean {
    const { others } = this;
    if (others !== undefined) return others.raise(sender, n);
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
      const many = new ManyMarks();
      for (const [known, at] of this.own()) many.raise(known, at);
      this.others = many;
      many.raise(sender, n);
    }
    return true;
  }

  /** Drops a sender that will not send again. */
  forget(sender: number): void {
    if (this.others !== undefined) this.others.forget(sender);
    else if (sender === this.sender0) this.sender0 = NOBODY;
    else if (sender === this.sender1) this.sender1 = NOBODY;
    else if (sender === this.sender2) this.sender2 = NOBODY;
  }

  /** Sorted by sender. */
  entries(): Array<readonly [sender: number, n: number]> {
    return this.others?.entries() ?? this.own();
  }

  private own(): Array<readonly [number, number]> {
    const all: Array<readonly [number, number]> = [];
    if (this.sender0 !== NOBODY) all.push([this.sender0, this.number0 >>> 0]);
    if (this.sender1 !== NOBODY) all.push([this.sender1, this.number1 >>> 0]);
    if (this.sender2 !== NOBODY) all.push([this.sender2, this.number2 >>> 0]);
    return all.sort(([a], [b]) => a - b);
  }
}

/** Marks of any number of senders. */
class ManyMarks {
  /** Alternating sender, number. */
  private few: number[] = none;
  /** Alternating sender + 1, number; length a power of two. */
  private table: Int32Array | undefined;
  /** Numbers by sender, 0 for none, once that is smaller than a table. */
  private dense: Int32Array | undefined;
  private count = 0;

  get size(): number {
    return this.table === undefined && this.dense === undefined ? this.few.length / 2 : this.count;
  }

  /** Raises the mark of `sender` to `n`; false when `n` is not above it. */
  raise(sender: number, n: number): boolean {
    const { dense } = this;
    if (dense !== undefined && sender < dense.length) return this.raiseDense(dense, sender, n);
    const { table } = this;
    if (table !== undefined) return this.raiseIn(table, sender, n);
    return dense === undefined ? this.raiseFew(sender, n) : this.raiseBeyond(sender, n);
  }

  private raiseDense(dense: Int32Array, sender: number, n: number): boolean {
    const seen = dense[sender] as number;
    if (seen === 0) this.count++;
    else if (((n - seen) | 0) <= 0) return false;
    // 0 stands for none; as the number before it, at worst one copy is taken for new in 2^32.
    dense[sender] = (n | 0) === 0 ? -1 : n;
    return true;
  }

  /** A sender beyond the numbers that were counted on: back to a table, which may turn dense. */
  private raiseBeyond(sender: number, n: number): boolean {
    const marks = this.entries();
    this.dense = undefined;
    this.count = 0;
    this.table = new Int32Array(tableLength(marks.length + 1));
    for (const [known, at] of marks) this.raise(known, at);
    return this.raise(sender, n);
  }

  /** Drops a sender that will not send again. */
  forget(sender: number): void {
    if (this.dense !== undefined) {
      if ((this.dense[sender] ?? 0) !== 0) this.count--;
      if (sender < this.dense.length) this.dense[sender] = 0;
      return;
    }
    if (this.table === undefined) {
      const { few } = this;
      for (let i = 0; i < few.length; i += 2) {
        if (few[i] === sender) few.splice(i, 2);
      }
      return;
    }
    this.removeFrom(this.table, sender);
  }

  /** Sorted by sender. */
  entries(): Array<readonly [sender: number, n: number]> {
    const { table, few, dense } = this;
    const all: Array<readonly [number, number]> = [];
    if (dense !== undefined) {
      for (let sender = 0; sender < dense.length; sender++) {
        if (dense[sender] !== 0) all.push([sender, (dense[sender] as number) >>> 0]);
      }
    } else if (table === undefined) {
      for (let i = 0; i < few.length; i += 2) {
        all.push([few[i] as number, (few[i + 1] as number) >>> 0]);
      }
    } else {
      for (let i = 0; i < table.length; i += 2) {
        if (table[i] !== EMPTY)
          all.push([(table[i] as number) - 1, (table[i + 1] as number) >>> 0]);
      }
    }
    return all.sort(([a], [b]) => a - b);
  }

  private raiseFew(sender: number, n: number): boolean {
    const { few } = this;
    for (let i = 0; i < few.length; i += 2) {
      if (few[i] !== sender) continue;
      if (((n - (few[i + 1] as number)) | 0) <= 0) return false;
      few[i + 1] = n | 0;
      return true;
    }
    if (few.length < 2 * SCAN_LIMIT) {
      // Copies have exactly the room that they need; most actors hear one or two.
      this.few = few.length === 0 ? [sender, n | 0] : few.concat(sender, n | 0);
      return true;
    }
    const table = new Int32Array(2 * FIRST_CAPACITY);
    this.table = table;
    for (let i = 0; i < few.length; i += 2) {
      this.raiseIn(table, few[i] as number, few[i + 1] as number);
    }
    this.few = none;
    return this.raiseIn(table, sender, n);
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
      this.table = undefined;
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
