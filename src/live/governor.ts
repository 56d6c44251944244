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
  /** In the order in which they began to work: when less is given the latest wait. */
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

  /** Slots that have something to do, whether or not they may at the moment. */
  get busySlots(): number {
    return this.working().length;
  }

  /** Returns when every slot has been told; a halt is a signal, which takes no time of theirs. */
  set(grant: Grant): void {
    this.grant = grant;
    if (grant.slots > 0) this.sharers = grant.slots;
    // Halt first: giving back does not wait for anything.
    this.halt();
    for (const governed of this.running) governed.slot.limit(this.limitsOf(governed.asked));
  }

  start(script: URL, limits: SlotLimits): Slot {
    const slot = this.slots.start(script, this.limitsOf(limits));
    const governed: Governed = { slot, asked: limits, pausedByUser: false };
    this.running.add(governed);
    this.halt();
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
        this.halt();
      },
      resume: () => {
        if (!governed.pausedByUser) return;
        governed.pausedByUser = false;
        if (this.running.delete(governed)) this.running.add(governed);
        this.halt();
        this.started();
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
    this.halt();
  }

  private working(): ReadonlyArray<Governed> {
    return [...this.running].filter(({ pausedByUser }) => !pausedByUser);
  }

  /** Those that wait are halted before others go on. */
  private halt(): void {
    const goOn = new Set(this.working().slice(0, this.grant.slots));
    for (const governed of this.running) if (!goOn.has(governed)) governed.slot.pause();
    for (const governed of goOn) governed.slot.resume();
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
