/**
 * The deterministic shell: one queue, one virtual clock, one exhaustive switch over commands.
 * Simultaneous events are ordered by (rank of the sender, the sender's own counter). Ranks follow
 * the sorted addresses of the actors given at the start; spawned actors get theirs in the order in
 * which they are spawned, which that order fixes. So the order in which code creates actors, or
 * any hash map's order, cannot show in a run.
 */
import { type Address, address, kindOf, portAddress } from "../../kernel/address.ts";
import type { AnyBehaviour, Step } from "../../kernel/behaviour.ts";
import type { Command, PortCall } from "../../kernel/command.ts";
import type { Micros } from "../../kernel/duration.ts";
import { drawWord, type Seed } from "../../kernel/entropy.ts";
import { assertNever, invariant } from "../../kernel/invariant.ts";
import { Mailbox, type OutboxEntry, type Timer } from "../../kernel/mailbox.ts";
import type { Message } from "../../kernel/message.ts";
import type { Network } from "../network/link.ts";
import { EventQueue } from "./event-queue.ts";
import { Folder } from "./folder.ts";
import { Foresight } from "./foresight.ts";
import { Down, Envelope, Hosted, Owed } from "./hosted.ts";
import { Happening, type Occurrence, TimerDue } from "./occurrence.ts";
import { orderOf, RANK_LIMIT } from "./order.ts";
import { type Numbering, persist, revive } from "./persisted.ts";
import { Spawned } from "./spawned.ts";
import { TraceHash } from "./trace-hash.ts";
import { Transport } from "./transport.ts";

export interface ActorSpec {
  readonly address: Address;
  /** Index into the network's hosts. */
  readonly host: number;
  readonly input: unknown;
  /** Instead of the behaviour of its kind: an adversary's. */
  readonly behaviour?: AnyBehaviour;
  /** It comes to life at this time; until then what is sent to it waits. */
  readonly fromUs?: number;
}

/** A port as the simulator models it. */
export interface SimPort {
  /** A new call, or one issued again after a restart (its earlier run is gone then). */
  readonly call: (actor: Hosted, call: PortCall) => void;
  /** The machine under the actor died: whatever ran there is lost. */
  readonly lost: (actor: Hosted) => void;
}

/** Sees everything, changes nothing. */
export interface Observer {
  readonly stepped: (actor: Hosted, delivery: Envelope, step: Step<unknown>) => void;
  /** The actor has its first state. */
  readonly spawned: (actor: Hosted, by: Hosted) => void;
  readonly stopped: (actor: Hosted) => void;
}

export interface SimulatorParts {
  readonly seed: number;
  readonly startUs: number;
  readonly behaviours: ReadonlyMap<string, AnyBehaviour>;
  readonly network: Network;
  readonly messageBytes: number;
  /** Size of the outbox tail kept for restarts; 0 where nothing ever crashes. */
  readonly outboxTail: number;
  readonly hashing: boolean;
  /** Makes mailboxes; other than `Mailbox` only to plant defects. */
  readonly newMailbox?: () => Mailbox;
}

/** The mailbox of all that have stopped. */
const ended = new Mailbox();
ended.stop();

export class Simulator {
  nowUs: number;
  /** Deliveries (timer firings and port outcomes among them) and faults so far. */
  events = 0;
  deliveries = 0;
  messages = 0;
  duplicatesDropped = 0;
  deadLetters = 0;
  /** Unhandled messages by "kind at state: type". */
  readonly unhandled = new Map<string, number>();
  readonly hash = new TraceHash();
  readonly actors = new Map<Address, Hosted>();
  readonly ports = new Map<string, SimPort>();
  /** Receivers of what actors send to `port/<name>` addresses. */
  readonly sinks = new Map<string, (from: Hosted, message: Message) => void>();
  /** Listeners of published topics. */
  readonly topics = new Map<string, (from: Hosted, message: Message) => void>();
  readonly observers: Observer[] = [];
  /** Called for each delivery just after it was folded into the hash: traces, comparisons. */
  onDelivery: ((delivery: Envelope) => void) | undefined;

  private readonly foresight = new Foresight();
  private readonly queue = new EventQueue<Occurrence>((next) => this.foresight.lookAt(next));
  private readonly folder: Folder;
  private readonly transport: Transport;
  private readonly first: Hosted[] = [];
  private readonly spawned = new Spawned();
  private readonly numbering: Numbering = {
    // What waited for a machine may come from a job that was forgotten in the meantime.
    addressOf: (index) => (this.first[index] ?? this.spawned.at(index))?.address,
    numberOf: (at) => known(this.actors.get(at) ?? this.spawned.endedAt(at)).index,
  };
  private readonly newMailbox: () => Mailbox;
  private nextIndex = 0;
  private environmentSeq = 0;
  private halted = false;

  private readonly parts: SimulatorParts;

  constructor(parts: SimulatorParts) {
    this.parts = parts;
    this.nowUs = parts.startUs;
    this.transport = new Transport(parts.network, parts.messageBytes, this.queue);
    this.newMailbox = parts.newMailbox ?? (() => new Mailbox());
    this.folder = new Folder(parts.behaviours);
  }

  get network(): Network {
    return this.parts.network;
  }

  get pending(): number {
    return this.queue.size;
  }

  /** Creates the actors of the start, in the order of their addresses. */
  start(specs: ReadonlyArray<ActorSpec>): void {
    const sorted = [...specs].sort((a, b) => (a.address < b.address ? -1 : 1));
    const created = sorted.map((spec) =>
      this.create(spec.address, spec.host, null, spec.behaviour),
    );
    for (const [i, actor] of created.entries()) {
      const { input, fromUs } = sorted[i] as ActorSpec;
      if (fromUs === undefined || fromUs <= this.nowUs) this.initialise(actor, input);
      else this.initialiseAt(actor, input, fromUs);
    }
  }

  private initialiseAt(actor: Hosted, input: unknown, atUs: number): void {
    actor.down |= Down.unborn;
    this.scheduleFor(actor, atUs, () => {
      this.initialise(actor, input);
      actor.down &= ~Down.unborn;
      if (actor.down === 0) this.releaseHeld(actor);
    });
  }

  actor(at: Address): Hosted {
    const actor = this.actors.get(at);
    invariant(actor !== undefined, `no actor at ${at}`);
    return actor;
  }

  /** Runs `happen` at `atUs` as an event of the environment. */
  schedule(atUs: number, happen: () => void): void {
    this.queue.push(Math.max(atUs, this.nowUs), this.environmentSeq++, new Happening(happen));
  }

  /** The same, ordered among the things that `actor` scheduled. */
  scheduleFor(actor: Hosted, atUs: number, happen: () => void): void {
    this.queue.push(Math.max(atUs, this.nowUs), orderOf(actor), new Happening(happen, actor));
  }

  /** Delivers a message of a port or of the environment now; held back while the actor is down. */
  tell(actor: Hosted, port: string, message: Message): void {
    this.arrive(new Envelope(actor, portAddress(port), null, 0, message));
  }

  /** Delivers the outcome of a pending port call now; one that is not pending is dropped. */
  outcome(actor: Hosted, port: string, key: string, message: Message): void {
    if ((actor.down & ~Down.paused) !== 0 || !actor.mailbox.closeCall(key)) return;
    this.arrive(new Envelope(actor, portAddress(port), null, 0, message));
  }

  /**
   * Runs until `untilUs` (included) or for `limit` events; true when `untilUs` was reached or
   * nothing is left to do, and the clock then stands at `untilUs`.
   */
  run(untilUs: number, limit = Number.POSITIVE_INFINITY): boolean {
    const end = new Happening(() => {
      this.halted = true;
    });
    this.halted = false;
    this.queue.push(untilUs, Number.MAX_SAFE_INTEGER, end);
    for (let count = 0; count < limit; count++) {
      const occurrence = this.queue.pop();
      invariant(occurrence !== undefined, "the end of the run is in the queue");
      this.nowUs = this.queue.time;
      this.happen(occurrence);
      if (this.halted) return true;
    }
    // The mark stays behind; a later run to the same or a later time passes over it.
    end.happen = () => {};
    return false;
  }

  private happen(occurrence: Occurrence): void {
    switch (occurrence.kind) {
      case 0:
        this.arrive(occurrence);
        return;
      case 1:
        this.fire(occurrence);
        return;
      case 2:
        occurrence.happen();
        return;
      default:
        assertNever(occurrence);
    }
  }

  private arrive(envelope: Envelope): void {
    const actor = envelope.target;
    if (actor.down !== 0) {
      if ((actor.down & Down.stopped) !== 0) this.deadLetters++;
      else (actor.held ??= []).push(envelope);
      return;
    }
    const { senderIndex } = envelope;
    if (senderIndex >= 0 && !actor.mailbox.accept(senderIndex, envelope.n)) {
      this.duplicatesDropped++;
      return;
    }
    this.step(actor, envelope);
  }

  private fire(timer: TimerDue): void {
    const actor = timer.target;
    // While the actor is down its timers stay in the mailbox and are armed again when it is up.
    if (actor.down !== 0) return;
    const message = actor.mailbox.fireTimer(timer.key, timer.epoch);
    if (message === undefined) return;
    this.step(actor, new Envelope(actor, actor.address, null, timer.epoch, message));
  }

  private step(actor: Hosted, envelope: Envelope): void {
    envelope.atUs = (this.nowUs + actor.skewUs) as Micros;
    envelope.entropy = drawWord(actor.k0, actor.k1, actor.drawn++) as Seed;
    this.events++;
    this.deliveries++;
    if (this.parts.hashing) this.folder.fold(this.hash, envelope, this.nowUs);
    if (this.onDelivery !== undefined) this.onDelivery(envelope);
    const step = actor.behaviour.step(actor.state, envelope as never) as Step<unknown>;
    actor.state = step.state;
    if (!step.handled) this.countUnhandled(actor, envelope);
    for (const observer of this.observers) observer.stepped(actor, envelope, step);
    if (step.commands.length > 0 || actor.crashAfterAppend !== undefined) {
      this.execute(actor, step.commands, envelope);
    }
  }

  private countUnhandled(actor: Hosted, envelope: Envelope): void {
    const at = (actor.state as { at?: string }).at ?? "";
    const key = `${actor.behaviour.kind} at ${at}: ${envelope.type}`;
    this.unhandled.set(key, (this.unhandled.get(key) ?? 0) + 1);
  }

  /**
   * Journals a step's commands in the mailbox, then performs them. A crash falls between the two or
   * not at all: what was journalled and not performed is issued again at the restart.
   */
  private execute(actor: Hosted, commands: ReadonlyArray<Command>, cause: Envelope): void {
    const crash = actor.crashAfterAppend;
    const publish = crash === undefined;
    const tail: OutboxEntry[] | undefined = this.parts.outboxTail > 0 ? [] : undefined;
    for (const command of commands) this.perform(actor, command, cause, publish, tail);
    if (tail !== undefined && tail.length > 0) actor.mailbox.remember(tail, this.parts.outboxTail);
    if (crash !== undefined) {
      actor.crashAfterAppend = undefined;
      this.goDown(actor, Down.crashed);
      crash();
    }
    if (actor.mailbox.isStopped && publish) this.end(actor);
  }

  // oxlint-disable-next-line max-params -- one call per command: an options object would be garbage
  private perform(
    actor: Hosted,
    command: Command,
    cause: Envelope,
    publish: boolean,
    tail: OutboxEntry[] | undefined,
  ): void {
    switch (command.command) {
      case "Send":
        this.sendOut(actor, command.to, command.message, publish, tail);
        return;
      case "Reply":
        this.sendOut(actor, cause.from, command.message, publish, tail, cause.sender);
        return;
      case "StartTimer":
        this.arm(actor, this.startTimer(actor, command.key, command.delayUs, command.message));
        return;
      case "CancelTimer":
        actor.mailbox.cancelTimer(command.key);
        return;
      case "Spawn":
        tail?.push({ n: 0, command });
        if (publish) this.spawn(actor, command.address, command.input);
        return;
      case "Stop":
        actor.mailbox.stop();
        return;
      case "Publish":
        if (publish) this.topics.get(command.topic)?.(actor, command.message);
        return;
      case "PortCall":
        if (actor.mailbox.openCall(command) && publish)
          this.port(command.port).call(actor, command);
        return;
      default:
        assertNever(command);
    }
  }

  private startTimer(actor: Hosted, key: string, delayUs: number, message: Message): Timer {
    invariant(delayUs >= 0, `a timer of ${actor.address} is not in the past`);
    // By a clock that never jumps: a skewed one is only what a step reads as the time.
    return actor.mailbox.startTimer(key, this.nowUs + delayUs, message);
  }

  private arm(actor: Hosted, timer: Timer): void {
    const dueUs = Math.max(this.nowUs, timer.dueUs);
    this.queue.push(dueUs, orderOf(actor), new TimerDue(actor, timer.key, timer.epoch));
  }

  private port(name: string): SimPort {
    const port = this.ports.get(name);
    invariant(port !== undefined, `no port named ${name}`);
    return port;
  }

  // oxlint-disable-next-line max-params -- one call per message: an options object would be garbage
  private sendOut(
    actor: Hosted,
    to: Address,
    message: Message,
    publish: boolean,
    tail: OutboxEntry[] | undefined,
    at: Hosted | null = null,
  ): void {
    const n = actor.mailbox.takeNumber();
    tail?.push({ n, command: { command: "Send", to, message } });
    if (publish) this.transmit(actor, to, n, message, at);
  }

  /** `at`: who had the address when last heard of; finding it by its name takes longer. */
  // oxlint-disable-next-line max-params -- one call per message: an options object would be garbage
  private transmit(
    actor: Hosted,
    to: Address,
    n: number,
    message: Message,
    at: Hosted | null = null,
  ): void {
    const isThere = at !== null && (at.down & Down.stopped) === 0;
    const target = isThere ? at : this.actors.get(to);
    if (target === undefined) {
      const sink = to.startsWith("port/") ? this.sinks.get(to.slice(5)) : undefined;
      if (sink === undefined) this.deadLetters++;
      else sink(actor, message);
      return;
    }
    this.messages++;
    if (actor.contacts !== undefined && !actor.contacts.includes(target)) {
      // A copy has exactly the room it needs; an actor writes to few others.
      actor.contacts = actor.contacts.concat(target);
    }
    this.transport.carry(new Envelope(target, actor.address, actor, n, message), this.nowUs);
  }

  /** Ends a disturbance of the network and sends on what a cut had stopped, in order. */
  heal(disturbance: number): void {
    this.transport.heal(disturbance, this.nowUs);
  }

  private create(at: Address, host: number, by: Hosted | null, instead?: AnyBehaviour): Hosted {
    const behaviour = instead ?? this.parts.behaviours.get(kindOf(at));
    invariant(behaviour !== undefined, `no behaviour for ${at}`);
    invariant(!this.actors.has(at), `two actors at ${at}`);
    invariant(this.nextIndex < RANK_LIMIT, "too many actors in one run");
    const { seed } = this.parts;
    const actor = new Hosted({
      address: at,
      behaviour,
      index: this.nextIndex++,
      host,
      mailbox: this.newMailbox(),
      seed,
    });
    this.parts.network.streamKeys(actor.index, actor.k0, actor.k1);
    this.actors.set(at, actor);
    if (by === null) this.first.push(actor);
    else this.spawned.add(actor);
    return actor;
  }

  private initialise(actor: Hosted, input: unknown): void {
    const first = actor.behaviour.init(input) as Step<unknown>;
    actor.state = first.state;
    const cause = new Envelope(actor, address("port", "start"), null, 0, { type: "Start" });
    this.execute(actor, first.commands, cause);
  }

  private spawn(parent: Hosted, at: Address, input: unknown): void {
    if (this.actors.has(at) || this.spawned.endedAt(at) !== undefined) return;
    const actor = this.create(at, parent.host, parent);
    this.initialise(actor, input);
    for (const observer of this.observers) observer.spawned(actor, parent);
  }

  private end(actor: Hosted): void {
    actor.down |= Down.stopped;
    actor.held = undefined;
    this.actors.delete(actor.address);
    this.spawned.end(actor, this.nowUs);
    if (this.parts.outboxTail === 0 && this.transport.isClear) this.spawned.sweep(this.nowUs);
    for (const observer of this.observers) observer.stopped(actor);
    // Its number is kept for a while, its memory is not: late timers may hold on to it for a day.
    actor.state = undefined;
    actor.runs = undefined;
    actor.mailbox = ended;
  }

  // --- Faults and machines: what the environment does to an actor ---------------------------

  /** The process dies now; its persisted form is what a later {@link up} starts from. */
  crash(actor: Hosted): void {
    this.goDown(actor, Down.crashed);
  }

  /** The process dies after journalling its next step and before performing it. */
  crashAtNextStep(actor: Hosted, crashed: () => void): void {
    actor.crashAfterAppend = crashed;
  }

  /** The machine goes; `abrupt` loses what ran on it without a word. */
  goDown(actor: Hosted, why: number): void {
    actor.down |= why;
    if (why === Down.paused) return;
    for (const port of this.ports.values()) port.lost(actor);
  }

  /** Ends one reason for being down; the last one brings the actor back. */
  up(actor: Hosted, why: number, options: { readonly revived: boolean }): void {
    if ((actor.down & why) === 0) return;
    actor.down &= ~why;
    if (options.revived) actor.owed |= Owed.revival;
    if (why !== Down.paused) actor.owed |= Owed.reissue;
    if (actor.down !== 0) return;
    const { owed } = actor;
    actor.owed = 0;
    if ((owed & Owed.revival) !== 0) {
      revive(actor, persist(actor, this.numbering), this.newMailbox(), this.numbering);
    }
    for (const timer of actor.mailbox.pendingTimers()) this.arm(actor, timer);
    if ((owed & Owed.reissue) !== 0) this.reissue(actor);
    if (actor.mailbox.isStopped) this.end(actor);
  }

  /**
   * Delivers what waited for the actor, in the order of its arrival: whatever is still on its way
   * arrived later. Call it after the environment told the actor that it is up.
   */
  releaseHeld(actor: Hosted): void {
    const held = actor.held ?? [];
    actor.held = undefined;
    for (const envelope of held) this.arrive(envelope);
    for (const { senderIndex } of held) {
      if (senderIndex >= 0 && this.isForgotten(senderIndex)) actor.mailbox.forget(senderIndex);
    }
  }

  /** True for the number of an actor that stopped so long ago that its marks were dropped. */
  private isForgotten(index: number): boolean {
    return this.first[index] === undefined && this.spawned.at(index) === undefined;
  }

  private reissue(actor: Hosted): void {
    for (const entry of actor.mailbox.unsettledOutbox()) {
      const { command } = entry;
      if (command.command === "Spawn") this.spawn(actor, command.address, command.input);
      else this.transmit(actor, command.to, entry.n, command.message);
    }
    for (const call of actor.mailbox.pendingCalls()) this.port(call.port).call(actor, call);
  }
}

/** Marks name only actors that live or have stopped a short while ago. */
function known(actor: Hosted | undefined): Hosted {
  invariant(actor !== undefined, "a mark names an actor that is remembered");
  return actor;
}
