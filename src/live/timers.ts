/** Pending timers of a shard by their time: a binary heap, since thousands of leases may run. */
import type { Address } from "../kernel/address.ts";
import type { Message } from "../kernel/message.ts";

export interface DueTimer {
  readonly dueUs: number;
  readonly actor: Address;
  readonly key: string;
  readonly epoch: number;
  readonly message: Message;
}

/** Replaced and cancelled timers stay until their time: their epoch tells that they are stale. */
export class Timers {
  private heap: DueTimer[] = [];

  get size(): number {
    return this.heap.length;
  }

  /** Time of the earliest; undefined when there is none. */
  get nextUs(): number | undefined {
    return this.heap[0]?.dueUs;
  }

  /** Starts anew with these: what is stale is gone. */
  replace(timers: ReadonlyArray<DueTimer>): void {
    this.heap = [];
    for (const timer of timers) this.add(timer);
  }

  add(timer: DueTimer): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((heap[above] as DueTimer).dueUs <= timer.dueUs) break;
      heap[at] = heap[above] as DueTimer;
      at = above;
    }
    heap[at] = timer;
  }

  /** Takes the earliest when it is due. */
  take(nowUs: number): DueTimer | undefined {
    const { heap } = this;
    const first = heap[0];
    if (first === undefined || first.dueUs > nowUs) return undefined;
    const last = heap.pop() as DueTimer;
    if (heap.length > 0) this.sink(last);
    return first;
  }

  private sink(timer: DueTimer): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      const right = heap[below + 1];
      if (right !== undefined && right.dueUs < (heap[below] as DueTimer).dueUs) below++;
      if ((heap[below] as DueTimer).dueUs >= timer.dueUs) break;
      heap[at] = heap[below] as DueTimer;
      at = below;
    }
    heap[at] = timer;
  }
}
