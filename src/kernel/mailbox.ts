/**
 * The pure host that both shells share: outbox numbers, duplicate suppression, timer epochs and
 * pending port calls of one actor. It never performs anything: the shell asks it what to do.
 * It is mutable because it is owned by exactly one host and saved with the actor's state; its
 * persisted form is {@link MailboxImage}.
 */
import type { Address } from "./address.ts";
import type { PortCall, Send, Spawn } from "./command.ts";
import { invariant } from "./invariant.ts";
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

export class Mailbox {
  private nextN = 1;
  private epochs = 0;
  private stopped = false;
  private readonly marks = new Marks();
  private timers: Map<string, Timer> | undefined;
  private calls: Map<string, PortCall> | undefined;
  private outbox: Array<OutboxEntry> | undefined;

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
    return this.marks.raise(sender, n);
  }

  /** Drops the mark of a sender that has stopped for good. */
  forget(sender: number): void {
    this.marks.forget(sender);
  }

  /** Starts or replaces the timer `key`; the epoch identifies this start. */
  startTimer(key: string, dueUs: number, message: Message): Timer {
    const timer = { key, epoch: ++this.epochs, dueUs, message };
    (this.timers ??= new Map()).set(key, timer);
    return timer;
  }

  cancelTimer(key: string): void {
    if (this.timers?.delete(key) === true) this.dropEmptyTimers();
  }

  /** An empty map costs more than most idle actors' whole state. */
  private dropEmptyTimers(): void {
    if (this.timers?.size === 0) this.timers = undefined;
  }

  /** The message of a firing that is still due, else `undefined`; the timer is then gone. */
  fireTimer(key: string, epoch: number): Message | undefined {
    const timer = this.timers?.get(key);
    if (timer === undefined || timer.epoch !== epoch) return undefined;
    this.timers?.delete(key);
    this.dropEmptyTimers();
    return timer.message;
  }

  /** Registers a call; false when its key is pending already. */
  openCall(call: PortCall): boolean {
    const calls = (this.calls ??= new Map());
    if (calls.has(call.key)) return false;
    calls.set(call.key, call);
    return true;
  }

  /** True for the first outcome of a pending call. */
  closeCall(key: string): boolean {
    const closed = this.calls?.delete(key) ?? false;
    if (this.calls?.size === 0) this.calls = undefined;
    return closed;
  }

  /** Keeps the newest commands for a restart: at least `keep`, at least those of the last step. */
  remember(entries: ReadonlyArray<OutboxEntry>, keep: number): void {
    const outbox = (this.outbox ??= []);
    outbox.push(...entries);
    const limit = Math.max(keep, entries.length);
    if (outbox.length > limit) outbox.splice(0, outbox.length - limit);
  }

  stop(): void {
    this.stopped = true;
    this.timers = undefined;
    this.calls = undefined;
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  pendingTimers(): ReadonlyArray<Timer> {
    return this.timers === undefined ? [] : [...this.timers.values()];
  }

  pendingCalls(): ReadonlyArray<PortCall> {
    return this.calls === undefined ? [] : [...this.calls.values()];
  }

  unsettledOutbox(): ReadonlyArray<OutboxEntry> {
    return this.outbox ?? [];
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
      marks: this.marks.entries().flatMap(([sender, n]) => {
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
    if (image.timers.length === 0) return;
    this.timers = new Map(image.timers.map((timer) => [timer.key, timer]));
  }

  /** Takes over a persisted form; timers get new epochs, so firings from before are stale. */
  restore(image: MailboxImage, numberOf: (sender: Address) => number): void {
    invariant(this.nextN === 1 && this.epochs === 0, "a restored mailbox is new");
    this.nextN = image.nextN;
    this.epochs = image.epochs;
    this.stopped = image.stopped;
    for (const [sender, n] of image.marks) this.marks.raise(numberOf(sender), n);
    for (const timer of image.timers) this.startTimer(timer.key, timer.dueUs, timer.message);
    for (const call of image.calls) this.openCall(call);
    this.outbox = image.outbox.length === 0 ? undefined : [...image.outbox];
  }
}
