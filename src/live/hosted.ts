/** One actor as a shard holds it, and a message as its step sees it. */
import type { Address } from "../kernel/address.ts";
import type { AnyBehaviour } from "../kernel/behaviour.ts";
import type { Micros } from "../kernel/duration.ts";
import type { Seed } from "../kernel/entropy.ts";
import { Mailbox } from "../kernel/mailbox.ts";
import type { Message, MessageId } from "../kernel/message.ts";

/** Owned by its shard's replica. */
export class Hosted {
  readonly address: Address;
  readonly behaviour: AnyBehaviour;
  readonly mailbox = new Mailbox();
  state: unknown = undefined;
  /** Why it takes nothing any more: a step of it threw. */
  quarantine: string | undefined = undefined;

  constructor(address: Address, behaviour: AnyBehaviour) {
    this.address = address;
    this.behaviour = behaviour;
  }
}

/** Who sent what, and when it arrived. */
interface Arrived {
  readonly from: Address;
  /** The sender's counter; a timer's epoch; 0 for ports. */
  readonly n: number;
  readonly at: Micros;
  readonly entropy: Seed;
  readonly message: Message;
}

/** The same fields as the simulator's deliveries, so that a step cannot tell the shells apart. */
export class LiveDelivery {
  readonly type: string;
  readonly from: Address;
  readonly n: number;
  readonly atUs: Micros;
  readonly entropy: Seed;
  readonly message: Message;

  constructor({ from, n, at, entropy, message }: Arrived) {
    this.type = message.type;
    this.from = from;
    this.n = n;
    this.atUs = at;
    this.entropy = entropy;
    this.message = message;
  }

  get id(): MessageId {
    return `${this.from}#${this.n}` as MessageId;
  }
}
