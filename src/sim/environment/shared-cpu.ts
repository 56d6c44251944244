/**
 * One processor under many names: all runs of the machine share it evenly, each at most at the
 * speed of one slot (egalitarian processor sharing). Without this, who shows one machine as ten
 * would compute like ten.
 */
import type { Simulator } from "../core/simulator.ts";

interface Share {
  /** MFLOP still to do. */
  left: number;
  readonly done: () => void;
}

/** Less than this is rounding, not work: MFLOP. */
const NOTHING = 1e-3;

export class SharedCpu {
  private readonly sim: Simulator;
  /** MFLOP per microsecond. */
  private readonly ofAll: number;
  private readonly ofSlot: number;
  private readonly shares = new Map<object, Share>();
  private sinceUs: number;
  /** Number of the present plan; an end that an older one foresaw is void. */
  private plans = 0;

  /** Speeds in MFLOP per second, of the whole machine and of one slot. */
  constructor(sim: Simulator, speeds: { readonly all: number; readonly slot: number }) {
    this.sim = sim;
    this.ofAll = speeds.all / 1_000_000;
    this.ofSlot = speeds.slot / 1_000_000;
    this.sinceUs = sim.nowUs;
  }

  /** `done` is called when `mflop` have been computed, unless the run leaves before. */
  join(run: object, mflop: number, done: () => void): void {
    this.advance();
    this.shares.set(run, { left: mflop, done });
    this.plan();
  }

  leave(run: object): void {
    this.advance();
    if (this.shares.delete(run)) this.plan();
  }

  /** MFLOP that a run still has to do; undefined when it is not on the processor. */
  leftOf(run: object): number | undefined {
    this.advance();
    return this.shares.get(run)?.left;
  }

  private get rate(): number {
    return Math.min(this.ofSlot, this.ofAll / Math.max(1, this.shares.size));
  }

  private advance(): void {
    const { nowUs } = this.sim;
    const each = (nowUs - this.sinceUs) * this.rate;
    this.sinceUs = nowUs;
    if (each > 0) for (const share of this.shares.values()) share.left -= each;
  }

  private plan(): void {
    const plan = ++this.plans;
    let least = Number.POSITIVE_INFINITY;
    for (const { left } of this.shares.values()) least = Math.min(least, left);
    if (least === Number.POSITIVE_INFINITY) return;
    const inUs = Math.ceil(Math.max(0, least) / this.rate);
    this.sim.schedule(this.sim.nowUs + inUs, () => {
      if (plan !== this.plans) return;
      this.advance();
      for (const [run, { left, done }] of this.shares) {
        if (left > NOTHING) continue;
        this.shares.delete(run);
        done();
      }
      this.plan();
    });
  }
}
