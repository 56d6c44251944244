/**
 * The host of one shard: takes what arrives, steps actors, writes what happened, and only then lets
 * out what they want done. All that waits is written in one append, so a shard's pace is that of its
 * steps and not of its disk. A step runs before its record is durable, but nothing that follows from
 * it is seen outside until then: a crash loses the step and its consequences together.
 */
import { Either } from "effect";
import { type Address, kindOf, portAddress } from "../kernel/address.ts";
import type { PortCall } from "../kernel/command.ts";
import { invariant } from "../kernel/invariant.ts";
import type { Message } from "../kernel/message.ts";
import { type Batch, newBatch } from "./batch.ts";
import type { Parcel, Subscription } from "./bus.ts";
import { ShardClock } from "./clock.ts";
import { codecOf } from "./codec.ts";
import { Counters } from "./counters.ts";
import { Fifo } from "./fifo.ts";
import {
  HostBusy,
  type HostEnd,
  HostEnded,
  type HostEvent,
  type HostParts,
  type HostSettings,
  hostSettings,
  type Told,
} from "./host-parts.ts";
import { type Arrival, type Draft, draftOfParcel, type Receipt } from "./intake.ts";
import { type Journal, JournalError } from "./journal.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { Outbox } from "./outbox.ts";
import { type Delivering, type JournalRecord, textOfRecord } from "./record.ts";
import { type Recovered, recover } from "./recovery.ts";
import type { Applied, Effects, Replica } from "./replica.ts";
import { Seeds } from "./seeds.ts";
import { FORMAT, type Letter, textOfImage, versionsOf } from "./snapshot.ts";
import { Timers } from "./timers.ts";
import type { View, Views } from "./view.ts";

/** Longest time that a timer of the system can wait. */
const ALARM_MAX_MS = 2 ** 31 - 1;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 5_000;
/** Stale timers are swept out of the heap beyond twice the living ones and so many. */
const STALE_TIMERS = 10_000;

interface Opened {
  readonly parts: HostParts;
  readonly clock: ShardClock;
  readonly lease: LeaseKeeper;
  readonly journal: Journal;
  readonly recovered: Recovered;
}

export class ShardHost {
  readonly counters = new Counters();
  /** Resolves when the host has ended, whatever the reason; never rejects. */
  readonly ended: Promise<HostEnd>;
  private readonly parts: HostParts;
  private readonly settings: HostSettings;
  private readonly clock: ShardClock;
  private readonly lease: LeaseKeeper;
  private readonly journal: Journal;
  private readonly replica: Replica;
  private readonly views: Views;
  private readonly outbox: Outbox;
  private readonly seeds = new Seeds();
  private readonly timers = new Timers();
  private readonly arrivals = new Fifo<Arrival>();
  private readonly roomWanted: Array<() => void> = [];
  private readonly effects: Effects;
  private batch: Batch = newBatch();
  private subscription: Subscription | undefined;
  private turning: Promise<void> | undefined;
  private alarm: NodeJS.Timeout | undefined;
  private alarmUs = Number.POSITIVE_INFINITY;
  private length: number;
  private recordsSince: number;
  private charsSince = 0;
  private sweepAt = STALE_TIMERS;
  private end: HostEnd | undefined;
  private resolveEnded: (end: HostEnd) => void = () => {};

  private constructor({ parts, clock, lease, journal, recovered }: Opened) {
    this.parts = parts;
    this.settings = { ...hostSettings, ...parts.settings };
    this.clock = clock;
    this.lease = lease;
    this.journal = journal;
    this.replica = recovered.replica;
    this.views = recovered.views;
    this.length = recovered.length;
    this.recordsSince = recovered.replayed;
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    this.outbox = new Outbox({
      bus: parts.bus,
      behaviours: parts.behaviours,
      refused: (letter, why) => this.bury(letter, `the bus refuses it: ${why}`),
      troubled: (to, why) => this.log("bus", `${to} cannot be reached, trying again: ${why}`),
    });
    for (const letter of recovered.outbox) this.outbox.add(letter);
    this.effects = {
      send: (letter) => this.batch.letters.push(letter),
      call: (caller, call) => this.batch.calls.push([caller, call]),
      publish: (topic, message) => this.batch.published.push([topic, message]),
      arm: (actor, { key, epoch, dueUs, message }) =>
        this.timers.add({ dueUs, actor, key, epoch, message }),
    };
  }

  /**
   * Takes the shard over and brings its actors back. Rejects with LeaseHeld, with JournalError, and
   * with what the bus says when nobody can be received from.
   */
  static async open(parts: HostParts): Promise<ShardHost> {
    const { shard, holder, leases, journals } = parts;
    const settings = { ...hostSettings, ...parts.settings };
    const clock = new ShardClock(parts.time);
    const opened: { host?: ShardHost } = {};
    const lease = await LeaseKeeper.take({
      leases,
      shard,
      holder,
      forUs: settings.leaseUs,
      nowUs: () => (parts.time?.wallMs() ?? Date.now()) * 1_000,
      lost: (words) => opened.host?.stop({ why: "lease", words }),
    });
    let journal: Journal | undefined;
    try {
      journal = await journals.open(shard, lease.token);
      const recovered = await recover(journal, parts);
      clock.notBefore(recovered.atUs);
      opened.host = new ShardHost({ parts, clock, lease, journal, recovered });
      await opened.host.start(recovered);
      return opened.host;
    } catch (error) {
      opened.host?.stop({ why: "crash", words: wordsOf(error) });
      await journal?.close();
      await lease.release().catch(() => {});
      throw error;
    }
  }

  /** A view that this shard keeps: as far as its deliveries are durable. */
  view<V>(view: View<V>): V | undefined {
    return this.views.get(view);
  }

  /** State of an actor, for people and tests to look at; undefined when it is not there. */
  stateOf(at: Address): unknown {
    return this.replica.actors.get(at)?.state;
  }

  /** Actors by kind, those in quarantine apart. */
  get population(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { address: at, quarantine } of this.replica.actors.values()) {
      const kind = quarantine === undefined ? kindOf(at) : "quarantine";
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  }

  get queues(): { readonly arrivals: number; readonly local: number; readonly outbox: number } {
    const { arrivals, replica, outbox } = this;
    return { arrivals: arrivals.size, local: replica.waiting.size, outbox: outbox.size };
  }

  get shard(): HostParts["shard"] {
    return this.parts.shard;
  }

  /**
   * The environment says something to an actor; resolves when that is durable. Rejects with
   * HostBusy when too much waits, with HostEnded, and with a TypeError for what is no message of it.
   */
  tell({ to, port, message }: Told): Promise<void> {
    const behaviour = this.parts.behaviours.get(kindOf(to));
    if (behaviour === undefined || !codecOf(behaviour).isMessage(message)) {
      return Promise.reject(new TypeError(`${to} takes no ${message.type} of this form`));
    }
    const waiting = this.arrivals.size + this.outbox.size;
    if (waiting > this.settings.arrivals) {
      return Promise.reject(new HostBusy(`${this.shard} has ${waiting} deliveries to do first`));
    }
    const from = portAddress(port);
    return this.arrive([{ what: "message", to, from, n: 0, message }]);
  }

  /** Takes nothing more, finishes what it has, keeps a snapshot and lets go of the shard. */
  async close(): Promise<void> {
    if (this.end !== undefined) return;
    await this.subscription?.stop();
    while (this.turning !== undefined) await this.turning;
    await this.outbox.drain(this.settings.drainMs);
    while (this.turning !== undefined) await this.turning;
    if (this.end !== undefined) return;
    const failure = await this.keepSnapshot();
    if (failure !== undefined) this.log("snapshot", failure);
    await this.stop({ why: "closed", words: "closed" });
    await this.lease.release().catch((error: unknown) => this.log("lease", wordsOf(error)));
  }

  /** First what is new since the last run, then everything else: calls, timers, the bus. */
  private async start({ replayed, length }: Recovered): Promise<void> {
    const { founders, greetings = [], holder, behaviours, bus, shard } = this.parts;
    const at = this.clock.now();
    this.take({ what: "open", at, holder, versions: versionsOf(behaviours) });
    for (const { address: to, input } of founders) {
      if (!this.replica.actors.has(to)) this.take({ what: "begin", to, at, input });
    }
    for (const { to, port, message } of greetings) {
      const from = portAddress(port);
      this.take(this.stamped({ what: "message", to, from, n: 0, message }));
    }
    const first = this.batch;
    await this.flush({ ...first, calls: [] });
    for (const [actor, timer] of this.replica.pendingTimers()) {
      this.timers.add({ actor, ...timer });
    }
    for (const [caller, call] of this.replica.pendingCalls()) this.call(caller, call);
    this.outbox.release();
    this.subscription = await bus.receive(shard, (parcels) => this.receive(parcels));
    if (length > 0) this.log("recovered", `${length} records, ${replayed} of them replayed`);
    this.kick();
  }

  // --- What arrives ---------------------------------------------------------------------------

  private async receive(parcels: ReadonlyArray<Parcel>): Promise<void> {
    while (this.arrivals.size >= this.settings.arrivals && this.end === undefined) {
      await new Promise<void>((resolve) => this.roomWanted.push(resolve));
    }
    const { shard, behaviours, bus } = this.parts;
    const drafts: Draft[] = [];
    for (const parcel of parcels) {
      const draft = draftOfParcel(parcel, { shard, behaviours, trusted: bus.inProcess === true });
      if (Either.isRight(draft)) drafts.push(draft.right);
      else this.refuse(parcel, draft.left);
    }
    await this.arrive(drafts);
  }

  private arrive(drafts: ReadonlyArray<Draft>): Promise<void> {
    const { end } = this;
    if (end !== undefined) return Promise.reject(new HostEnded(end.words));
    if (drafts.length === 0) return Promise.resolve();
    return new Promise((done, failed) => {
      for (const [i, draft] of drafts.entries()) {
        const receipt = i === drafts.length - 1 ? { done, failed } : undefined;
        this.arrivals.push({ draft, receipt });
      }
      this.kick();
    });
  }

  private call(caller: Address, call: PortCall): void {
    const port = this.parts.ports.get(call.port);
    if (port === undefined) {
      this.log("port", `${caller} calls the port ${call.port}, which is not here`);
      return;
    }
    const from = portAddress(call.port);
    port.call(caller, call, (message) => {
      const draft: Draft = { what: "outcome", to: caller, from, key: call.key, message };
      // an outcome that comes after the end is told again after the next start
      this.arrive([draft]).catch(() => {});
    });
  }

  // --- Turns ----------------------------------------------------------------------------------

  private kick(): void {
    if (this.turning !== undefined || this.end !== undefined) return;
    this.turning = this.turns();
  }

  private async turns(): Promise<void> {
    // what else arrives in this turn of the loop goes into the same append
    await Promise.resolve();
    try {
      while (this.end === undefined && this.hasWork()) await this.turn();
    } catch (error) {
      await this.stop(endOf(error));
    } finally {
      this.turning = undefined;
    }
    this.setAlarm();
  }

  private hasWork(): boolean {
    if (this.replica.waiting.size > 0 || this.arrivals.size > 0) return true;
    const { nextUs } = this.timers;
    return nextUs !== undefined && nextUs <= this.clock.now();
  }

  private async turn(): Promise<void> {
    const { batch } = this.settings;
    for (let count = 0; count < batch; count++) {
      if (!this.takeNext()) break;
    }
    await this.flush(this.batch);
    for (const wake of this.roomWanted.splice(0)) wake();
    if (this.isSnapshotDue()) {
      const failure = await this.keepSnapshot();
      if (failure !== undefined) this.log("snapshot", failure);
    }
    if (this.timers.size > this.sweepAt) this.sweepTimers();
  }

  /** Delivers one thing: a timer that is due, a message within the shard, an arrival. */
  private takeNext(): boolean {
    const now = this.clock.now();
    const due = this.timers.take(now);
    if (due !== undefined) {
      const { actor: to, key, epoch, message } = due;
      this.take({ what: "timer", to, key, epoch, at: now, entropy: this.seeds.take(), message });
      return true;
    }
    const letter = this.replica.waiting.shift();
    if (letter !== undefined) {
      this.take(this.stamped({ what: "message", ...letter }));
      return true;
    }
    const arrival = this.arrivals.shift();
    if (arrival === undefined) return false;
    if (arrival.receipt !== undefined) this.batch.receipts.push(arrival.receipt);
    this.take(this.stamped(arrival.draft));
    return true;
  }

  private stamped(draft: Draft): Delivering {
    return { ...draft, at: this.clock.now(), entropy: this.seeds.take() };
  }

  /** Applies a record; one that changed something is to be written. */
  private take(record: JournalRecord): void {
    const applied = this.replica.apply(record, this.effects);
    if (record.what === "open") this.write(record);
    else if (record.what === "message" || record.what === "timer" || record.what === "outcome") {
      this.noteFate(record, applied);
    } else {
      this.write(record);
      if (applied.fate === "stepped") this.batch.seen.push(applied.seen);
      if (applied.fate === "broken") this.reportBroken(record.to, applied.why);
    }
  }

  private noteFate(record: Delivering, applied: Applied): void {
    switch (applied.fate) {
      case "stepped":
        this.write(record);
        this.batch.seen.push(applied.seen);
        this.counters.deliveries++;
        if (!applied.seen.step.handled) {
          const { to, message } = record;
          this.counters.noteUnhandled(kindOf(to), this.stateOf(to), message.type);
        }
        return;
      case "stale":
        if (record.what === "message") this.counters.duplicates++;
        return;
      case "dead":
        this.counters.deadLetters++;
        // jobs stop, and late answers to them are as common as they are idle
        if (this.replica.actors.has(record.to)) this.buryRecord(record, applied.why);
        return;
      case "broken":
        this.write({
          what: "buried",
          to: record.to,
          at: record.at,
          why: applied.why,
          delivery: record,
        });
        this.buryRecord(record, applied.why);
        this.reportBroken(record.to, applied.why);
        return;
    }
  }

  private write(record: JournalRecord): void {
    this.batch.texts.push(textOfRecord(record));
  }

  private reportBroken(at: Address, why: string): void {
    this.counters.quarantined++;
    this.log("quarantine", `${at} takes nothing more, its step threw: ${why}`);
  }

  /** Makes the batch durable, then lets its consequences out, in this order. */
  private async flush(batch: Batch): Promise<void> {
    this.batch = newBatch();
    if (batch.texts.length > 0) await this.append(batch);
    if (this.end !== undefined) {
      failAll(batch.receipts, this.end.words);
      return;
    }
    for (const seen of batch.seen) {
      this.views.fold(seen);
      this.parts.onDelivery?.(seen);
    }
    for (const letter of batch.letters) this.outbox.add(letter);
    for (const [caller, call] of batch.calls) this.call(caller, call);
    for (const [topic, message] of batch.published) this.publish(topic, message);
    for (const { done } of batch.receipts) done();
  }

  /** A full disk and a store that is away are waited for: nothing of the batch is seen before. */
  private async append({ texts, receipts }: Batch): Promise<void> {
    let waitMs = RETRY_FIRST_MS;
    for (;;) {
      if (!this.lease.isHeld) {
        failAll(receipts, "the lease ran out");
        throw new JournalError("fenced", `the lease on ${this.shard} ran out`);
      }
      const sinceMs = performance.now();
      try {
        this.length = await this.journal.append(this.length, texts);
        this.counters.noteAppend(texts.length, performance.now() - sinceMs);
        this.recordsSince += texts.length;
        for (const { length } of texts) this.charsSince += length;
        return;
      } catch (error) {
        const canWait =
          error instanceof JournalError && (error.reason === "full" || error.reason === "down");
        if (!canWait || this.end !== undefined) {
          failAll(receipts, wordsOf(error));
          throw error;
        }
        if (waitMs === RETRY_FIRST_MS) this.log("journal", `waiting: ${error.message}`);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        waitMs = Math.min(RETRY_MAX_MS, waitMs * 2);
      }
    }
  }

  private publish(topic: string, message: Message): void {
    try {
      this.parts.bus.publish(topic, message);
    } catch (error) {
      this.log("bus", `${topic} was not published: ${wordsOf(error)}`);
    }
  }

  // --- Timers and snapshots -------------------------------------------------------------------

  private setAlarm(): void {
    const { nextUs } = this.timers;
    if (nextUs === undefined || this.end !== undefined || nextUs === this.alarmUs) return;
    clearTimeout(this.alarm);
    this.alarmUs = nextUs;
    const waitMs = Math.max(0, Math.ceil((nextUs - this.clock.now()) / 1_000));
    this.alarm = setTimeout(
      () => {
        this.alarmUs = Number.POSITIVE_INFINITY;
        this.kick();
      },
      Math.min(ALARM_MAX_MS, waitMs),
    );
  }

  /** Cancelled and replaced timers stay in the heap until their time; leases are long. */
  private sweepTimers(): void {
    const living = [...this.replica.pendingTimers()];
    this.timers.replace(living.map(([actor, timer]) => ({ actor, ...timer })));
    this.sweepAt = Math.max(STALE_TIMERS, 2 * living.length);
  }

  private isSnapshotDue(): boolean {
    const { snapshotRecords, snapshotChars } = this.settings;
    return this.recordsSince >= snapshotRecords || this.charsSince >= snapshotChars;
  }

  /** What went wrong, in words: the journal has everything, so a failure only makes it longer. */
  private async keepSnapshot(): Promise<string | undefined> {
    invariant(this.batch.texts.length === 0, "a snapshot stands for what is written");
    const atUs = this.clock.now();
    this.recordsSince = 0;
    this.charsSince = 0;
    const image = this.replica.image(atUs - this.settings.forgetUs);
    const text = textOfImage({
      pingo: "snapshot",
      format: FORMAT,
      atUs,
      versions: versionsOf(this.parts.behaviours),
      ...image,
      outbox: this.outbox.unsettled(),
      views: this.views.save(),
    });
    try {
      await this.journal.compact({ at: this.length, text });
      this.counters.snapshots++;
      return undefined;
    } catch (error) {
      if (error instanceof JournalError && error.reason === "fenced") throw error;
      return `no snapshot was kept: ${wordsOf(error)}`;
    }
  }

  // --- Ends and troubles ----------------------------------------------------------------------

  /** Ends at once: nothing more is stepped, written or let out. */
  private async stop(end: HostEnd): Promise<void> {
    if (this.end !== undefined) return;
    this.end = end;
    clearTimeout(this.alarm);
    this.outbox.stop();
    this.lease.end();
    for (let next = this.arrivals.shift(); next !== undefined; next = this.arrivals.shift()) {
      next.receipt?.failed(new HostEnded(end.words));
    }
    for (const wake of this.roomWanted.splice(0)) wake();
    if (end.why !== "closed") this.log("stopped", end.words);
    await this.journal.close().catch((error: unknown) => this.log("journal", wordsOf(error)));
    // not waited for: the receiver of the bus may be waiting for this very host
    this.subscription?.stop().catch((error: unknown) => this.log("bus", wordsOf(error)));
    this.resolveEnded(end);
  }

  private refuse({ from, to, n, message }: Parcel, why: string): void {
    this.counters.refused++;
    const text = (value: unknown) => (typeof value === "string" ? value.slice(0, 200) : "");
    this.parts.deadLetters.keep({
      shard: this.shard,
      atUs: this.clock.now(),
      to: text(to),
      from: text(from),
      n: typeof n === "number" ? n : 0,
      why,
      message,
    });
    this.log("refused", `a parcel for ${text(to)} was refused: ${why}`);
  }

  private buryRecord(record: Delivering, why: string): void {
    const { to, message } = record;
    const from = record.what === "timer" ? to : record.from;
    this.bury({ to, from, n: record.what === "message" ? record.n : 0, message }, why);
  }

  private bury({ to, from, n, message }: Letter, why: string): void {
    const atUs = this.clock.now();
    this.parts.deadLetters.keep({ shard: this.shard, atUs, to, from, n, why, message });
  }

  private log(kind: HostEvent["kind"], words: string): void {
    this.parts.log({ shard: this.shard, kind, words });
  }
}

function failAll(receipts: ReadonlyArray<Receipt>, words: string): void {
  for (const { failed } of receipts) failed(new HostEnded(words));
}

function endOf(error: unknown): HostEnd {
  const words = wordsOf(error);
  if (!(error instanceof JournalError)) return { why: "crash", words };
  if (error.reason === "fenced") return { why: "fenced", words };
  return { why: error.reason === "corrupt" ? "corrupt" : "crash", words };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
