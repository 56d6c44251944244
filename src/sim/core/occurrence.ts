/** The entries of the event queue. `kind` comes first in each, for the simulator's one switch. */
import type { Envelope, Hosted } from "./hosted.ts";

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

/** Something of the environment: a fault, a machine's transition, an arrival, work that ends. */
export class Happening {
  readonly kind = 2;
  /** Whom it concerns, if one actor. */
  readonly target: Hosted | undefined;
  happen: () => void;

  constructor(happen: () => void, target?: Hosted) {
    this.happen = happen;
    this.target = target;
  }
}

export type Occurrence = Envelope | TimerDue | Happening;
