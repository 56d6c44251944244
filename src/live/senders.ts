/**
 * The numbers by which mailboxes know senders. Jobs come and go by the thousand, so what has been
 * silent for long is forgotten; nodes, contributors and the rest are remembered for good.
 */
import { type Address, kindOf } from "../kernel/address.ts";

/** Kinds of actors that stop for good. */
const shortLived: ReadonlySet<string> = new Set(["job", "training"]);

interface Sender {
  readonly address: Address;
  readonly number: number;
  /** Undefined: it is remembered for good. */
  heardUs: number | undefined;
}

export class Senders {
  private readonly byAddress = new Map<Address, Sender>();
  private readonly byNumber = new Map<number, Sender>();
  private next = 0;

  /** Its number; a new one is remembered as heard at `atUs`. */
  numberOf(from: Address, atUs: number): number {
    const known = this.byAddress.get(from);
    if (known !== undefined) return known.number;
    return this.add(from, shortLived.has(kindOf(from)) ? atUs : undefined).number;
  }

  /** Something new came from it; duplicates do not count, since no journal knows of them. */
  heard(from: Address, atUs: number): void {
    const known = this.byAddress.get(from);
    if (known?.heardUs !== undefined) known.heardUs = atUs;
  }

  addressOf(sender: number): Address | undefined {
    return this.byNumber.get(sender)?.address;
  }

  silentSince(beforeUs: number): ReadonlyArray<number> {
    const silent: number[] = [];
    for (const { number, heardUs } of this.byNumber.values()) {
      if (heardUs !== undefined && heardUs < beforeUs) silent.push(number);
    }
    return silent;
  }

  forget(senders: ReadonlyArray<number>): void {
    for (const sender of senders) {
      const known = this.byNumber.get(sender);
      if (known === undefined) continue;
      this.byNumber.delete(sender);
      this.byAddress.delete(known.address);
    }
  }

  /** When each short-lived sender was last heard. */
  image(): ReadonlyArray<readonly [Address, number]> {
    const image: Array<readonly [Address, number]> = [];
    for (const { address, heardUs } of this.byNumber.values()) {
      if (heardUs !== undefined) image.push([address, heardUs]);
    }
    return image;
  }

  restore(image: ReadonlyArray<readonly [Address, number]>): void {
    for (const [from, heardUs] of image) this.add(from, heardUs);
  }

  private add(address: Address, heardUs: number | undefined): Sender {
    const sender: Sender = { address, number: this.next++, heardUs };
    this.byAddress.set(address, sender);
    this.byNumber.set(sender.number, sender);
    return sender;
  }
}
