/**
 * What many looks at a machine say about its owner. Coming back is believed at once, leaving only
 * after a while; others' load counts quickly when it rises and slowly when it falls, so that work
 * does not stop and go with every pause of a compiler. The figures are BOINC's. Pure.
 */
import type { OwnerActivity, Sighting } from "./owner.ts";

/** Above this others' load the owner counts as busy where no input can be seen. */
const BUSY_LOAD = 0.25;
const RISES_S = 5;
const FALLS_S = 20;
/** What was seen of load longer ago says nothing about now. */
const STALE_S = 15;

export class OwnerJudge {
  private readonly idleAfterS: number;
  private load: number | undefined;
  private atS: number | undefined;
  private wokeS: number | undefined;

  constructor(idleAfterUs: number) {
    this.idleAfterS = idleAfterUs / 1_000_000;
  }

  /** The machine slept until now: somebody woke it, whatever the sensors can see. */
  woke(atS: number): void {
    this.wokeS = atS;
    this.atS = undefined;
    this.load = undefined;
  }

  /** `atS`: seconds on a clock that only goes forward. */
  judge(seen: Sighting, atS: number): OwnerActivity {
    this.follow(seen.othersLoad, atS);
    const { load } = this;
    return { ...this.stateOf(seen, atS), power: seen.power, load };
  }

  private follow(load: number | undefined, atS: number): void {
    if (load === undefined) {
      if (this.atS !== undefined && atS - this.atS > STALE_S) this.load = undefined;
      return;
    }
    const before = this.load;
    const passed = atS - (this.atS ?? atS);
    this.atS = atS;
    if (before === undefined) {
      this.load = load;
      return;
    }
    const slowness = load > before ? RISES_S : FALLS_S;
    this.load = before + (load - before) * (1 - Math.exp(-passed / slowness));
  }

  private stateOf(
    { inputIdleS }: Sighting,
    atS: number,
  ): Pick<OwnerActivity, "state" | "by" | "why"> {
    if (inputIdleS !== undefined) {
      const gone = `no input for ${lengthText(inputIdleS)}`;
      if (inputIdleS < this.idleAfterS) {
        const why = inputIdleS < 10 ? "somebody is at the machine" : gone;
        return { state: "busy", by: "input", why };
      }
      return { state: "idle", by: "input", why: gone };
    }
    const since = this.wokeS === undefined ? Number.POSITIVE_INFINITY : atS - this.wokeS;
    if (since < this.idleAfterS) {
      return { state: "busy", by: "waking", why: `the machine woke up ${lengthText(since)} ago` };
    }
    if (this.load === undefined) {
      return { state: "unknown", by: undefined, why: "neither input nor load can be seen" };
    }
    const percent = `${Math.round(this.load * 100)} %`;
    if (this.load > BUSY_LOAD) {
      return { state: "busy", by: "load", why: `other programs use ${percent}` };
    }
    return {
      state: "idle",
      by: "load",
      why: `input cannot be seen, other programs use ${percent}`,
    };
  }
}

function lengthText(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h`;
}
