/**
 * Flash crowds: windows in which demand is a multiple of what it would be, everywhere or in one
 * region. A crowd wraps any rate curve, and a trace has its arrivals repeated, so it composes with
 * every open process. Windows that overlap multiply.
 */
import type { Stream } from "../../kernel/entropy.ts";
import { NEVER } from "./arrival.ts";
import type { RateCurve } from "./rate-process.ts";

/** One crowd, `fromUs <= t < toUs`; `region` -1 means everywhere. A factor below 1 is a lull. */
export interface Crowd {
  readonly fromUs: number;
  readonly toUs: number;
  readonly factor: number;
  readonly region: number;
}

/** Product of the factors of the crowds that a region is in. */
function crowdFactor(crowds: ReadonlyArray<Crowd>, region: number, atUs: number): number {
  let factor = 1;
  for (const crowd of crowds) {
    const here = crowd.region < 0 || crowd.region === region;
    if (here && atUs >= crowd.fromUs && atUs < crowd.toUs) factor *= crowd.factor;
  }
  return factor;
}

/** The curve `base` with crowds on top. */
export function withCrowds(base: RateCurve, crowds: ReadonlyArray<Crowd>): RateCurve {
  if (crowds.length === 0) return base;
  const edges = [...new Set(crowds.flatMap((crowd) => [crowd.fromUs, crowd.toUs]))];
  edges.sort((a, b) => a - b);
  return {
    rateOf: (region, atUs) => base.rateOf(region, atUs) * crowdFactor(crowds, region, atUs),
    boundOf: (region, atUs) => base.boundOf(region, atUs) * crowdFactor(crowds, region, atUs),
    nextEdge: (atUs) => Math.min(edges.find((edge) => edge > atUs) ?? NEVER, base.nextEdge(atUs)),
  };
}

/** A job of a trace that is to run: which row, when, and in which region (-1: any). */
export interface TracePick {
  readonly row: number;
  readonly atUs: number;
  readonly region: number;
}

/**
 * Rows of a trace under crowds. A row in a window stands for `factor` rows: itself with
 * probability min(1, factor), and factor − 1 more on average, each moved to a uniform instant of
 * the crowd's window so that copies do not come in bursts, and placed in the crowd's region.
 * `share(region)` is a region's part of demand: a crowd of one region multiplies that part only.
 */
export function crowdedRows(
  atUs: ArrayLike<number>,
  crowds: ReadonlyArray<Crowd>,
  share: (region: number) => number,
  stream: Stream,
): Array<TracePick> {
  const picks: Array<TracePick> = [];
  for (let row = 0; row < atUs.length; row++) {
    const at = atUs[row] ?? 0;
    let kept = 1;
    for (const crowd of crowds) {
      if (at < crowd.fromUs || at >= crowd.toUs) continue;
      const part = crowd.region < 0 ? 1 : share(crowd.region);
      const extra = (crowd.factor - 1) * part;
      if (extra < 0) kept *= 1 + extra;
      for (let copies = wholeOf(extra, stream); copies > 0; copies--) {
        const moved = crowd.fromUs + stream.unit() * (crowd.toUs - crowd.fromUs);
        picks.push({ row, atUs: Math.floor(moved), region: crowd.region });
      }
    }
    if (kept >= 1 || stream.unit() < kept) picks.push({ row, atUs: at, region: -1 });
  }
  return picks.sort((a, b) => a.atUs - b.atUs || a.row - b.row);
}

/** A whole number with mean `amount`; 0 below zero. */
function wholeOf(amount: number, stream: Stream): number {
  if (amount <= 0) return 0;
  const whole = Math.floor(amount);
  return whole + (stream.unit() < amount - whole ? 1 : 0);
}
