/** The entries of the event queue. `kind` comes first in each, for the simulator's one switch. */
import type { Address } from "../../kernel/address.ts";
import type { Micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import type { Hosted } from "./hosted.ts";

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
  readonly n: number;
  readonly message: Message;

  // oxlint-disable-next-line max-params -- one per message: an options object would be garbage
  constructor(target: Hosted, from: Address, sender: Hosted | null, n: number, message: Message) {
    this.type = message.type;
    this.target = target;
    this.from = from;
    this.sender = sender;
    this.n = n;
    this.message = message;
  }

  get id(): MessageId {
    return `${this.from}#${this.n}` as MessageId;
  }
}

export class TimerDue {
  readonly kind = 1;
  readonly target: Hosted;
  readonly key: string;
  readonly epoch: number;

  constructor(target: Hosted, key: string, epoch: number) {
    this.target = target;
    this.key = key;
    this.epoch = epoch;
  }
}

/** Something of the environment: a fault, a machine's transition, an arrival, a port's end of work. */
export class Happening {
  readonly kind = 2;
  happen: () => void;

  constructor(happen: () => void) {
    this.happen = happen;
  }
}

export type Occurrence = Envelope | TimerDue | Happening;
