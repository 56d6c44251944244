/**
 * When each host is up, and when its owner uses it. State lies in typed arrays (45 bytes a host,
 * 53 with lifetimes); a host's future is drawn one spell at a time, from its own named streams
 * `host/<id>/…`, so neither another host nor the order of the questions changes it.
 */
import { MINUTE } from "../../kernel/duration.ts";
import { Stream } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import { exponential, uniform } from "../numbers/distributions.ts";
import { type AvailabilityTrace, traceStateAt } from "./availability-trace.ts";
import type { HostsConfig } from "./config.ts";
import { CursorStream, firstKey, secondKey } from "./cursor-stream.ts";
import { drawDonated, drawMachine, type Machine, slotMflopsOf, slotsOf } from "./machine.ts";
import {
  classFor,
  drawStay,
  type HostClass,
  hostClasses,
  type Spell,
  type SpellProcess,
  spellProcesses,
} from "./spell-process.ts";

/** The time of a transition that never comes. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** What happens next to a host. */
export interface Transition {
  /** Instant, µs since the epoch; {@link NEVER} when nothing happens any more. */
  atUs: number;
  /** busy: the owner begins to use the machine; idle: stops. `down` ends a use as well. */
  kind: "up" | "down" | "busy" | "idle";
  /** Of `down`: the machine vanishes without saying goodbye. */
  abrupt: boolean;
  /** Of `down`: the host leaves for good. */
  forever: boolean;
  /** Share of its speed left after the transition: below 1 only while busy. */
  speedFactor: number;
}

/** A host's machine and the part of it that is donated in the week of the question. */
export interface HostDraw extends Machine {
  /** Donated share of the cores, in [0, 1]. */
  donated: number;
  slots: number;
  /** Integer MFLOP/s of one slot. */
  slotMflops: number;
  hostClass: HostClass;
}

/** What a host model is built from. Host h is element h of `utcOffsetMinutes`. */
export interface HostModelOptions {
  readonly config: HostsConfig;
  readonly seed: number;
  readonly startUs: number;
  /** Local time minus UTC of each host's site, minutes; its length is the number of hosts. */
  readonly utcOffsetMinutes: ArrayLike<number>;
  /** Needed by kind "trace": host h follows line group h modulo the number of hosts in the file. */
  readonly trace?: AvailabilityTrace;
  /** Id of host h in stream names; by default its index. */
  readonly idOf?: (host: number) => string;
}

const UP = 1;
const BUSY = 2;
/** The up spell under way ends without a goodbye. */
const ABRUPT = 4;
/** The boundary of the spell under way is the host's end. */
const LAST = 8;

/** Hosts of one run. Owned by the simulator; answers share scratch objects. */
export class HostModel {
  readonly count: number;
  private readonly options: HostModelOptions;
  private readonly processes: ReadonlyArray<SpellProcess>;
  private readonly classes: Uint8Array;
  private readonly flags: Uint8Array;
  /** Percent of speed left in the owner's present or next use. */
  private readonly throttle: Uint8Array;
  private readonly offsetMinutes: Int16Array;
  /** End of the up or down spell under way. */
  private readonly boundaryUs: Float64Array;
  /** End of the owner's use or of the pause between uses; NEVER while down. */
  private readonly ownerUs: Float64Array;
  private readonly leaveUs: Float64Array | undefined;
  /** Key words and position of `host/<id>/spells` and `host/<id>/owner`, six words a host. */
  private readonly streams: Uint32Array;
  private readonly cursor = new CursorStream();
  private readonly spell: Spell = { isUp: false, untilUs: 0 };
  private readonly transition: Transition = {
    atUs: NEVER,
    kind: "up",
    abrupt: false,
    forever: false,
    speedFactor: 1,
  };
  private readonly drawn: HostDraw = {
    cores: 1,
    gflopsPerCore: 1,
    donated: 1,
    slots: 1,
    slotMflops: 1,
    hostClass: "always",
  };

  constructor(options: HostModelOptions) {
    const { config, utcOffsetMinutes, trace } = options;
    invariant(config.kind !== "trace" || (trace?.hosts.length ?? 0) > 0, "hosts without a trace");
    const count = utcOffsetMinutes.length;
    this.count = count;
    this.options = options;
    this.processes = spellProcesses(config);
    this.classes = new Uint8Array(count);
    this.flags = new Uint8Array(count);
    this.throttle = new Uint8Array(count).fill(100);
    this.offsetMinutes = Int16Array.from(utcOffsetMinutes);
    this.boundaryUs = new Float64Array(count);
    this.ownerUs = new Float64Array(count).fill(NEVER);
    this.leaveUs = config.lifetime === undefined ? undefined : new Float64Array(count);
    this.streams = new Uint32Array(6 * count);
    for (let host = 0; host < count; host++) this.begin(host);
  }

  /** Availability class of a host. */
  classOf(host: number): HostClass {
    return hostClasses[this.classes[host] ?? 0] ?? "always";
  }

  /** Whether the host is up: at the start, then at the `nowUs` of its last question. */
  isUp(host: number): boolean {
    return this.has(host, UP);
  }

  /** Whether the owner uses the machine, at the same instant as {@link isUp}. */
  isBusy(host: number): boolean {
    return this.has(host, BUSY);
  }

  /** Share of its speed that the machine has left: below 1 only while the owner is busy. */
  speedFactor(host: number): number {
    return this.has(host, BUSY) ? (this.throttle[host] ?? 100) / 100 : 1;
  }

  /**
   * First transition after `nowUs`. Asking again gives the same answer; `nowUs` must not go back.
   * The answer is scratch: it holds until the next call.
   */
  nextTransition(host: number, nowUs: number): Transition {
    for (;;) {
      const boundary = this.boundaryUs[host] ?? NEVER;
      const owner = this.ownerUs[host] ?? NEVER;
      const atUs = Math.min(boundary, owner);
      if (atUs > nowUs || atUs === NEVER) return this.describe(host, atUs, boundary <= owner);
      if (boundary <= owner) this.crossBoundary(host, boundary);
      else this.turnOwner(host, owner);
    }
  }

  /**
   * Machine and donation of a host at `nowUs`. The donated share is drawn anew each period
   * (`donated.redraw`) that has begun since the start. The answer is scratch.
   */
  draw(host: number, nowUs: number = this.options.startUs): HostDraw {
    const { config, startUs } = this.options;
    const period = Math.max(0, Math.floor((nowUs - startUs) / config.donated.redraw));
    const drawn = this.drawn;
    drawMachine(config, this.named(host, "machine"), drawn);
    drawn.donated = drawDonated(config, this.named(host, `donated/${period}`));
    drawn.slots = slotsOf(config, drawn.cores, drawn.donated);
    drawn.slotMflops = slotMflopsOf(drawn.gflopsPerCore);
    drawn.hostClass = this.classOf(host);
    return drawn;
  }

  private has(host: number, flag: number): boolean {
    return ((this.flags[host] ?? 0) & flag) !== 0;
  }

  private set(host: number, flag: number, on: boolean): void {
    const flags = this.flags[host] ?? 0;
    this.flags[host] = on ? flags | flag : flags & ~flag;
  }

  private name(host: number, purpose: string): string {
    return `host/${this.options.idOf?.(host) ?? host}/${purpose}`;
  }

  private named(host: number, purpose: string): Stream {
    return new Stream(this.options.seed, this.name(host, purpose));
  }

  private begin(host: number): void {
    const { config, seed, startUs } = this.options;
    this.classes[host] = classFor(config, this.named(host, "class").unit());
    for (const [slot, purpose] of ["spells", "owner"].entries()) {
      const name = this.name(host, purpose);
      this.streams[6 * host + 3 * slot] = firstKey(seed, name);
      this.streams[6 * host + 3 * slot + 1] = secondKey(seed, name);
    }
    if (this.leaveUs !== undefined && config.lifetime !== undefined) {
      const stay = drawStay(config.lifetime, this.named(host, "lifetime"));
      this.leaveUs[host] = startUs + stay;
    }
    this.startSpell(host, startUs, true);
    if (!this.isUp(host) || !config.ownerUse.enabled) return;
    // Stationary: the owner is busy with the long-run share, and both laws have no memory.
    const { busyMean, idleMean } = config.ownerUse;
    const stream = this.seek(host, 1);
    this.set(host, BUSY, stream.unit() * (busyMean + idleMean) < busyMean);
    this.save(host, 1);
    this.drawOwner(host, startUs);
  }

  /** Draws the spell that begins at `atUs`, or, at the start of the run, the one under way. */
  private startSpell(host: number, atUs: number, first: boolean): void {
    const process = this.processes[this.classes[host] ?? 0];
    invariant(process !== undefined, "host of an unknown class");
    const spell = this.spell;
    const { trace, startUs, config } = this.options;
    const stream = this.seek(host, 0);
    if (config.kind === "trace" && trace !== undefined) {
      traceStateAt(trace, host % trace.hosts.length, atUs - startUs, spell);
      spell.untilUs += startUs;
    } else {
      const offsetUs = (this.offsetMinutes[host] ?? 0) * MINUTE;
      spell.isUp = !first && !this.isUp(host);
      if (first) process.begin(atUs + offsetUs, stream, spell);
      else process.next(atUs + offsetUs, stream, spell);
      spell.untilUs = Math.max(atUs + 1, spell.untilUs - offsetUs);
    }
    const leaveUs = this.leaveUs?.[host] ?? NEVER;
    const last = spell.untilUs >= leaveUs;
    this.set(host, UP, spell.isUp);
    this.set(host, LAST, last);
    this.set(host, ABRUPT, spell.isUp && stream.unit() < config.abruptShare);
    this.save(host, 0);
    this.boundaryUs[host] = last ? (spell.isUp ? leaveUs : NEVER) : Math.min(NEVER, spell.untilUs);
  }

  private crossBoundary(host: number, atUs: number): void {
    this.set(host, BUSY, false);
    if (this.has(host, UP) && this.has(host, LAST)) {
      this.set(host, UP, false);
      this.boundaryUs[host] = NEVER;
      this.ownerUs[host] = NEVER;
      return;
    }
    this.startSpell(host, atUs, false);
    if (this.isUp(host) && this.options.config.ownerUse.enabled) this.drawOwner(host, atUs);
    else this.ownerUs[host] = NEVER;
  }

  private turnOwner(host: number, atUs: number): void {
    this.set(host, BUSY, !this.isBusy(host));
    this.drawOwner(host, atUs);
  }

  /** Length of the use or pause that begins at `atUs`, and the speed left in the next use. */
  private drawOwner(host: number, atUs: number): void {
    const { busyMean, idleMean, throttleMin, throttleMax } = this.options.config.ownerUse;
    const stream = this.seek(host, 1);
    const isBusy = this.isBusy(host);
    const length = exponential(stream, isBusy ? busyMean : idleMean);
    const factor = uniform(stream, throttleMin, throttleMax);
    // A use keeps the factor that was announced with it.
    if (!isBusy || atUs === this.options.startUs) this.throttle[host] = Math.round(100 * factor);
    this.save(host, 1);
    this.ownerUs[host] = atUs + Math.max(1, Math.round(length));
  }

  private describe(host: number, atUs: number, isBoundary: boolean): Transition {
    const transition = this.transition;
    const up = this.has(host, UP);
    const busy = this.has(host, BUSY);
    transition.atUs = atUs;
    transition.kind = isBoundary ? (up ? "down" : "up") : busy ? "idle" : "busy";
    transition.abrupt = isBoundary && up && this.has(host, ABRUPT);
    transition.forever = isBoundary && up && this.has(host, LAST);
    transition.speedFactor = isBoundary || busy ? 1 : (this.throttle[host] ?? 100) / 100;
    return transition;
  }

  private seek(host: number, slot: number): CursorStream {
    const at = 6 * host + 3 * slot;
    const { streams } = this;
    return this.cursor.seek(streams[at] ?? 0, streams[at + 1] ?? 0, streams[at + 2] ?? 0);
  }

  private save(host: number, slot: number): void {
    this.streams[6 * host + 3 * slot + 2] = this.cursor.position;
  }
}
