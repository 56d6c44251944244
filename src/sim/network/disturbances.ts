/**
 * Troubles that the fault injector puts on the network and takes off again: cuts, clogs, bursts of
 * loss. Groups are compiled to one byte per host when a trouble starts, so asking costs array
 * reads.
 */
import { invariant } from "../../kernel/invariant.ts";

/** Hosts, by number or by the site they stand on (a row, for a matrix); the union of both. */
export interface Group {
  readonly sites?: ReadonlyArray<number>;
  readonly hosts?: ReadonlyArray<number>;
}

/** Messages from `from` to `to` stop, and back too unless `oneWay`. No `to` means all others. */
export interface Cut {
  readonly id: number;
  readonly from: Group;
  readonly to?: Group;
  readonly oneWay?: boolean;
}

/** Messages that leave or reach the group take `factor` times as long and `extraDelayUs` more. */
export interface Clog extends Group {
  readonly id: number;
  readonly extraDelayUs?: number;
  readonly factor?: number;
}

/** Messages that leave or reach the group are lost with this probability besides the usual one. */
export interface LossBurst extends Group {
  readonly id: number;
  /** In [0, 1). */
  readonly loss: number;
}

interface CompiledCut {
  readonly id: number;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly oneWay: boolean;
}
interface CompiledClog {
  readonly id: number;
  readonly members: Uint8Array;
  readonly extraDelayUs: number;
  readonly factor: number;
}
interface CompiledBurst {
  readonly id: number;
  readonly members: Uint8Array;
  readonly loss: number;
}

/** What is wrong with the network now. */
export class Disturbances {
  private cuts: Array<CompiledCut> = [];
  private clogs: Array<CompiledClog> = [];
  private bursts: Array<CompiledBurst> = [];
  private readonly hostCount: number;
  private readonly siteOf: (host: number) => number;

  constructor(hostCount: number, siteOf: (host: number) => number) {
    this.hostCount = hostCount;
    this.siteOf = siteOf;
  }

  /** How many are installed. */
  get size(): number {
    return this.cuts.length + this.clogs.length + this.bursts.length;
  }

  addCut(cut: Cut): void {
    this.demandNew(cut.id);
    const from = this.members(cut.from);
    const to = cut.to === undefined ? from.map((inside) => 1 - inside) : this.members(cut.to);
    this.cuts.push({ id: cut.id, from, to, oneWay: cut.oneWay ?? false });
  }

  addClog(clog: Clog): void {
    this.demandNew(clog.id);
    const { id, extraDelayUs = 0, factor = 1 } = clog;
    invariant(extraDelayUs >= 0 && factor >= 1, `clog ${id} would speed messages up`);
    this.clogs.push({ id, members: this.members(clog), extraDelayUs, factor });
  }

  addLossBurst(burst: LossBurst): void {
    this.demandNew(burst.id);
    const { id, loss } = burst;
    invariant(loss >= 0 && loss < 1, `loss burst ${id} needs a probability in [0, 1)`);
    this.bursts.push({ id, members: this.members(burst), loss });
  }

  /** Ends a trouble; false when there is none of that id. */
  remove(id: number): boolean {
    const before = this.size;
    const keep = (one: { readonly id: number }): boolean => one.id !== id;
    this.cuts = this.cuts.filter(keep);
    this.clogs = this.clogs.filter(keep);
    this.bursts = this.bursts.filter(keep);
    return this.size < before;
  }

  /** Id of the longest-standing cut between two hosts in this direction, or -1. */
  cutBetween(from: number, to: number): number {
    if (from === to) return -1;
    for (const cut of this.cuts) {
      if (cut.from[from] === 1 && cut.to[to] === 1) return cut.id;
      if (!cut.oneWay && cut.from[to] === 1 && cut.to[from] === 1) return cut.id;
    }
    return -1;
  }

  /** What `delayUs` becomes behind every clog the message meets. */
  cloggedUs(from: number, to: number, delayUs: number): number {
    let us = delayUs;
    for (const clog of this.clogs) {
      if (clog.members[from] === 1 || clog.members[to] === 1) {
        us = Math.round(us * clog.factor) + clog.extraDelayUs;
      }
    }
    return us;
  }

  /** Probability of loss when `loss` is the usual one; causes of loss are independent. */
  lossBetween(from: number, to: number, loss: number): number {
    let arrives = 1 - loss;
    for (const burst of this.bursts) {
      if (burst.members[from] === 1 || burst.members[to] === 1) arrives *= 1 - burst.loss;
    }
    return 1 - arrives;
  }

  private demandNew(id: number): void {
    const taken = (one: { readonly id: number }): boolean => one.id === id;
    const known = this.cuts.some(taken) || this.clogs.some(taken) || this.bursts.some(taken);
    invariant(id >= 0 && !known, `disturbance ${id} is already installed`);
  }

  private members(group: Group): Uint8Array {
    const members = new Uint8Array(this.hostCount);
    for (const host of group.hosts ?? []) {
      invariant(host >= 0 && host < this.hostCount, `no host ${host}`);
      members[host] = 1;
    }
    if (group.sites !== undefined && group.sites.length > 0) {
      const sites = new Set(group.sites);
      for (let host = 0; host < this.hostCount; host++) {
        if (sites.has(this.siteOf(host))) members[host] = 1;
      }
    }
    return members;
  }
}
