/**
 * The port that says whether a machine's owner needs it now: what sensors see in one look, and what
 * the watch makes of many. A sensor that a machine does not have leaves its field undefined.
 */
import type { Power } from "./contribution/moment.ts";

/** One look at the machine. */
export interface Sighting {
  /** Seconds since somebody last touched keyboard, mouse or terminal. */
  readonly inputIdleS?: number;
  /** Share of all cores that programs other than PinGo's use, 0 to 1. */
  readonly othersLoad?: number;
  /** Share of the last ten seconds in which something waited for a core, 0 to 1. */
  readonly pressure?: number;
  readonly power: Power;
}

export interface Sensors {
  /** What costs more than reading a file may be as old as `maxAgeMs`. */
  readonly look: (maxAgeMs: number) => Promise<Sighting>;
  readonly close: () => void;
}

export type OwnerState = "busy" | "idle" | "unknown";

export interface OwnerActivity {
  readonly state: OwnerState;
  readonly power: Power;
  /** Others' share of all cores, undefined where it cannot be known. */
  readonly load: number | undefined;
  /** What told that the owner is busy or away; undefined when nothing did. */
  readonly by: "input" | "load" | "waking" | undefined;
  /** One short sentence. */
  readonly why: string;
}

export interface OwnerWatch {
  /** Told at once what is known now, then every change. Gives back how to stop listening. */
  readonly watch: (listener: (activity: OwnerActivity) => void) => () => void;
}
