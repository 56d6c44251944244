/**
 * What the simulator still knows of spawned actors. When one has stopped, messages of it may be on
 * their way for a while; after a quarantine its number and its marks at the actors it wrote to
 * are forgotten, so that memory follows the actors that live, not all that ever did.
 */
import type { Address } from "../../kernel/address.ts";
import { HOUR } from "../../kernel/duration.ts";
import type { Hosted } from "./hosted.ts";

/** Longer than a message may be on its way; partitions and crashes keep everything anyway. */
const QUARANTINE_US = 2 * HOUR;

export class Spawned {
  private readonly byIndex = new Map<number, Hosted>();
  private readonly ended = new Map<Address, Hosted>();
  private readonly waiting: Array<{ readonly actor: Hosted; readonly sinceUs: number }> = [];
  private head = 0;

  add(actor: Hosted): void {
    actor.contacts = [];
    this.byIndex.set(actor.index, actor);
  }

  at(index: number): Hosted | undefined {
    return this.byIndex.get(index);
  }

  /** An actor that stopped not long ago. */
  endedAt(address: Address): Hosted | undefined {
    return this.ended.get(address);
  }

  end(actor: Hosted, nowUs: number): void {
    this.ended.set(actor.address, actor);
    // An actor of the start keeps its number for good.
    if (actor.contacts !== undefined) this.waiting.push({ actor, sinceUs: nowUs });
  }

  /** Forgets those whose quarantine is over. */
  sweep(nowUs: number): void {
    for (;;) {
      const oldest = this.waiting[this.head];
      if (oldest === undefined || nowUs - oldest.sinceUs < QUARANTINE_US) break;
      this.head++;
      const { actor } = oldest;
      for (const contact of actor.contacts ?? []) contact.mailbox.forget(actor.index);
      actor.contacts = undefined;
      this.byIndex.delete(actor.index);
      this.ended.delete(actor.address);
    }
    if (this.head > 1024 && this.head * 2 > this.waiting.length) {
      this.waiting.splice(0, this.head);
      this.head = 0;
    }
  }
}
