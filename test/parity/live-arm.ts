/**
 * The live arm: the network of `pingo up` as its plan makes it, given what the simulated one was
 * given: the same words from outside, the same durations, crashes and entropy at the same instants.
 * Time stands still while anything is under way, and then moves on to the next instant.
 */
import { liveBehaviours } from "../../src/app/live/behaviours.ts";
import type { NetworkConfig } from "../../src/app/live/config.ts";
import { type ShardPlan, wholePlan } from "../../src/app/live/plan.ts";
import { type Address, idOf } from "../../src/kernel/address.ts";
import { RUNNER } from "../../src/kernel/ports/model-runner.ts";
import { codecOf } from "../../src/live/codec.ts";
import { ShardHost } from "../../src/live/host.ts";
import type { HostEvent } from "../../src/live/host-parts.ts";
import { type ShardId, shardOf } from "../../src/live/shard.ts";
import { PairEntropy } from "./pair-entropy.ts";
import { ScriptedDurations } from "./scripted-durations.ts";
import type { Crash, SimArm } from "./sim-arm.ts";
import { SteppedTime } from "./stepped-time.ts";
import { Talk } from "./talk.ts";
import { type ShardPorts, Traffic } from "./traffic.ts";

/** Longest wait for what is under way, milliseconds of the wall. */
const PATIENCE_MS = 60_000;

export type OpenPorts = (shard: ShardId) => Promise<ShardPorts>;

export interface LiveArm {
  readonly talk: Talk;
  readonly states: ReadonlyMap<Address, unknown>;
  readonly events: ReadonlyArray<HostEvent>;
  readonly unhandled: ReadonlyArray<string>;
  readonly plans: ReadonlyArray<ShardPlan>;
}

/** The configuration of a live network that is what the scenario describes. */
export function configOf({ world }: SimArm): NetworkConfig {
  const { access, commons, policies, limits } = world.scenario;
  const machines = world.nodes.map((at, host) => ({
    node: idOf(at),
    owner: idOf(world.ownerOf(host)),
    ...world.powerOf({ address: at, host }),
  }));
  const requester = idOf(world.ownerOf(0));
  return { access, commons, policies, limits, machines, requester };
}

export async function liveArm(sim: SimArm, openPorts: OpenPorts): Promise<LiveArm> {
  const arm = new Arm(sim, openPorts);
  try {
    return await arm.play();
  } finally {
    await arm.close();
  }
}

interface Process {
  readonly host: ShardHost;
  readonly runner: ScriptedDurations;
  readonly ports: ShardPorts & { readonly kill: () => Promise<void> };
}

class Arm {
  private readonly sim: SimArm;
  private readonly openPorts: OpenPorts;
  private readonly time: SteppedTime;
  private readonly traffic: Traffic;
  private readonly talk = new Talk();
  private readonly entropy: PairEntropy;
  private readonly events: HostEvent[] = [];
  private readonly rules;
  private readonly plans: ReadonlyMap<ShardId, ShardPlan>;
  private readonly processes = new Map<ShardId, Process>();
  /** What the script has begun to do. */
  private readonly doing = new Set<Promise<void>>();

  constructor(sim: SimArm, openPorts: OpenPorts) {
    const config = configOf(sim);
    this.sim = sim;
    this.openPorts = openPorts;
    this.time = new SteppedTime(sim.startUs);
    this.entropy = new PairEntropy(sim.seed);
    const wayUs = (from: Address, to: Address) => sim.lengths.wayUs(from, to);
    this.traffic = new Traffic(this.time, wayUs);
    this.rules = liveBehaviours(config);
    const plans = wholePlan(config, this.rules);
    this.plans = new Map(plans.map((plan) => [plan.shard, plan]));
  }

  async play(): Promise<LiveArm> {
    for (const shard of this.plans.keys()) await this.open(shard);
    await this.stillness();
    const { said, crashes, endUs } = this.sim;
    for (const { atUs, to, port, message } of said) {
      this.at(atUs, () => this.processOf(to).host.tell({ to, port, message }));
    }
    for (const crash of crashes) this.crashAndBack(crash);
    for (;;) {
      const { nextUs } = this.time;
      if (nextUs === undefined || nextUs > endUs) break;
      this.time.step();
      await this.stillness();
    }
    const hosts = [...this.processes.values()].map(({ host }) => host);
    return {
      talk: this.talk,
      states: this.states(),
      events: this.events,
      unhandled: hosts.flatMap(({ counters }) => [...counters.unhandled.keys()]),
      plans: [...this.plans.values()],
    };
  }

  async close(): Promise<void> {
    for (const { host, ports } of this.processes.values()) {
      await host.close();
      await ports.close();
    }
  }

  private processOf(at: Address): Process {
    const process = this.processes.get(shardOf(at));
    if (process === undefined) throw new Error(`the process of ${at} is down`);
    return process;
  }

  private at(atUs: number, work: () => Promise<void>): void {
    this.time.ringAt(atUs, () => {
      const done = work().finally(() => this.doing.delete(done));
      this.doing.add(done);
    });
  }

  /** The process is killed; later another one takes the shard over from what it wrote. */
  private crashAndBack({ actor, atUs, backUs }: Crash): void {
    const shard = shardOf(actor);
    this.at(atUs, async () => {
      const { runner, ports } = this.processOf(actor);
      this.processes.delete(shard);
      await runner.close();
      await ports.kill();
    });
    this.at(backUs, () => this.open(shard));
  }

  private async open(shard: ShardId): Promise<void> {
    const { time, rules, sim } = this;
    const plan = this.plans.get(shard);
    if (plan === undefined) throw new Error(`no plan for ${shard}`);
    const runner = new ScriptedDurations(time, sim.lengths);
    const ports = this.traffic.watch(shard, await this.openPorts(shard));
    const host = await ShardHost.open({
      ...plan,
      ...ports,
      // what a machine says when it starts is part of the script
      greetings: [],
      holder: "parity",
      behaviours: rules.behaviours,
      ports: new Map([[RUNNER, runner]]),
      deadLetters: { keep: () => {} },
      log: (event) => this.events.push(event),
      onDelivery: ({ actor, delivery }) => {
        // an actor's first step is no delivery
        if (delivery.from === "port/start") return;
        this.talk.note(delivery.from, actor, delivery.message.type);
      },
      time,
      entropy: (to, from, n) => this.entropy.of(to, from, n),
    });
    this.processes.set(shard, { host, runner, ports });
  }

  /** Until nothing is under way anywhere, seen three times in a row. */
  private async stillness(): Promise<void> {
    const fromMs = performance.now();
    for (let seen = 0, looks = 0; seen < 3; looks++) {
      // a server works while we wait: looking all the time would take its processor away
      await new Promise((resolve) => (looks < 50 ? setImmediate(resolve) : setTimeout(resolve, 1)));
      seen = this.isStill() ? seen + 1 : 0;
      if (performance.now() - fromMs > PATIENCE_MS) throw new Error(this.standing());
    }
  }

  private isStill(): boolean {
    if (this.doing.size > 0 || !this.traffic.isStill) return false;
    for (const { host } of this.processes.values()) {
      const { arrivals, local } = host.queues;
      if (arrivals > 0 || local > 0) return false;
    }
    return true;
  }

  private standing(): string {
    const at = (this.time.nowUs - this.sim.startUs) / 1e6;
    const queues = [...this.processes].map(([shard, { host }]) => [shard, host.queues]);
    const under = this.traffic.underWay();
    return `no rest at ${at} s: ${JSON.stringify({ under, queues, events: this.events })}`;
  }

  private states(): ReadonlyMap<Address, unknown> {
    const states = new Map<Address, unknown>();
    for (const at of this.sim.states.keys()) {
      const behaviour = this.rules.behaviours.get(at.slice(0, at.indexOf("/")));
      const state = this.processOf(at).host.stateOf(at);
      if (behaviour !== undefined) states.set(at, codecOf(behaviour).encodeState(state));
    }
    return states;
  }
}
