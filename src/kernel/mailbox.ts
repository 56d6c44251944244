/**
 * The pure host that both shells share: outbox numbers, duplicate suppression, timer epochs and
 * pending port calls of one actor. It never performs anything: the shell asks it what to do.
 * It is mutable because it is owned by exactly one host and saved with the actor's state; its
 * persisted form is {@link MailboxImage}.
 */
import type { Address } from "./address.ts";
import type { PortCall, Send, Spawn } from "./command.ts";
import { invariant } from "./invariant.ts";
import { entriesOf, entryOf, type Kept, withEntry, withoutEntry } from "./keyed.ts";
import { Marks } from "./marks.ts";
import type { Message } from "./message.ts";

export interface Timer {
  readonly key: string;
  readonly epoch: number;
  /** By a clock of the shell that never jumps, microseconds. */
  readonly dueUs: number;
  readonly message: Message;
}

/** A command that is issued again after a crash; receivers drop what they have seen. */
export interface OutboxEntry {
  readonly n: number;
  readonly command: Send | Spawn;
}

export interface MailboxImage {
  readonly nextN: number;
  readonly epochs: number;
  readonly stopped: boolean;
  readonly marks: ReadonlyArray<readonly [Address, number]>;
  readonly timers: ReadonlyArray<Timer>;
  readonly calls: ReadonlyArray<PortCall>;
  readonly outbox: ReadonlyArray<OutboxEntry>;
}

/** The newest entries; the place of the oldest is the next that is written. */
class Tail {
  private ring: OutboxEntry[] = [];
  private oldest = 0;

  /** Adds entries and forgets the oldest beyond `limit`, which is not below their number. */
  add(entries: ReadonlyArray<OutboxEntry>, limit: number): void {
    if (this.ring.length > limit) {
      this.ring = this.inOrder().slice(this.ring.length - limit);
      this.oldest = 0;
    }
    if (this.ring.length < limit && this.oldest !== 0) {
      this.ring = [...this.inOrder()];
      this.oldest = 0;
    }
    for (const entry of entries) {
      if (this.ring.length < limit) {
        this.ring.push(entry);
        continue;
      }
      this.ring[this.oldest] = entry;
      this.oldest = (this.oldest + 1) % limit;
    }
  }

  inOrder(): ReadonlyArray<OutboxEntry> {
    const { ring, oldest } = this;
    return oldest === 0 ? ring : [...ring.slice(oldest), ...ring.slice(0, oldest)];
  }
}

/** What an actor waits for, and what it said last. */
class Waiting {
  timers: Kept<Timer> = undefined;
  calls: Kept<PortCall> = undefined;
  outbox: Tail | undefined = undefined;

  get isEmpty(): boolean {
    return this.timers === undefined && this.calls === undefined && this.outbox === undefined;
  }
}

/** Its marks are its own fields: an object for them would be a third of an idle actor's mailbox. */
export class Mailbox extends Marks {
  private nextN = 1;
  private epochs = 0;
  private stopped = false;
  /** Nothing while the actor waits for nothing, as most of a million do. */
  private waiting: Waiting | undefined = undefined;

  /** Number of the next outgoing message; sender address and n are the message id. */
  takeNumber(): number {
    return this.nextN++;
  }

  /**
   * True when message n of `sender` (the shell's number of its address) is new; in-order transport
   * makes the highest n enough. Ports have no counter: their outcomes are told apart by
   * {@link closeCall} and never come here.
   */
  accept(sender: number, n: number): boolean {
    return this.raise(sender, n);
  }

  /** Starts or replaces the timer `key`; the epoch identifies this start. */
  startTimer(key: string, dueUs: number, message: Message): Timer {
    const timer = { key, epoch: ++this.epochs, dueUs, message };
    this.keep(timer);
    return timer;
  }

  private keep(timer: Timer): void {
    const waiting = (this.waiting ??= new Waiting());
    waiting.timers = withEntry(waiting.timers, timer);
  }

  cancelTimer(key: string): void {
    const { waiting } = this;
    if (waiting?.timers === undefined) return;
    waiting.timers = withoutEntry(waiting.timers, key);
    if (waiting.isEmpty) this.waiting = undefined;
  }

  /** The message of a firing that is still due, else `undefined`; the timer is then gone. */
  fireTimer(key: string, epoch: number): Message | undefined {
    const timer = entryOf(this.waiting?.timers, key);
    if (timer === undefined || timer.epoch !== epoch) return undefined;
    this.cancelTimer(key);
    return timer.message;
  }

  /** Registers a call; false when its key is pending already. */
  openCall(call: PortCall): boolean {
    const waiting = (this.waiting ??= new Waiting());
    if (entryOf(waiting.calls, call.key) !== undefined) return false;
    waiting.calls = withEntry(waiting.calls, call);
    return true;
  }

  /** True for the first outcome of a pending call. */
  closeCall(key: string): boolean {
    const { waiting } = this;
    if (waiting === undefined || entryOf(waiting.calls, key) === undefined) return false;
    waiting.calls = withoutEntry(waiting.calls, key);
    if (waiting.isEmpty) this.waiting = undefined;
    return true;
  }

  /** Keeps the newest commands for a restart: at least `keep`, at least those of the last step. */
  remember(entries: ReadonlyArray<OutboxEntry>, keep: number): void {
    const waiting = (this.waiting ??= new Waiting());
    const outbox = (waiting.outbox ??= new Tail());
    outbox.add(entries, Math.max(keep, entries.length));
  }

  stop(): void {
    this.stopped = true;
    if (this.waiting === undefined) return;
    this.waiting.timers = undefined;
    this.waiting.calls = undefined;
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  pendingTimers(): ReadonlyArray<Timer> {
    return entriesOf(this.waiting?.timers);
  }

  pendingCalls(): ReadonlyArray<PortCall> {
    return entriesOf(this.waiting?.calls);
  }

  unsettledOutbox(): ReadonlyArray<OutboxEntry> {
    return this.waiting?.outbox?.inOrder() ?? [];
  }

  /**
   * `addressOf` is the inverse of the shell's numbering: numbers do not outlive a process. Of a
   * sender that the shell has forgotten nothing more can come, so its mark is left out.
   */
  image(addressOf: (sender: number) => Address | undefined): MailboxImage {
    return {
      nextN: this.nextN,
      epochs: this.epochs,
      stopped: this.stopped,
      marks: this.entries().flatMap(([sender, n]) => {
        const at = addressOf(sender);
        return at === undefined ? [] : [[at, n] as const];
      }),
      timers: this.pendingTimers(),
      calls: this.pendingCalls(),
      outbox: this.unsettledOutbox(),
    };
  }

  /**
   * Takes over a persisted form as it was, epochs too: firings that were journalled behind it still
   * find their timers.
   */
  resume(image: MailboxImage, numberOf: (sender: Address) => number): void {
    this.restore({ ...image, timers: [] }, numberOf);
    for (const timer of image.timers) this.keep(timer);
  }

  /** Takes over a persisted form; timers get new epochs, so firings from before are stale. */
  restore(image: MailboxImage, numberOf: (sender: Address) => number): void {
    invariant(this.nextN === 1 && this.epochs === 0, "a restored mailbox is new");
    this.nextN = image.nextN;
    this.epochs = image.epochs;
    this.stopped = image.stopped;
    for (const [sender, n] of image.marks) this.raise(numberOf(sender), n);
    for (const timer of image.timers) this.startTimer(timer.key, timer.dueUs, timer.message);
    for (const call of image.calls) this.openCall(call);
    if (image.outbox.length > 0) this.remember(image.outbox, image.outbox.length);
  }
}
