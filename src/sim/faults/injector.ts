/**
 * Makes the declared faults happen: at their times or at drawn ones, on the actors or the part of
 * the world they name. Each fault draws from a stream of its own, named by its kind and its place
 * among those of that kind, so taking a fault away leaves those of other kinds as they were: that
 * is what shrinking a failing scenario needs.
 */
import { DAY, HOUR } from "../../kernel/duration.ts";
import { Stream } from "../../kernel/entropy.ts";
import { assertNever } from "../../kernel/invariant.ts";
import { Down, type Hosted } from "../core/hosted.ts";
import type { Simulator } from "../core/simulator.ts";
import type { SimModelRunner } from "../environment/model-runner.ts";
import { exponential } from "../numbers/distributions.ts";
import type { FaultRecord } from "../run/result.ts";
import type { Fault, Region } from "../scenario/faults.ts";

/** What the injector must know of the world. */
export interface FaultWorld {
  readonly sim: Simulator;
  readonly runner: SimModelRunner;
  readonly seed: number;
  readonly startUs: number;
  readonly endUs: number;
  /** Actors of a kind that exist at the start, sorted by address. */
  readonly actorsOf: (kind: string) => ReadonlyArray<Hosted>;
  /** Hosts (numbers of the network) in a part of the world. */
  readonly hostsIn: (region: Region) => ReadonlyArray<number>;
  /** Hosts in a drawn share of the cities. */
  readonly hostsOfShare: (share: number, stream: Stream) => ReadonlyArray<number>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Span = Mutable<FaultRecord["spans"][number]>;

/** One declared fault with its history and its way back to health. */
class Declared {
  readonly record: Omit<Mutable<FaultRecord>, "spans"> & { readonly spans: Span[] };
  readonly stream: Stream;
  readonly fault: Fault;

  constructor(fault: Fault, nth: number, seed: number) {
    this.fault = fault;
    this.stream = new Stream(seed, `fault/${fault.kind}/${nth}`);
    const target = "target" in fault ? fault.target : placeOf(fault);
    this.record = { kind: fault.kind, target, fired: 0, spans: [] };
  }
}

function placeOf(fault: Fault): string {
  if ("region" in fault && fault.region !== undefined) return fault.region;
  if ("share" in fault && fault.share !== undefined) return `${fault.share} of the network`;
  return "everywhere";
}

/** Spans kept per fault for the report; the count goes on. */
const SPANS_MAX = 500;

export class FaultInjector {
  private readonly world: FaultWorld;
  private readonly declared: ReadonlyArray<Declared>;
  /** What is wrong now, by how to end it; insertion order is the order of healing. */
  private readonly active = new Set<() => void>();
  private disturbances = 0;
  private ended = false;

  constructor(world: FaultWorld, faults: ReadonlyArray<Fault>) {
    this.world = world;
    const seen = new Map<string, number>();
    this.declared = faults.map((fault) => {
      const nth = seen.get(fault.kind) ?? 0;
      seen.set(fault.kind, nth + 1);
      return new Declared(fault, nth, world.seed);
    });
  }

  get records(): ReadonlyArray<FaultRecord> {
    return this.declared.map((each) => each.record);
  }

  start(): void {
    for (const each of this.declared) {
      const { fault } = each;
      if (fault.kind === "wrong-result") this.spoil(each, fault);
      else if (fault.at !== undefined) {
        this.world.sim.schedule(this.world.startUs + fault.at, () => this.strike(each));
      } else this.awaitRandom(each, fault, this.world.startUs + (fault.from ?? 0));
    }
  }

  /** Ends every fault under way; none begins any more. */
  heal(): void {
    this.ended = true;
    // Ending one takes it out of the set, which iteration allows.
    for (const end of this.active) end();
  }

  private awaitRandom(
    each: Declared,
    fault: { readonly perHour?: number | undefined; readonly to?: number | undefined },
    fromUs: number,
  ): void {
    const perHour = fault.perHour ?? 1;
    const atUs = fromUs + Math.round(exponential(each.stream, HOUR / perHour));
    const lastUs = fault.to === undefined ? this.world.endUs : this.world.startUs + fault.to;
    if (atUs > lastUs) return;
    this.world.sim.schedule(atUs, () => {
      this.strike(each);
      if (!this.ended) this.awaitRandom(each, fault, atUs);
    });
  }

  private strike(each: Declared): void {
    if (this.ended) return;
    const { fault } = each;
    switch (fault.kind) {
      case "crash":
        this.crash(each, fault, fault.for);
        return;
      case "restart":
        this.crash(each, fault, 0);
        return;
      case "pause":
        this.pause(each, fault);
        return;
      case "slow-node":
        this.slow(each, fault);
        return;
      case "clock-skew":
        this.skew(each, fault);
        return;
      case "partition":
      case "clog":
      case "loss-burst":
        this.disturb(each, fault);
        return;
      case "wrong-result":
        return;
      default:
        assertNever(fault);
    }
  }

  private crash(
    each: Declared,
    fault: Extract<Fault, { kind: "crash" | "restart" }>,
    forUs: number,
  ): void {
    const { sim } = this.world;
    const actor = this.targetOf(each, fault.target);
    if (actor === undefined) return;
    const down = () => {
      this.during(each, forUs, actor.address, () => {
        sim.up(actor, Down.crashed, { revived: true });
        if (actor.down === 0) sim.releaseHeld(actor);
      });
    };
    if (fault.moment === "after-append") {
      sim.crashAtNextStep(actor, down);
    } else {
      sim.crash(actor);
      down();
    }
  }

  private pause(each: Declared, fault: Extract<Fault, { kind: "pause" }>): void {
    const { sim } = this.world;
    const actor = this.targetOf(each, fault.target);
    if (actor === undefined) return;
    sim.goDown(actor, Down.paused);
    this.during(each, fault.for, actor.address, () => {
      sim.up(actor, Down.paused, { revived: false });
      if (actor.down === 0) sim.releaseHeld(actor);
    });
  }

  private slow(each: Declared, fault: Extract<Fault, { kind: "slow-node" }>): void {
    const actor = this.targetOf(each, fault.target);
    if (actor === undefined) return;
    this.world.runner.setSlow(actor, fault.factor);
    this.during(each, fault.for, actor.address, () => this.world.runner.setSlow(actor, 1));
  }

  private skew(each: Declared, fault: Extract<Fault, { kind: "clock-skew" }>): void {
    const actor = this.targetOf(each, fault.target);
    if (actor === undefined) return;
    const by = fault.back ? -fault.by : fault.by;
    actor.skewUs += by;
    this.during(each, fault.for, actor.address, () => {
      actor.skewUs -= by;
    });
  }

  private disturb(
    each: Declared,
    fault: Extract<Fault, { kind: "partition" | "clog" | "loss-burst" }>,
  ): void {
    const { sim } = this.world;
    const id = this.disturbances++;
    const hosts = this.hostsOf(each, fault);
    if (hosts.length === 0) return;
    const { network } = sim;
    if (fault.kind === "clog") network.addClog({ id, hosts, extraDelayUs: fault.extra });
    else if (fault.kind === "loss-burst") network.addLossBurst({ id, hosts, loss: fault.loss });
    else {
      const part = new Set(hosts);
      const rest = Array.from({ length: network.latency.hostCount }, (_, h) => h).filter(
        (h) => !part.has(h),
      );
      const inwards = fault.oneWay === "in";
      network.addCut({
        id,
        from: { hosts: inwards ? rest : hosts },
        to: { hosts: inwards ? hosts : rest },
        oneWay: fault.oneWay !== "none",
      });
    }
    this.during(each, fault.for, each.record.target, () => sim.heal(id));
  }

  private hostsOf(
    each: Declared,
    fault: { readonly region?: Region | undefined; readonly share?: number | undefined },
  ): ReadonlyArray<number> {
    const { world } = this;
    if (fault.region !== undefined) return world.hostsIn(fault.region);
    return world.hostsOfShare(fault.share ?? 0.5, each.stream);
  }

  private spoil(each: Declared, fault: Extract<Fault, { kind: "wrong-result" }>): void {
    const { world } = this;
    const nodes = [...world.actorsOf("node")];
    const count = Math.max(1, Math.round(nodes.length * fault.share));
    const fromUs = world.startUs + (fault.from ?? 0);
    for (let i = 0; i < count && i < nodes.length; i++) {
      const j = i + each.stream.int(nodes.length - i);
      const node = nodes[j] as Hosted;
      nodes[j] = nodes[i] as Hosted;
      nodes[i] = node;
      world.runner.setWrong(node, fault.chance, fromUs);
      this.note(each, fromUs, world.endUs, node.address);
    }
  }

  /** One actor of the target that is not down; undefined when there is none. */
  private targetOf(each: Declared, target: string): Hosted | undefined {
    const slash = target.indexOf("/");
    const all = this.world
      .actorsOf(target.slice(0, slash))
      .filter((actor) => target.endsWith("/*") || actor.address === target)
      .filter((actor) => actor.down === 0 && actor.crashAfterAppend === undefined);
    return all.length === 0 ? undefined : all[each.stream.int(all.length)];
  }

  /** Notes the fault and ends it after `forUs`, or earlier when everything is healed. */
  private during(each: Declared, forUs: number, on: string, end: () => void): void {
    const { sim } = this.world;
    this.note(each, sim.nowUs, sim.nowUs + forUs, on);
    const span = each.record.spans.at(-1);
    const once = () => {
      if (!this.active.delete(once)) return;
      if (span !== undefined) span.to = Math.min(span.to, (sim.nowUs - this.world.startUs) / 1e6);
      end();
    };
    this.active.add(once);
    sim.schedule(sim.nowUs + Math.min(forUs, 365 * DAY), once);
  }

  private note(each: Declared, fromUs: number, toUs: number, on: string): void {
    const { startUs } = this.world;
    each.record.fired++;
    this.world.sim.events++;
    if (each.record.spans.length < SPANS_MAX) {
      each.record.spans.push({ from: (fromUs - startUs) / 1e6, to: (toUs - startUs) / 1e6, on });
    }
  }
}
