/**
 * Slots under a contribution: whoever starts them asks for what a task needs, and gets no more than
 * the owner gives at the moment. When nothing is given all of them stand still at once.
 */
import type { Contribution } from "./contribution/evaluate.ts";
import type { Slot, SlotLimits, Slots } from "./slots.ts";

/** The part of a contribution that slots feel. */
export type Grant = Pick<Contribution, "slots" | "slotShare" | "memoryMib">;

interface Governed {
  readonly slot: Slot;
  asked: SlotLimits;
  pausedByUser: boolean;
}

export class Governor implements Slots {
  private readonly slots: Slots;
  private readonly started: () => void;
  /** Oldest first: when less is given the youngest wait. */
  private readonly running = new Set<Governed>();
  private grant: Grant;
  /** Slots among which memory is shared out; those of the last grant that gave any. */
  private sharers: number;

  /** `started` hears of each slot, so that the owner is looked at anew. */
  constructor(slots: Slots, grant: Grant, started: () => void = () => undefined) {
    this.slots = slots;
    this.started = started;
    this.grant = grant;
    this.sharers = Math.max(1, grant.slots);
  }

  get busySlots(): number {
    return this.running.size;
  }

  /** Returns when every slot has been told; a halt is a signal, which takes no time of theirs. */
  set(grant: Grant): void {
    this.grant = grant;
    if (grant.slots > 0) this.sharers = grant.slots;
    // Halt first: giving back does not wait for anything.
    for (const governed of this.running) this.halt(governed);
    for (const governed of this.running) governed.slot.limit(this.limitsOf(governed.asked));
  }

  start(script: URL, limits: SlotLimits): Slot {
    const slot = this.slots.start(script, this.limitsOf(limits));
    const governed: Governed = { slot, asked: limits, pausedByUser: false };
    this.running.add(governed);
    this.halt(governed);
    void this.whenEnded(governed);
    this.started();
    return {
      pid: slot.pid,
      ended: slot.ended,
      tell: (message) => slot.tell(message),
      heard: (listener) => slot.heard(listener),
      kill: () => slot.kill(),
      pause: () => {
        governed.pausedByUser = true;
        this.halt(governed);
      },
      resume: () => {
        governed.pausedByUser = false;
        this.halt(governed);
      },
      limit: (asked) => {
        governed.asked = asked;
        slot.limit(this.limitsOf(asked));
      },
    };
  }

  /** One that had to wait takes the place. */
  private async whenEnded(governed: Governed): Promise<void> {
    await governed.slot.ended;
    this.running.delete(governed);
    for (const each of this.running) this.halt(each);
  }

  private halt(governed: Governed): void {
    const waits = [...this.running].indexOf(governed) >= this.grant.slots;
    if (waits || governed.pausedByUser) governed.slot.pause();
    else governed.slot.resume();
  }

  private limitsOf({ cpuShare, memoryMib }: SlotLimits): SlotLimits {
    const { slots, slotShare, memoryMib: all } = this.grant;
    return {
      // A halted slot keeps its share: it will be set anew before it goes on.
      cpuShare: slots === 0 ? cpuShare : Math.min(cpuShare, slotShare),
      memoryMib: Math.min(memoryMib, Math.floor(all / this.sharers)),
    };
  }
}
