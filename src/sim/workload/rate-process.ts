/**
 * Arrivals at a rate that changes in time: a superposed Poisson process over all regions, thinned
 * (P. A. W. Lewis and G. S. Shedler, Naval Research Logistics Quarterly 26, 1979). Between two
 * edges of the curve its own bound holds, so a short crowd does not slow the rest of the run.
 */
import { Stream } from "../../kernel/entropy.ts";
import { exponential } from "../numbers/distributions.ts";
import { type Arrival, type ArrivalProcess, NEVER, noArrival } from "./arrival.ts";
import { type Demand, pickShare } from "./demand.ts";
import type { JobSizes } from "./job-sizes.ts";

/** Jobs per microsecond of each region in time. */
export interface RateCurve {
  /** Rate of one region at an instant. */
  rateOf(region: number, atUs: number): number;
  /** At least the rate of the region at every instant from `atUs` to the next edge. */
  boundOf(region: number, atUs: number): number;
  /** First instant after `atUs` at which a bound may change; {@link NEVER} when none. */
  nextEdge(atUs: number): number;
}

/** What a rate process is built from. */
export interface RateProcessOptions {
  readonly curve: RateCurve;
  readonly demand: Demand;
  readonly sizes: JobSizes;
  readonly seed: number;
  readonly startUs: number;
}

/** An open process over a rate curve. O(regions) a candidate, O(1) in the requesters. */
export class RateProcess implements ArrivalProcess {
  private readonly curve: RateCurve;
  private readonly demand: Demand;
  private readonly sizes: JobSizes;
  private readonly arrivals: Stream;
  private readonly who: Stream;
  private readonly rates: Float64Array;
  private readonly arrival = noArrival();
  private lastUs: number;
  /** What rounding to whole microseconds took from the last arrival. */
  private fraction = 0;

  constructor(options: RateProcessOptions) {
    this.curve = options.curve;
    this.demand = options.demand;
    this.sizes = options.sizes;
    this.arrivals = new Stream(options.seed, "workload/arrivals");
    this.who = new Stream(options.seed, "workload/requester");
    this.rates = new Float64Array(options.demand.shares.length);
    this.lastUs = options.startUs;
  }

  next(nowUs: number): Arrival {
    if (nowUs > this.lastUs) {
      this.lastUs = nowUs;
      this.fraction = 0;
    }
    const region = this.advance();
    this.arrival.atUs = this.lastUs;
    if (region < 0) return this.arrival;
    this.arrival.region = region;
    this.arrival.requester = this.demand.draw(region, this.who);
    this.sizes.fill(this.arrival);
    return this.arrival;
  }

  completed(): undefined {
    return undefined;
  }

  /** Moves to the next arrival; its region, or -1 when there is none. */
  private advance(): number {
    const { curve, arrivals, rates } = this;
    for (;;) {
      const fromUs = this.lastUs;
      const edgeUs = curve.nextEdge(fromUs);
      let bound = 0;
      for (let r = 0; r < rates.length; r++) bound += curve.boundOf(r, fromUs);
      const wait = bound > 0 ? this.fraction + exponential(arrivals, 1 / bound) : Infinity;
      if (fromUs + wait >= edgeUs) {
        this.fraction = 0;
        this.lastUs = edgeUs;
        if (edgeUs === NEVER) return -1;
        continue;
      }
      const whole = Math.floor(wait);
      this.lastUs = fromUs + whole;
      this.fraction = wait - whole;
      let rate = 0;
      for (let r = 0; r < rates.length; r++) {
        const each = curve.rateOf(r, this.lastUs);
        rates[r] = each;
        rate += each;
      }
      const target = arrivals.unit() * bound;
      if (target < rate) return pickShare(rates, rate, target / rate);
    }
  }
}
