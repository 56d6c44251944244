/**
 * Slots that wait for the next task instead of being started for each: starting Node and the
 * runtime takes a fifth of a second, and the session of a model that is used again is still open.
 * A slot in which a run was ended is gone; one that has nothing to do for a while goes as well, so
 * that an idle agent holds no memory.
 */
import type { Slot, SlotEnd, SlotLimits, Slots } from "../../live/slots.ts";
import type { ChildReply, ChildTask } from "./child-messages.ts";

const IDLE_MS = 20_000;

export type Word = ChildReply | { readonly type: "gone"; readonly end: SlotEnd };

/** A slot while one run has it. */
export interface Worker {
  readonly tell: (task: ChildTask) => void;
  /** Whatever the slot says from now on, and its end. */
  readonly listen: (heard: (word: Word) => void) => void;
  /** For the next run. */
  readonly giveBack: () => void;
  readonly kill: () => Promise<void>;
}

interface Held {
  readonly slot: Slot;
  heard: ((word: Word) => void) | undefined;
  idle: NodeJS.Timeout | undefined;
}

/** Beside this file, whether it is the source or what was built from it. */
const script = new URL(
  import.meta.url.endsWith(".ts") ? "./child.ts" : "./child.js",
  import.meta.url,
);

export class SlotPool {
  private readonly slots: Slots;
  private readonly limits: () => SlotLimits;
  private readonly all = new Set<Held>();
  private readonly idle: Held[] = [];

  constructor(slots: Slots, limits: () => SlotLimits) {
    this.slots = slots;
    this.limits = limits;
  }

  take(): Worker {
    const held = this.idle.pop() ?? this.start();
    clearTimeout(held.idle);
    held.idle = undefined;
    held.slot.limit(this.limits());
    held.slot.resume();
    return {
      tell: (task) => held.slot.tell(task),
      listen: (heard) => {
        held.heard = heard;
      },
      giveBack: () => this.rest(held),
      kill: () => this.kill(held),
    };
  }

  /** Lets go of the slots that have nothing to do. */
  async drop(): Promise<void> {
    await Promise.all(this.idle.map((held) => this.kill(held)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((held) => this.kill(held)));
  }

  private start(): Held {
    const slot = this.slots.start(script, this.limits());
    const held: Held = { slot, heard: undefined, idle: undefined };
    this.all.add(held);
    slot.heard((word) => held.heard?.(word as ChildReply));
    void slot.ended.then((end) => {
      this.forget(held);
      held.heard?.({ type: "gone", end });
      return undefined;
    });
    return held;
  }

  private rest(held: Held): void {
    held.heard = undefined;
    if (!this.all.has(held)) return;
    this.idle.push(held);
    // One that rests takes no place among those that work.
    held.slot.pause();
    held.idle = setTimeout(() => void this.kill(held), IDLE_MS);
    held.idle.unref();
  }

  private async kill(held: Held): Promise<void> {
    this.forget(held);
    await held.slot.kill();
  }

  private forget(held: Held): void {
    this.all.delete(held);
    clearTimeout(held.idle);
    const at = this.idle.indexOf(held);
    if (at >= 0) this.idle.splice(at, 1);
  }
}
