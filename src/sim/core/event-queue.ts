/**
 * The simulator's one queue: a binary heap over typed arrays, ordered by (time, order). `order` is
 * unique per event, so simultaneous events have one defined order whatever the heap's history.
 * After a pop the root stays empty until the next push or pop: a handler that schedules one event,
 * as most do, costs one sift instead of two.
 */
import { invariant } from "../../kernel/invariant.ts";

const INITIAL = 1024;
/** What is larger than this many times what it holds is given back. */
const SHRINK_AT = 8;
/** So many events are taken out at a time and looked at before the first of them happens. */
const AHEAD = 16;
/** With fewer events than this, what they need is in the processor's caches anyway. */
const AHEAD_FROM = 4096;

export class EventQueue<T> {
  private times = new Float64Array(INITIAL);
  private orders = new Float64Array(INITIAL);
  private slots = new Int32Array(INITIAL);
  private length = 0;
  private rootIsEmpty = false;

  private payloads: Array<T | undefined> = [];
  private free: number[] = [];

  /** The next events of a while ago, in order; what was pushed since may come between them. */
  private readonly ahead: Array<T | undefined> = Array.from({ length: AHEAD });
  private readonly aheadTimes = new Float64Array(AHEAD);
  private readonly aheadOrders = new Float64Array(AHEAD);
  private aheadAt = AHEAD;
  private readonly lookAt: ((next: ReadonlyArray<T>) => void) | undefined;

  /** Time of the event popped last, microseconds. */
  time = 0;

  /**
   * `lookAt` sees events together before they are popped one by one, where many wait: what it reads
   * of one after the other the processor fetches from memory side by side.
   */
  constructor(lookAt?: (next: ReadonlyArray<T>) => void) {
    this.lookAt = lookAt;
  }

  get size(): number {
    return this.inHeap + AHEAD - this.aheadAt;
  }

  private get inHeap(): number {
    return this.rootIsEmpty ? this.length - 1 : this.length;
  }

  /** `time` in integer microseconds; `order` unique among events of that time. */
  push(time: number, order: number, payload: T): void {
    const reused = this.free.pop();
    const slot = reused ?? this.payloads.length;
    if (reused === undefined) this.payloads.push(payload);
    else this.payloads[slot] = payload;
    if (this.rootIsEmpty) {
      this.rootIsEmpty = false;
      this.siftDown(time, order, slot);
      return;
    }
    if (this.length === this.times.length) this.grow();
    this.siftUp(this.length++, time, order, slot);
  }

  /** Removes the first event and sets {@link time}; `undefined` when the queue is empty. */
  pop(): T | undefined {
    if (this.aheadAt < AHEAD) return this.popAhead();
    if (this.length < AHEAD_FROM || this.lookAt === undefined) return this.popRoot();
    this.lookAhead(this.lookAt);
    return this.popAhead();
  }

  private popAhead(): T | undefined {
    if (this.rootIsEmpty) this.fillRoot();
    const at = this.aheadAt;
    const time = this.aheadTimes[at] as number;
    if (this.length > 0 && this.isRootBefore(time, this.aheadOrders[at] as number)) {
      return this.popRoot();
    }
    this.aheadAt = at + 1;
    this.time = time;
    const payload = this.ahead[at];
    this.ahead[at] = undefined;
    return payload;
  }

  private isRootBefore(time: number, order: number): boolean {
    const rootTime = this.times[0] as number;
    return rootTime < time || (rootTime === time && (this.orders[0] as number) < order);
  }

  private lookAhead(lookAt: (next: ReadonlyArray<T>) => void): void {
    for (let at = 0; at < AHEAD; at++) {
      if (this.rootIsEmpty) this.fillRoot();
      this.aheadOrders[at] = this.orders[0] as number;
      this.ahead[at] = this.popRoot();
      this.aheadTimes[at] = this.time;
    }
    this.aheadAt = 0;
    lookAt(this.ahead as ReadonlyArray<T>);
  }

  private popRoot(): T | undefined {
    if (this.rootIsEmpty) this.fillRoot();
    if (this.length === 0) return undefined;
    this.time = this.times[0] as number;
    const slot = this.slots[0] as number;
    this.rootIsEmpty = true;
    const payload = this.payloads[slot];
    this.payloads[slot] = undefined;
    this.free.push(slot);
    return payload;
  }

  /** Time of the next event, or Infinity. */
  nextTime(): number {
    if (this.rootIsEmpty) this.fillRoot();
    const root = this.length === 0 ? Number.POSITIVE_INFINITY : (this.times[0] as number);
    return this.aheadAt === AHEAD ? root : Math.min(root, this.aheadTimes[this.aheadAt] as number);
  }

  private fillRoot(): void {
    this.rootIsEmpty = false;
    const last = --this.length;
    if (last < this.times.length / SHRINK_AT && last >= INITIAL) this.shrink();
    if (last === 0) return;
    this.siftDown(
      this.times[last] as number,
      this.orders[last] as number,
      this.slots[last] as number,
    );
  }

  private siftUp(from: number, time: number, order: number, slot: number): void {
    const { times, orders, slots } = this;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentTime = times[parent] as number;
      if (parentTime < time || (parentTime === time && (orders[parent] as number) < order)) break;
      times[at] = parentTime;
      orders[at] = orders[parent] as number;
      slots[at] = slots[parent] as number;
      at = parent;
    }
    times[at] = time;
    orders[at] = order;
    slots[at] = slot;
  }

  private siftDown(time: number, order: number, slot: number): void {
    const { times, orders, slots, length } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      let childTime = times[child] as number;
      const right = child + 1;
      if (right < length) {
        const rightTime = times[right] as number;
        if (
          rightTime < childTime ||
          (rightTime === childTime && (orders[right] as number) < (orders[child] as number))
        ) {
          child = right;
          childTime = rightTime;
        }
      }
      if (time < childTime || (time === childTime && order < (orders[child] as number))) break;
      times[at] = childTime;
      orders[at] = orders[child] as number;
      slots[at] = slots[child] as number;
      at = child;
    }
    times[at] = time;
    orders[at] = order;
    slots[at] = slot;
  }

  private grow(): void {
    const capacity = this.times.length * 2;
    invariant(capacity < 2_000_000_000, "the event queue has a limit");
    this.resize(capacity);
  }

  /** A million machines that start leave behind room for a million events that will not come. */
  private shrink(): void {
    this.resize(this.times.length / 2);
    const payloads: Array<T | undefined> = [];
    // the root is empty, so its slot is free; the last one is on its way there
    for (let at = 0; at <= this.length; at++) {
      payloads.push(this.payloads[this.slots[at] as number]);
      this.slots[at] = at;
    }
    this.payloads = payloads;
    this.free = [0];
  }

  private resize(capacity: number): void {
    const times = new Float64Array(capacity);
    const orders = new Float64Array(capacity);
    const slots = new Int32Array(capacity);
    times.set(this.times.subarray(0, capacity));
    orders.set(this.orders.subarray(0, capacity));
    slots.set(this.slots.subarray(0, capacity));
    this.times = times;
    this.orders = orders;
    this.slots = slots;
  }
}
