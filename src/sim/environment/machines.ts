/**
 * Machines and their owners: tells nodes what happens to the machine under them and takes them
 * down and up, one pending transition per machine, so an idle machine costs nothing.
 */
import type {
  HostStarted,
  HostStopping,
  OwnerBusy,
  OwnerIdle,
} from "../../actors/node/messages.ts";
import { Down, type Hosted } from "../core/hosted.ts";
import type { Simulator } from "../core/simulator.ts";
import type { HostModel } from "../hosts/availability.ts";
import { NEVER } from "../hosts/availability.ts";
import { Integral } from "../metrics/integral.ts";

const HOST = "host";
const started: typeof HostStarted.Type = { type: "HostStarted" };
const stopping: typeof HostStopping.Type = { type: "HostStopping" };
const ownerBusy: typeof OwnerBusy.Type = { type: "OwnerBusy" };
const ownerIdle: typeof OwnerIdle.Type = { type: "OwnerIdle" };

export class Machines {
  /** Machines that are up, and slots that their owners leave free, integrated over time. */
  readonly up: Integral;
  readonly available: Integral;
  abruptDepartures = 0;
  departures = 0;
  private readonly sim: Simulator;
  private readonly model: HostModel;
  private readonly nodes: ReadonlyArray<Hosted>;
  private readonly slots: Uint16Array;
  /** Nodes on machines that show themselves as another one, or as several. */
  private readonly shown = new Map<number, ReadonlyArray<Hosted>>();
  /** 1 up, 2 busy; per machine. */
  private readonly flags: Uint8Array;
  /** Nodes whose machine went without a word, until it is back. */
  private readonly vanished = new Set<Hosted>();
  private frozen = false;

  /** Machine h of the model is the one of `nodes[h]`. */
  constructor(sim: Simulator, model: HostModel, nodes: ReadonlyArray<Hosted>, slots: Uint16Array) {
    this.sim = sim;
    this.model = model;
    this.nodes = nodes;
    this.slots = slots;
    this.flags = new Uint8Array(nodes.length);
    this.up = new Integral(sim.nowUs);
    this.available = new Integral(sim.nowUs);
  }

  /** From the start the machine is these nodes, which share its fate. */
  share(h: number, nodes: ReadonlyArray<Hosted>): void {
    this.shown.set(h, nodes);
  }

  /** From now on the machine is this node; the one that it was goes with a word. */
  become(h: number, node: Hosted): void {
    const isUp = this.flags[h] !== 0;
    const isBusy = this.isBusy(h);
    for (const old of this.on(h)) {
      if (isUp) this.sim.tell(old, HOST, stopping);
      this.sim.goDown(old, Down.off);
    }
    this.shown.set(h, [node]);
    if (!isUp) return;
    this.wake(node);
    if (isBusy) this.sim.tell(node, HOST, ownerBusy);
  }

  private on(h: number): ReadonlyArray<Hosted> {
    return this.shown.get(h) ?? [this.nodes[h] as Hosted];
  }

  /** Machine h comes to life at `atUs(h)`: what happened to it before is not told. */
  start(atUs: (machine: number) => number): void {
    for (const [h, node] of this.nodes.entries()) {
      this.sim.scheduleFor(node, atUs(h), () => this.begin(h, node));
    }
  }

  private begin(h: number, node: Hosted): void {
    if (this.frozen) return;
    const next = this.model.nextTransition(h, this.sim.nowUs);
    const nextUs = next.atUs;
    if (this.model.isUp(h)) this.turnOn(h);
    else this.keepOff(h);
    if (this.model.isUp(h) && this.model.isBusy(h)) this.setBusy(h, true);
    this.await(h, node, nextUs);
  }

  private await(h: number, node: Hosted, atUs: number): void {
    if (atUs >= NEVER) return;
    this.sim.scheduleFor(node, atUs, () => {
      if (this.frozen) return;
      // Asked just before its time, the model still answers with the transition that is now due.
      const { kind, abrupt } = this.model.nextTransition(h, this.sim.nowUs - 1);
      if (kind === "up") this.turnOn(h);
      else if (kind === "down") this.turnOff(h, abrupt);
      else this.setBusy(h, kind === "busy");
      this.await(h, node, this.model.nextTransition(h, this.sim.nowUs).atUs);
    });
  }

  private keepOff(h: number): void {
    for (const node of this.on(h)) node.down |= Down.off;
  }

  private turnOn(h: number): void {
    const { nowUs } = this.sim;
    this.flags[h] = 1;
    this.up.add(nowUs, 1);
    this.available.add(nowUs, this.slots[h] as number);
    for (const node of this.on(h)) this.wake(node);
  }

  private wake(node: Hosted): void {
    // What vanished comes back from what was persisted; what said goodbye has nothing to recover.
    this.sim.up(node, Down.off, { revived: this.vanished.delete(node) });
    this.sim.tell(node, HOST, started);
    if (node.down === 0) this.sim.releaseHeld(node);
  }

  private turnOff(h: number, abrupt: boolean): void {
    const { nowUs } = this.sim;
    if (this.isBusy(h)) this.available.add(nowUs, this.slots[h] as number);
    this.flags[h] = 0;
    this.up.add(nowUs, -1);
    this.available.add(nowUs, -(this.slots[h] as number));
    this.departures++;
    if (abrupt) this.abruptDepartures++;
    for (const node of this.on(h)) {
      if (abrupt) this.vanished.add(node);
      else this.sim.tell(node, HOST, stopping);
      this.sim.goDown(node, Down.off);
    }
  }

  private setBusy(h: number, busy: boolean): void {
    if (this.isBusy(h) === busy) return;
    this.flags[h] = busy ? 3 : 1;
    const slots = this.slots[h] as number;
    this.available.add(this.sim.nowUs, busy ? -slots : slots);
    for (const node of this.on(h)) this.sim.tell(node, HOST, busy ? ownerBusy : ownerIdle);
  }

  private isBusy(h: number): boolean {
    return this.flags[h] === 3;
  }

  /** Ends all coming and going: the core is up and free, every other machine is off for good. */
  freeze(isCore: (machine: number) => boolean): void {
    this.frozen = true;
    for (let h = 0; h < this.nodes.length; h++) {
      const isUp = this.flags[h] !== 0;
      if (isCore(h)) {
        if (!isUp) this.turnOn(h);
        else this.setBusy(h, false);
      } else if (isUp) {
        this.turnOff(h, true);
      } else {
        this.keepOff(h);
      }
    }
  }
}
