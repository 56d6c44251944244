/**
 * Who asks. Requesters have weights (say, in proportion to their machines' capacity; a free rider
 * has a weight and no machine) and may live in regions with their own local time.
 */
import type { Stream } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import { AliasTable } from "./alias-table.ts";

/** Requesters of a run, by index. All arrays of requesters have one length. */
export interface Requesters {
  /** Demand weight of each requester; without it the process leaves the choice to the caller. */
  readonly weights?: ArrayLike<number>;
  /** Index into `regions` of each requester; without it all live in region 0. */
  readonly region?: ArrayLike<number>;
  /** Regions by name with their local time minus UTC in minutes; by default one, in UTC. */
  readonly regions?: ReadonlyArray<{ readonly name: string; readonly utcOffsetMinutes: number }>;
}

/** Shares of demand by region and a weighted draw inside one, O(1). */
export class Demand {
  /** Share of all demand of each region; they sum to 1. */
  readonly shares: Float64Array;
  readonly offsetMinutes: ReadonlyArray<number>;
  readonly names: ReadonlyArray<string>;
  private readonly members: ReadonlyArray<Uint32Array>;
  private readonly tables: ReadonlyArray<AliasTable | undefined>;

  constructor(requesters: Requesters) {
    const regions = requesters.regions ?? [{ name: "all", utcOffsetMinutes: 0 }];
    invariant(regions.length > 0, "demand needs a region");
    this.names = regions.map((region) => region.name);
    this.offsetMinutes = regions.map((region) => region.utcOffsetMinutes);
    this.shares = new Float64Array(regions.length);
    const weights = requesters.weights;
    if (weights === undefined) {
      this.shares.fill(1 / regions.length);
      this.members = [];
      this.tables = [];
      return;
    }
    this.members = membersOf(requesters, weights.length, regions.length);
    const sums = this.members.map((of) => of.reduce((sum, i) => sum + (weights[i] ?? 0), 0));
    const total = sums.reduce((sum, each) => sum + each, 0);
    invariant(total > 0, "at least one requester has a positive weight");
    this.tables = this.members.map((of, region) =>
      (sums[region] ?? 0) > 0
        ? new AliasTable(Float64Array.from(of, (i) => weights[i] ?? 0))
        : undefined,
    );
    for (const [region, sum] of sums.entries()) this.shares[region] = sum / total;
  }

  /** Index of the region called `name`; -1 when there is none. */
  regionNamed(name: string): number {
    return this.names.indexOf(name);
  }

  /** A requester of `region`, by weight; -1 when no weights are known. */
  draw(region: number, stream: Stream): number {
    const table = this.tables[region];
    return table === undefined ? -1 : (this.members[region]?.[table.draw(stream)] ?? -1);
  }

  /** A region by its share. One draw. */
  drawRegion(stream: Stream): number {
    return pickShare(this.shares, 1, stream.unit());
  }
}

/** Index on which `unit` falls when `parts`, which sum to `total`, are laid end to end. */
export function pickShare(parts: ArrayLike<number>, total: number, unit: number): number {
  let target = unit * total;
  let last = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? 0;
    if (part <= 0) continue;
    if (target < part) return i;
    target -= part;
    last = i;
  }
  return last;
}

function membersOf(requesters: Requesters, count: number, regions: number): Array<Uint32Array> {
  const lists: Array<Array<number>> = Array.from({ length: regions }, () => []);
  for (let i = 0; i < count; i++) {
    const list = lists[requesters.region?.[i] ?? 0];
    invariant(list !== undefined, `requester ${i} lives in an unknown region`);
    list.push(i);
  }
  return lists.map((list) => Uint32Array.from(list));
}
