/** One actor as the simulator hosts it, and a message on its way to one. Owned by the simulator. */
import type { Address } from "../../kernel/address.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import type { Micros } from "../../kernel/duration.ts";
import { hashText, mix32, type Seed } from "../../kernel/entropy.ts";
import type { Mailbox } from "../../kernel/mailbox.ts";
import type { Message, MessageId } from "../../kernel/message.ts";

/** Why an actor does not take deliveries now; 0 means that it does. */
export const Down = { crashed: 1, off: 2, paused: 4, stopped: 8, unborn: 16 } as const;

/** What is due when the last reason to be down ends: restart from persisted form, commands. */
export const Owed = { revival: 1, reissue: 2 } as const;

export interface HostedParts {
  readonly address: Address;
  readonly behaviour: AnyBehaviour;
  readonly index: number;
  readonly host: number;
  readonly mailbox: Mailbox;
  readonly seed: number;
}

/** What few actors have at any time: most of a million idle ones do without this object. */
class Extras {
  /** Its clock minus the simulator's, microseconds. */
  skewUs = 0;
  /** Messages that wait for it to be up again, in the order of their arrival. */
  held: Envelope[] | undefined = undefined;
  /** Set while the next step is to be journalled but not published. */
  crashAfterAppend: (() => void) | undefined = undefined;
  /** Spawned actors only: whom they wrote to, until they are forgotten. */
  contacts: Hosted[] | undefined = undefined;
  /** Runs of the model runner on this actor's machine, by call key. */
  runs: Map<string, unknown> | undefined = undefined;

  get isEmpty(): boolean {
    return (
      this.runs === undefined &&
      this.skewUs === 0 &&
      this.held === undefined &&
      this.crashAfterAppend === undefined &&
      this.contacts === undefined
    );
  }
}

export class Hosted {
  state: unknown = undefined;
  /** Bits of {@link Down}. */
  down = 0;
  /** Bits of {@link Owed}. */
  owed = 0;
  /** Counter of everything this actor scheduled: the second part of the tie-break. */
  seq = 0;
  /** Counter of its deliveries: position in its entropy stream. */
  drawn = 0;
  private extras: Extras | undefined = undefined;
  readonly address: Address;
  readonly behaviour: AnyBehaviour;
  /**
   * Dense number: index of its network draws, and first part of the tie-break between
   * simultaneous events.
   */
  readonly index: number;
  /** The machine it runs on, an index into the network's hosts. */
  readonly host: number;
  mailbox: Mailbox;
  /** Entropy stream keys, from the run's seed and the address alone. */
  readonly k0: number;
  readonly k1: number;

  constructor(parts: HostedParts) {
    const { address, seed } = parts;
    this.address = address;
    this.behaviour = parts.behaviour;
    this.index = parts.index;
    this.host = parts.host;
    this.mailbox = parts.mailbox;
    // As signed words: small integers that need no box.
    this.k0 = mix32(hashText(address) ^ mix32(seed | 0)) | 0;
    this.k1 = mix32(hashText(address, 0x5bd1e995) + mix32(Math.floor(seed / 4294967296))) | 0;
  }

  private set<K extends "skewUs" | "held" | "crashAfterAppend" | "contacts" | "runs">(
    key: K,
    value: Extras[K],
  ): void {
    if (this[key] === value) return;
    this.extras ??= new Extras();
    this.extras[key] = value;
    if (this.extras.isEmpty) this.extras = undefined;
  }

  get skewUs(): number {
    return this.extras === undefined ? 0 : this.extras.skewUs;
  }
  set skewUs(by: number) {
    this.set("skewUs", by);
  }

  get held(): Envelope[] | undefined {
    return this.extras?.held;
  }
  set held(envelopes: Envelope[] | undefined) {
    this.set("held", envelopes);
  }

  get crashAfterAppend(): (() => void) | undefined {
    return this.extras?.crashAfterAppend;
  }
  set crashAfterAppend(crash: (() => void) | undefined) {
    this.set("crashAfterAppend", crash);
  }

  get contacts(): Hosted[] | undefined {
    return this.extras?.contacts;
  }
  set contacts(actors: Hosted[] | undefined) {
    this.set("contacts", actors);
  }

  get runs(): Map<string, unknown> | undefined {
    return this.extras?.runs;
  }
  set runs(runs: Map<string, unknown> | undefined) {
    this.set("runs", runs);
  }
}

/** A message on its way, and then the delivery that the receiver's step sees. */
export class Envelope {
  readonly kind = 0;
  readonly type: string;
  atUs = 0 as Micros;
  entropy = 0 as Seed;

  readonly target: Hosted;
  readonly from: Address;
  /** Null for ports and the environment, which have no counter. */
  readonly sender: Hosted | null;
  /** Of the sender, copied: looking there at each arrival would be one cache miss more. */
  readonly senderIndex: number;
  readonly senderKey: number;
  readonly n: number;
  readonly message: Message;

  // oxlint-disable-next-line max-params -- one per message: an options object would be garbage
  constructor(target: Hosted, from: Address, sender: Hosted | null, n: number, message: Message) {
    this.type = message.type;
    this.target = target;
    this.from = from;
    this.sender = sender;
    this.senderIndex = sender === null ? -1 : sender.index;
    this.senderKey = sender === null ? 0 : sender.k0;
    this.n = n;
    this.message = message;
  }

  get id(): MessageId {
    return `${this.from}#${this.n}` as MessageId;
  }
}
