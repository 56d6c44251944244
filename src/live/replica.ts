/**
 * The actors of a shard in memory: a function of its journal's records. The host applies a record
 * when it happens and recovery applies it again, by the same code, so both come to the same state.
 * What leaves the shard it only names; the host lets it out once the record is durable.
 */
import { type Address, address, isPort, kindOf } from "../kernel/address.ts";
import type { AnyBehaviour, Step } from "../kernel/behaviour.ts";
import type { Command, PortCall } from "../kernel/command.ts";
import type { Micros } from "../kernel/duration.ts";
import type { Seed } from "../kernel/entropy.ts";
import { assertNever, InvariantViolation, invariant } from "../kernel/invariant.ts";
import type { Timer } from "../kernel/mailbox.ts";
import type { Message } from "../kernel/message.ts";
import { codecOf } from "./codec.ts";
import { Fifo } from "./fifo.ts";
import { Hosted, LiveDelivery } from "./hosted.ts";
import type { Begun, Buried, Delivering, JournalRecord } from "./record.ts";
import { Senders } from "./senders.ts";
import { type ShardId, shardOf } from "./shard.ts";
import type { ActorImage, Letter, ReplicaImage } from "./snapshot.ts";
import type { Seen } from "./view.ts";

/** What a step wants of the world outside the shard. */
export interface Effects {
  readonly send: (letter: Letter) => void;
  readonly call: (caller: Address, call: PortCall) => void;
  readonly publish: (topic: string, message: Message) => void;
  readonly arm: (actor: Address, timer: Timer) => void;
}

/** What became of a record. */
export type Applied =
  | { readonly fate: "stepped"; readonly seen: Seen }
  /** It had been taken before, or its timer or call is over. */
  | { readonly fate: "stale" }
  /** No such actor, or one that has stopped or is in quarantine. */
  | { readonly fate: "dead"; readonly why: string }
  /** Its step threw: the actor is in quarantine now. */
  | { readonly fate: "broken"; readonly why: string };

export interface ReplicaParts {
  readonly shard: ShardId;
  readonly behaviours: ReadonlyMap<string, AnyBehaviour>;
}

const stale: Applied = { fate: "stale" };
const START = address("port", "start");
const startMessage: Message = { type: "Start" };

export class Replica {
  readonly actors = new Map<Address, Hosted>();
  /** Messages between actors of this shard that are not delivered yet. */
  readonly waiting = new Fifo<Letter>();
  private readonly senders = new Senders();
  private readonly parts: ReplicaParts;

  constructor(parts: ReplicaParts) {
    this.parts = parts;
  }

  /** Timers by actor, as they are armed after a restart. */
  *pendingTimers(): Generator<readonly [Address, Timer]> {
    for (const actor of this.actors.values()) {
      for (const timer of actor.mailbox.pendingTimers()) yield [actor.address, timer];
    }
  }

  /** Calls of ports that are not answered yet, oldest first for each actor. */
  *pendingCalls(): Generator<readonly [Address, PortCall]> {
    for (const actor of this.actors.values()) {
      for (const call of actor.mailbox.pendingCalls()) yield [actor.address, call];
    }
  }

  /** Deterministic: same records, same state, same effects. */
  apply(record: JournalRecord, effects: Effects): Applied {
    switch (record.what) {
      case "message":
      case "timer":
      case "outcome":
        return this.deliver(record, effects);
      case "begin":
        return this.begin(record, effects);
      case "buried":
        return this.bury(record);
      case "open":
        for (const at of record.revived ?? []) this.revive(at);
        return stale;
      default:
        return assertNever(record);
    }
  }

  /**
   * In replay: a letter that the journal says was delivered waits no more. Those before it were
   * dropped for want of a receiver, as they would be now.
   */
  dropWaiting(record: JournalRecord): void {
    if (record.what !== "message" || record.n === 0 || !this.isLocal(record.from)) return;
    const isIt = (letter: Letter) =>
      letter.n === record.n && letter.from === record.from && letter.to === record.to;
    const first = this.waiting.peek();
    if (first === undefined) return;
    if (!isIt(first) && !this.waiting.toArray().some(isIt)) return;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (isIt(next)) return;
    }
  }

  isLocal(at: Address): boolean {
    return !isPort(at) && shardOf(at) === this.parts.shard;
  }

  private deliver(record: Delivering, effects: Effects): Applied {
    const actor = this.actors.get(record.to);
    if (actor === undefined) return { fate: "dead", why: "there is no such actor" };
    if (actor.quarantine !== undefined) return { fate: "dead", why: "it is in quarantine" };
    if (!this.admit(actor, record)) return stale;
    const delivery = deliveryOf(record);
    try {
      const step = actor.behaviour.step(actor.state, delivery as never) as Step<unknown>;
      this.perform(actor, step.commands, delivery, effects);
      actor.state = step.state;
      if (actor.mailbox.isStopped) this.actors.delete(actor.address);
      return {
        fate: "stepped",
        seen: { actor: actor.address, delivery, step },
      };
    } catch (error) {
      return this.quarantine(actor, error);
    }
  }

  /** True when the record is news to the actor: neither a duplicate nor too late. */
  private admit(actor: Hosted, record: Delivering): boolean {
    const { mailbox } = actor;
    switch (record.what) {
      case "timer":
        return mailbox.fireTimer(record.key, record.epoch) !== undefined;
      case "outcome":
        return mailbox.closeCall(record.key);
      case "message": {
        const { from, n, at } = record;
        if (n === 0) return true;
        const isNew = mailbox.accept(this.senders.numberOf(from, at), n);
        if (isNew) this.senders.heard(from, at);
        return isNew;
      }
    }
  }

  private quarantine(actor: Hosted, error: unknown): Applied {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    actor.quarantine = why;
    return { fate: "broken", why };
  }

  private bury({ delivery, why }: Buried): Applied {
    const actor = this.actors.get(delivery.to);
    if (actor === undefined) return stale;
    if (actor.quarantine === undefined) this.admit(actor, delivery);
    actor.quarantine = why;
    return stale;
  }

  /** One whose first step threw has no state to go on from. */
  canRevive(at: Address): boolean {
    const actor = this.actors.get(at);
    return actor?.quarantine !== undefined && actor.state !== undefined;
  }

  private revive(at: Address): void {
    const actor = this.actors.get(at);
    if (actor !== undefined && this.canRevive(at)) actor.quarantine = undefined;
  }

  private begin({ to, input, at }: Begun, effects: Effects): Applied {
    if (this.actors.has(to)) return stale;
    const actor = this.create(to);
    try {
      return { fate: "stepped", seen: this.initialise(actor, input, at, effects) };
    } catch (error) {
      return this.quarantine(actor, error);
    }
  }

  private create(at: Address): Hosted {
    const behaviour = this.parts.behaviours.get(kindOf(at));
    invariant(behaviour !== undefined, `no behaviour for ${at}`);
    const actor = new Hosted(at, behaviour);
    this.actors.set(at, actor);
    return actor;
  }

  // oxlint-disable-next-line max-params -- an actor, its input, the time and where effects go
  private initialise(actor: Hosted, input: unknown, at: Micros, effects: Effects): Seen {
    const step = actor.behaviour.init(input) as Step<unknown>;
    const cause = { from: START, n: 0, at, entropy: 0 as Seed, message: startMessage };
    const delivery = new LiveDelivery(cause);
    actor.state = step.state;
    this.perform(actor, step.commands, delivery, effects);
    return { actor: actor.address, delivery, step };
  }

  // oxlint-disable-next-line max-params -- an actor, its commands, their cause, where effects go
  private perform(
    actor: Hosted,
    commands: ReadonlyArray<Command>,
    cause: LiveDelivery,
    effects: Effects,
  ): void {
    for (const command of commands) {
      switch (command.command) {
        case "Send":
          this.post(actor, command.to, command.message, effects);
          break;
        case "Reply":
          this.post(actor, cause.from, command.message, effects);
          break;
        case "StartTimer": {
          invariant(command.delayUs >= 0, `a timer of ${actor.address} is not in the past`);
          const dueUs = cause.atUs + command.delayUs;
          const timer = actor.mailbox.startTimer(command.key, dueUs, command.message);
          effects.arm(actor.address, timer);
          break;
        }
        case "CancelTimer":
          actor.mailbox.cancelTimer(command.key);
          break;
        case "Spawn":
          this.spawn(actor, command.address, { input: command.input, at: cause.atUs }, effects);
          break;
        case "Stop":
          actor.mailbox.stop();
          break;
        case "Publish":
          effects.publish(command.topic, command.message);
          break;
        case "PortCall":
          if (actor.mailbox.openCall(command)) effects.call(actor.address, command);
          break;
        default:
          assertNever(command);
      }
    }
  }

  // oxlint-disable-next-line max-params -- sender, receiver, message, where effects go
  private post(actor: Hosted, to: Address, message: Message, effects: Effects): void {
    const letter = { from: actor.address, to, n: actor.mailbox.takeNumber(), message };
    if (isPort(to)) return;
    if (this.isLocal(to)) this.waiting.push(letter);
    else effects.send(letter);
  }

  /** A spawned actor whose first step throws is in quarantine; its parent goes on. */
  // oxlint-disable-next-line max-params -- parent, address, what the child is given, effects
  private spawn(
    parent: Hosted,
    at: Address,
    { input, at: now }: { readonly input: unknown; readonly at: Micros },
    effects: Effects,
  ): void {
    if (this.actors.has(at)) return;
    invariant(this.isLocal(at), `${parent.address} spawns only in its own shard, not ${at}`);
    const actor = this.create(at);
    try {
      this.initialise(actor, input, now, effects);
    } catch (error) {
      this.quarantine(actor, error);
    }
  }

  /** Its persisted form. Marks of short-lived senders that were silent since `beforeUs` go. */
  image(beforeUs: number): ReplicaImage {
    const old = this.senders.silentSince(beforeUs);
    const actors = [...this.actors.values()].map((actor): ActorImage => {
      for (const sender of old) actor.mailbox.forget(sender);
      const { address: at, behaviour, mailbox, quarantine } = actor;
      const isBorn = actor.state !== undefined;
      return {
        address: at,
        state: isBorn ? codecOf(behaviour).encodeState(actor.state) : null,
        mailbox: mailbox.image((sender) => this.senders.addressOf(sender)),
        ...(quarantine === undefined ? {} : { quarantine }),
      };
    });
    this.senders.forget(old);
    return { actors, waiting: this.waiting.toArray(), heard: this.senders.image() };
  }

  /** Throws a ParseError where a state is not what its behaviour can read. */
  restore(image: ReplicaImage): void {
    invariant(this.actors.size === 0, "a restored replica is new");
    this.senders.restore(image.heard);
    for (const { address: at, state, mailbox, quarantine } of image.actors) {
      const actor = this.create(at);
      if (state !== null) actor.state = codecOf(actor.behaviour).decodeState(state);
      actor.mailbox.resume(mailbox, (sender) => this.senders.numberOf(sender, 0));
      actor.quarantine = quarantine;
    }
    for (const letter of image.waiting) this.waiting.push(letter);
  }
}

function deliveryOf(record: Delivering): LiveDelivery {
  const { to, at, entropy, message } = record;
  switch (record.what) {
    case "timer":
      return new LiveDelivery({ from: to, n: record.epoch, at, entropy, message });
    case "outcome":
      return new LiveDelivery({ from: record.from, n: 0, at, entropy, message });
    case "message":
      return new LiveDelivery({ from: record.from, n: record.n, at, entropy, message });
    default:
      throw new InvariantViolation("a record of something that is delivered");
  }
}
