/** Between the network's word on a message and the event queue: arrivals, second copies, cuts. */
import type { Network } from "../network/link.ts";
import type { EventQueue } from "./event-queue.ts";
import { Envelope, type Hosted } from "./hosted.ts";
import type { Occurrence } from "./occurrence.ts";
import { orderOf } from "./order.ts";

export class Transport {
  private readonly network: Network;
  private readonly messageBytes: number;
  private readonly queue: EventQueue<Occurrence>;
  /** By the cut that is in the way, in the order of sending. */
  private readonly blocked = new Map<number, Envelope[]>();

  constructor(network: Network, messageBytes: number, queue: EventQueue<Occurrence>) {
    this.network = network;
    this.messageBytes = messageBytes;
    this.queue = queue;
  }

  /** True while no message waits for a cut to end. */
  get isClear(): boolean {
    return this.blocked.size === 0;
  }

  /** Puts an envelope of an actor on the network, or aside while a cut is in its way. */
  carry(envelope: Envelope, nowUs: number): void {
    const sender = envelope.sender as Hosted;
    const { target } = envelope;
    const { network } = this;
    network.transmit(
      sender.host,
      target.host,
      sender.index,
      target.index,
      this.messageBytes,
      nowUs,
      true,
    );
    if (network.blockedBy >= 0) {
      const waiting = this.blocked.get(network.blockedBy);
      if (waiting === undefined) this.blocked.set(network.blockedBy, [envelope]);
      else waiting.push(envelope);
      return;
    }
    const { arrivalUs, duplicateUs } = network;
    this.queue.push(arrivalUs, orderOf(sender), envelope);
    if (duplicateUs >= 0) {
      const { from, n, message } = envelope;
      const copy = new Envelope(target, from, sender, n, message);
      this.queue.push(duplicateUs, orderOf(sender), copy);
    }
  }

  /** Ends a disturbance and sends on what it had stopped, in order. */
  heal(disturbance: number, nowUs: number): void {
    this.network.remove(disturbance);
    const waiting = this.blocked.get(disturbance) ?? [];
    this.blocked.delete(disturbance);
    for (const envelope of waiting) this.carry(envelope, nowUs);
  }
}
