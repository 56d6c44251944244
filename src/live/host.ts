/**
 * The host of one shard: takes what arrives, steps actors, writes what happened, and only then lets
 * out what they want done. All that waits is written in one append, so a shard's pace is that of
 * its steps and not of its disk. A step runs before its record is durable, but nothing that
 * follows from it is seen outside until then: a crash loses the step and its consequences
 * together.
 */
import { Either } from "effect";
import { type Address, kindOf, portAddress } from "../kernel/address.ts";
import type { PortCall } from "../kernel/command.ts";
import type { Seed } from "../kernel/entropy.ts";
import { invariant } from "../kernel/invariant.ts";
import type { Message } from "../kernel/message.ts";
import { Alarm } from "./alarm.ts";
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
  type HostParts,
  type HostSettings,
  hostSettings,
  type Told,
} from "./host-parts.ts";
import { type Arrival, type Draft, draftOfParcel } from "./intake.ts";
import type { Journal } from "./journal.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { turnsOfLoop } from "./loop.ts";
import { Outbox } from "./outbox.ts";
import { type Delivering, type JournalRecord, textOfRecord } from "./record.ts";
import { openingOf, type Recovered, recover } from "./recovery.ts";
import type { Applied, Effects, Replica } from "./replica.ts";
import { endOf, Reports, wordsOf } from "./reports.ts";
import { Seeds } from "./seeds.ts";
import { FORMAT, versionsOf } from "./snapshot.ts";
import { Timers } from "./timers.ts";
import type { View, Views } from "./view.ts";
import { Writer } from "./writer.ts";

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
  private readonly writer: Writer;
  private readonly replica: Replica;
  private readonly views: Views;
  private readonly outbox: Outbox;
  private readonly reports: Reports;
  private readonly seeds = new Seeds();
  private readonly timers = new Timers();
  private readonly alarm: Alarm;
  private readonly arrivals = new Fifo<Arrival>();
  private readonly roomWanted: Array<() => void> = [];
  private readonly effects: Effects;
  private batch: Batch = newBatch();
  private subscription: Subscription | undefined;
  private turning: Promise<void> | undefined;
  private sweepAt = STALE_TIMERS;
  private end: HostEnd | undefined;
  private resolveEnded: (end: HostEnd) => void = () => {};

  private constructor({ parts, clock, lease, journal, recovered }: Opened) {
    const { shard, bus, behaviours } = parts;
    const settings = { ...hostSettings, ...parts.settings };
    const reports = new Reports(parts, clock, this.counters);
    this.parts = parts;
    this.settings = settings;
    this.alarm = new Alarm(() => this.kick(), parts.time);
    this.clock = clock;
    this.lease = lease;
    this.reports = reports;
    this.replica = recovered.replica;
    this.views = recovered.views;
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    const writer = {
      shard,
      journal,
      lease,
      settings,
      counters: this.counters,
      troubled: (words: string) => reports.log("journal", words),
      isOver: () => this.end !== undefined,
    };
    this.writer = new Writer(writer, recovered.length, recovered.replayed);
    this.outbox = new Outbox({
      bus,
      behaviours,
      refused: (letter, why) => reports.unsent(letter, why),
      troubled: (to, why) => reports.log("bus", `${to} cannot be reached, trying again: ${why}`),
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
    const clock = new ShardClock(parts.time);
    const opened: { host?: ShardHost } = {};
    const lease = await LeaseKeeper.take({
      leases,
      shard,
      holder,
      forUs: parts.settings?.leaseUs ?? hostSettings.leaseUs,
      nowUs: () => (parts.time?.wallMs() ?? Date.now()) * 1_000,
      lost: (words) => opened.host?.stop({ why: "lease", words }),
      troubled: (words) => parts.log({ shard, kind: "lease", words }),
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

  get shard(): HostParts["shard"] {
    return this.parts.shard;
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

  /**
   * The environment says something to an actor; resolves when that is durable. Rejects with
   * HostBusy when too much waits, with HostEnded, and with a TypeError for what is no message of
   * it.
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
    await this.rest();
    await this.outbox.drain(this.settings.drainMs);
    await this.rest();
    if (this.end !== undefined) return;
    await this.keepSnapshot();
    if (this.end !== undefined) return;
    this.stop({ why: "closed", words: "closed" });
    await this.writer.close().catch((error: unknown) => this.log("journal", error));
    await this.lease.release().catch((error: unknown) => this.log("lease", error));
  }

  private async rest(): Promise<void> {
    for (;;) {
      const busy = this.turning ?? this.writer.keeping;
      if (busy === undefined) return;
      await busy;
    }
  }

  /** First what is new since the last run, then everything else: calls, timers, the bus. */
  private async start({ replayed, length }: Recovered): Promise<void> {
    const { founders, greetings = [], bus, shard } = this.parts;
    const opening = openingOf(this.parts, this.replica, this.clock.now());
    this.take(opening);
    for (const { address: to, input } of founders) {
      if (!this.replica.actors.has(to)) this.take({ what: "begin", to, at: opening.at, input });
    }
    for (const { to, port, message } of greetings) {
      const from = portAddress(port);
      this.take(this.stamped({ what: "message", to, from, n: 0, message }));
    }
    await this.flush({ ...this.batch, calls: [] });
    this.sweepTimers();
    for (const [caller, call] of this.replica.pendingCalls()) this.call(caller, call);
    this.outbox.release();
    this.subscription = await bus.receive(shard, (parcels) => this.receive(parcels));
    // it may have ended meanwhile: then nobody would take what arrives, or give the inbox free
    if (this.end !== undefined) await this.subscription.stop();
    if (length > 0) {
      this.reports.log("recovered", `${length} records, ${replayed} of them replayed`);
    }
    for (const each of opening.revived ?? []) this.reports.log("recovered", `${each} goes on`);
    this.kick();
  }

  // --- What arrives ---------------------------------------------------------------------------

  private async receive(parcels: ReadonlyArray<Parcel>): Promise<void> {
    while (this.arrivals.size >= this.settings.arrivals && this.end === undefined) {
      await new Promise<void>((resolve) => this.roomWanted.push(resolve));
    }
    const { shard, behaviours, bus } = this.parts;
    const trusted = bus.inProcess === true;
    const drafts: Draft[] = [];
    for (const parcel of parcels) {
      const draft = draftOfParcel(parcel, { shard, behaviours, trusted });
      if (Either.isRight(draft)) drafts.push(draft.right);
      else this.reports.refused(parcel, draft.left);
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
      this.reports.log("port", `${caller} calls the port ${call.port}, which is not here`);
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
      this.stop(endOf(error));
    } finally {
      this.turning = undefined;
    }
    if (this.end === undefined) this.alarm.set(this.timers.nextUs, this.clock.now());
  }

  private hasWork(): boolean {
    if (this.replica.waiting.size > 0 || this.arrivals.size > 0) return true;
    return (this.timers.nextUs ?? Number.POSITIVE_INFINITY) <= this.clock.now();
  }

  private async turn(): Promise<void> {
    for (let count = 0; count < this.settings.batch; count++) {
      if (!this.takeNext()) break;
    }
    await this.flush(this.batch);
    for (const wake of this.roomWanted.splice(0)) wake();
    if (this.writer.isSnapshotDue) void this.keepSnapshot();
    if (this.timers.size > this.sweepAt) this.sweepTimers();
    // who waited for this append brings more now, the bus within one turn: all in the next append
    await turnsOfLoop(2);
  }

  /** Delivers one thing: a timer that is due, a message within the shard, an arrival. */
  private takeNext(): boolean {
    const at = this.clock.now();
    const due = this.timers.take(at);
    if (due !== undefined) {
      const { actor: to, key, epoch, message } = due;
      this.take({
        what: "timer",
        to,
        key,
        epoch,
        at,
        entropy: this.seedFor(to, to, epoch),
        message,
      });
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
    const { to, from, message } = draft;
    const at = this.clock.now();
    const entropy = this.seedFor(to, from, draft.what === "message" ? draft.n : 0);
    return draft.what === "message"
      ? { what: "message", to, from, n: draft.n, message, at, entropy }
      : { what: "outcome", to, from, key: draft.key, message, at, entropy };
  }

  private seedFor(to: Address, from: Address, n: number): Seed {
    const { entropy } = this.parts;
    return entropy === undefined ? this.seeds.take() : entropy(to, from, n);
  }

  /** Applies a record; one that changed something is to be written. */
  private take(record: JournalRecord): void {
    const applied = this.replica.apply(record, this.effects);
    if ("entropy" in record) {
      this.noteFate(record, applied);
      return;
    }
    this.batch.texts.push(textOfRecord(record));
    if (applied.fate === "stepped") this.batch.seen.push(applied.seen);
    if (record.what === "begin" && applied.fate === "broken") {
      this.reports.quarantined(record.to, applied.why);
    }
  }

  private noteFate(record: Delivering, applied: Applied): void {
    const { to, at, message } = record;
    switch (applied.fate) {
      case "stepped":
        this.batch.texts.push(textOfRecord(record));
        this.batch.seen.push(applied.seen);
        this.counters.deliveries++;
        if (!applied.seen.step.handled) {
          const { state } = applied.seen.step;
          this.counters.noteUnhandled(kindOf(to), state, message.type);
        }
        return;
      case "stale":
        if (record.what === "message") this.counters.duplicates++;
        return;
      case "dead":
        this.counters.deadLetters++;
        // jobs stop, and late answers to them are as common as they are idle
        if (this.replica.actors.has(to)) this.reports.buried(record, applied.why);
        return;
      case "broken": {
        const { why } = applied;
        this.batch.texts.push(textOfRecord({ what: "buried", to, at, why, delivery: record }));
        this.reports.buried(record, why);
        this.reports.quarantined(to, why);
      }
    }
  }

  /** Makes the batch durable, then lets its consequences out, in this order. */
  private async flush(batch: Batch): Promise<void> {
    this.batch = newBatch();
    try {
      if (batch.texts.length > 0) await this.writer.append(batch.texts);
      if (this.end !== undefined) throw new HostEnded(this.end.words);
    } catch (error) {
      for (const { failed } of batch.receipts) failed(new HostEnded(wordsOf(error)));
      throw error;
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

  private publish(topic: string, message: Message): void {
    try {
      this.parts.bus.publish(topic, message);
    } catch (error) {
      this.log("bus", error);
    }
  }

  // --- Timers, snapshots, the end -------------------------------------------------------------

  /** Cancelled and replaced timers stay in the heap until their time; leases are long. */
  private sweepTimers(): void {
    const living = [...this.replica.pendingTimers()];
    this.timers.replace(living.map(([actor, timer]) => ({ actor, ...timer })));
    this.sweepAt = Math.max(STALE_TIMERS, 2 * living.length);
  }

  /** Deliveries go on meanwhile: a large shard takes a while to write down. */
  private async keepSnapshot(): Promise<void> {
    invariant(this.batch.texts.length === 0, "a snapshot stands for what is written");
    const atUs = this.clock.now();
    try {
      const failure = await this.writer.keep({
        pingo: "snapshot",
        format: FORMAT,
        atUs,
        versions: versionsOf(this.parts.behaviours),
        // at once: of a state that was replaced not everything can be read for long
        ...this.replica.image(atUs - this.settings.forgetUs),
        outbox: this.outbox.unsettled(),
        views: this.views.save(),
      });
      if (failure !== undefined) this.reports.log("snapshot", failure);
    } catch (error) {
      this.stop(endOf(error));
    }
  }

  /** Ends at once: nothing more is stepped, written or let out. */
  private stop(end: HostEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    this.alarm.clear();
    this.outbox.stop();
    this.lease.end();
    for (let next = this.arrivals.shift(); next !== undefined; next = this.arrivals.shift()) {
      next.receipt?.failed(new HostEnded(end.words));
    }
    for (const wake of this.roomWanted.splice(0)) wake();
    if (end.why !== "closed") {
      this.reports.log("stopped", end.words);
      // not waited for: the bus may be waiting for this very host, and the journal for its store
      this.subscription?.stop().catch((error: unknown) => this.log("bus", error));
      this.writer.close().catch((error: unknown) => this.log("journal", error));
    }
    this.resolveEnded(end);
  }

  private log(kind: "bus" | "journal" | "lease", error: unknown): void {
    this.reports.log(kind, wordsOf(error));
  }
}
