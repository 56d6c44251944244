/**
 * The simulated arm: scenarios/parity.yaml as `pingo sim run` runs it. Beside what was said it
 * gives the script of all that happened outside the actors, so that the live arm can be given the
 * same.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Address } from "../../src/kernel/address.ts";
import type { Message } from "../../src/kernel/message.ts";
import { codecOf } from "../../src/live/codec.ts";
import type { ActorSpec } from "../../src/sim/core/simulator.ts";
import type { RunResult } from "../../src/sim/run/result.ts";
import { filesOf, Run } from "../../src/sim/run/run.ts";
import { actorsOf, type World } from "../../src/sim/run/world.ts";
import { loadScenario } from "../../src/sim/scenario/load.ts";
import { PairEntropy } from "./pair-entropy.ts";
import { Talk } from "./talk.ts";

const folder = join(import.meta.dirname, "../../scenarios");

/** Something that the environment says to an actor. */
export interface Said {
  readonly atUs: number;
  readonly to: Address;
  readonly port: string;
  readonly message: Message;
}

/** A process that dies, and comes back. */
export interface Crash {
  readonly actor: Address;
  readonly atUs: number;
  readonly backUs: number;
}

/** How long a run takes on a node, in microseconds. */
export interface ScriptedRun {
  readonly fetchUs: number;
  readonly wholeUs: number;
}

export interface SimArm {
  readonly result: RunResult;
  readonly world: World;
  readonly talk: Talk;
  readonly startUs: number;
  readonly endUs: number;
  readonly specs: ReadonlyArray<ActorSpec>;
  readonly said: ReadonlyArray<Said>;
  readonly crashes: ReadonlyArray<Crash>;
  /** Instants of all that came from outside the actors: words, ends of runs, crashes. */
  readonly outsideUs: ReadonlyArray<number>;
  readonly lengths: Lengths;
  readonly seed: number;
  /** States at the end, as their schemas encode them. */
  readonly states: ReadonlyMap<Address, unknown>;
}

const RUNNER = "port/runner";

export function simArm(until?: string): SimArm {
  const text = readFileSync(join(folder, "parity.yaml"), "utf8");
  const overrides = until === undefined ? [] : [{ path: "until", value: until }];
  const scenario = loadScenario({ file: "parity.yaml", text, overrides });
  const files = new Map(
    filesOf(scenario).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
  const { seed } = scenario;
  const run = new Run({ scenario, seed, files });
  const talk = new Talk();
  const said: Said[] = [];
  const outsideUs: number[] = [];
  const entropy = new PairEntropy(seed);
  const { sim } = run.parts.world;
  sim.onDelivery = (delivery) => {
    const { from, message, n } = delivery;
    const to = delivery.target.address;
    delivery.entropy = entropy.of(to, from, n);
    talk.note(from, to, message.type);
    if (!from.startsWith("port/")) return;
    outsideUs.push(sim.nowUs);
    if (from === RUNNER) return;
    said.push({ atUs: sim.nowUs, to, port: from.slice("port/".length), message });
  };
  while (!run.advance(1_000_000));
  const { world } = run.parts;
  const result = run.result();
  const specs = actorsOf(world, seed);
  const crashes = result.faults.flatMap(({ kind, spans }) =>
    kind !== "crash"
      ? []
      : spans.map(({ on, from, to }) => ({
          actor: on as Address,
          atUs: run.startUs + Math.round(from * 1e6),
          backUs: run.startUs + Math.round(to * 1e6),
        })),
  );
  for (const { atUs, backUs } of crashes) outsideUs.push(atUs, backUs);
  return {
    result,
    world,
    talk,
    startUs: run.startUs,
    endUs: world.endUs,
    specs,
    said,
    crashes,
    outsideUs: outsideUs.sort((a, b) => a - b),
    lengths: new Lengths(world, specs),
    seed,
    states: statesOf(world),
  };
}

/** Speeds, slownesses and ways are those of the scenario; nothing else decides about lengths. */
export class Lengths {
  private readonly world: World;
  private readonly hosts: ReadonlyMap<Address, number>;
  private readonly factors = new Map<string, number>();

  constructor(world: World, specs: ReadonlyArray<ActorSpec>) {
    this.world = world;
    this.hosts = new Map(specs.map(({ address, host }) => [address, host]));
    for (const fault of world.scenario.faults) {
      if (fault.kind === "slow-node") this.factors.set(fault.target, fault.factor);
    }
  }

  /** A message's way. A job is on the machine of its edge. */
  wayUs(from: Address, to: Address): number {
    const { network } = this.world.sim;
    const { messageBytes } = this.world.scenario.network;
    network.transmit(this.hostOf(from), this.hostOf(to), 0, 0, messageBytes, 0, true);
    return network.arrivalUs;
  }

  runOf(node: Address, mflop: number): ScriptedRun {
    const { network } = this.world.sim;
    const host = this.hostOf(node);
    const [edge] = this.world.hostOfEdge as [number];
    const { slotMflops } = this.world.powerOf({ address: node, host });
    const speed = slotMflops / (this.factors.get(node) ?? 1) / 1_000_000;
    const fetchUs = network.transferUs(edge, host, 0);
    return {
      fetchUs,
      wholeUs: fetchUs + Math.ceil(mflop / speed) + network.transferUs(host, edge, 0),
    };
  }

  private hostOf(at: Address): number {
    return this.hosts.get(at) ?? (this.world.hostOfEdge[0] as number);
  }
}

function statesOf({ sim }: World): ReadonlyMap<Address, unknown> {
  const states = new Map<Address, unknown>();
  for (const [at, { behaviour, state }] of sim.actors) {
    states.set(at, codecOf(behaviour).encodeState(state));
  }
  return states;
}
