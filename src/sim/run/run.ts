/**
 * One run from begin to verdict: the chaos of the scenario, then the liveness phase, in which a
 * core is healed, the rest is frozen and everything must be settled within the bound.
 */
import { Either } from "effect";
import { type Address, address, idOf, kindOf } from "../../kernel/address.ts";
import { MINUTE } from "../../kernel/duration.ts";
import { Stream } from "../../kernel/entropy.ts";
import type { Message } from "../../kernel/message.ts";
import { adversaryMetrics } from "../adversaries/accounting.ts";
import { eavesdropper } from "../adversaries/copier.ts";
import { cpusOf, Names } from "../adversaries/names.ts";
import type { Blackboard } from "../adversaries/stage.ts";
import { Copies } from "../checkers/copies.ts";
import { Findings } from "../checkers/findings.ts";
import { Leases } from "../checkers/leases.ts";
import { Settlement } from "../checkers/settlement.ts";
import { ShadowLedger } from "../checkers/shadow-ledger.ts";
import type { Hosted } from "../core/hosted.ts";
import type { Simulator } from "../core/simulator.ts";
import { Machines } from "../environment/machines.ts";
import { SimModelRunner } from "../environment/model-runner.ts";
import { Requesters } from "../environment/requesters.ts";
import { FaultInjector } from "../faults/injector.ts";
import { Collector } from "../metrics/collector.ts";
import { People } from "../metrics/people.ts";
import { Sampler } from "../metrics/sampler.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import type { Scenario } from "../scenario/schema.ts";
import { arrivalProcess, parseTrace } from "../workload/workload.ts";
import { chainOf, peopleOfChain, recountChain } from "./chain.ts";
import { demandOf } from "./demand.ts";
import type { RunInputs } from "./inputs.ts";
import { Observation } from "./observation.ts";
import { amountsOf, closing, type RunParts } from "./parts.ts";
import { readingsOf } from "./readings.ts";
import { isCommons, recoverableJobs } from "./recoverable.ts";
import type { RunResult } from "./result.ts";
import { summarise } from "./summary.ts";
import { admitTraining, trainerOf } from "./training.ts";
import { actorsOf, buildWorld, COMMONS, contentOf, type World } from "./world.ts";

/** What a listener is told of each delivery. */
export interface DeliveryNote {
  /** Virtual time since the epoch, microseconds. */
  readonly atUs: number;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly type: string;
  readonly message: unknown;
  /** Trace hash up to and including this delivery. */
  readonly hash: string;
}

export class Run {
  readonly startUs: number;
  readonly parts: RunParts;
  private readonly sim: Simulator;
  private readonly liveEndUs: number;
  private phase: "chaos" | "liveness" | "done" = "chaos";
  /** Jobs that must have ended when the run does. */
  private readonly awaited = new Set<Address>();

  constructor(inputs: RunInputs) {
    const world = buildWorld(inputs);
    const { sim, scenario } = world;
    this.sim = sim;
    this.startUs = world.startUs;
    this.liveEndUs = world.endUs + scenario.liveness.within;
    this.parts = assemble(inputs, world);
    sim.observers.push(new Observation(this.parts, this.awaited, () => this.phase === "chaos"));
    sim.observers.push(this.parts.people);
    const listening = listenersOf(world);
    if (listening.length > 0) sim.observers.push(eavesdropper(listening));
    const { machines, requesters, injector, sampler } = this.parts;
    const starts = new Stream(inputs.seed, "machines/start");
    const fromUs = Float64Array.from(
      { length: scenario.nodes },
      () => world.startUs + Math.floor(starts.unit() * scenario.arriveWithin),
    );
    machines.start((h) => fromUs[h] as number);
    requesters.start(scenario.workload.kind === "closed" ? scenario.workload.closed.clients : 0);
    injector.start();
    sampler.start();
    if (scenario.measureFrom > 0) {
      sim.schedule(world.startUs + scenario.measureFrom, () => {
        this.parts.atStart = amountsOf(this.parts);
      });
    }
  }

  /** May be set before the first {@link advance}. */
  set onDelivery(listen: ((note: DeliveryNote) => void) | undefined) {
    const { sim } = this;
    sim.onDelivery =
      listen === undefined
        ? undefined
        : (delivery) =>
            listen({
              atUs: sim.nowUs,
              from: delivery.from,
              to: delivery.target.address,
              id: delivery.id,
              type: delivery.type,
              message: delivery.message,
              hash: sim.hash.digest(),
            });
  }

  /** Runs on for at most about `limit` events; true when the run is over. */
  advance(limit: number): boolean {
    if (this.phase === "chaos" && this.sim.run(this.parts.world.endUs, limit)) this.beginLiveness();
    else if (this.phase === "liveness") this.advanceLiveness(limit);
    return this.phase === "done";
  }

  /** False as soon as a checker has found anything. */
  get isSafe(): boolean {
    return this.parts.findings.violations.length === 0;
  }

  progress(): { virtualUs: number; endUs: number; events: number } {
    const { nowUs, events } = this.sim;
    const endUs = Math.max(this.parts.world.endUs, nowUs) - this.startUs;
    return { virtualUs: nowUs - this.startUs, endUs, events };
  }

  /** Also valid in the middle of a run, for a partial report. */
  result(): RunResult {
    return summarise(this.parts);
  }

  private beginLiveness(): void {
    const { world, machines, requesters, injector, inputs } = this.parts;
    this.parts.atEnd = closing(this.parts);
    this.parts.cheatedAtEnd = adversaryMetrics(this.parts);
    world.stage.isOver = true;
    requesters.end();
    injector.heal();
    const draw = new Stream(inputs.seed, "liveness/core");
    const core = Uint8Array.from({ length: world.nodes.length }, () =>
      draw.unit() < world.scenario.liveness.core ? 1 : 0,
    );
    machines.freeze((h) => core[h] === 1);
    const close: Message = { type: "CloseCommons" };
    for (const at of world.edges) this.sim.tell(this.sim.actor(at), "operator", close);
    this.phase = "liveness";
    if (this.isSettled()) this.finish();
  }

  private advanceLiveness(limit: number): void {
    const { sim } = this;
    const from = sim.events;
    while (sim.events - from < limit && sim.nowUs < this.liveEndUs) {
      sim.run(Math.min(this.liveEndUs, sim.nowUs + MINUTE));
      if (this.isSettled()) {
        this.finish();
        return;
      }
    }
    if (sim.nowUs >= this.liveEndUs) this.finish();
  }

  private isSettled(): boolean {
    return this.awaited.size === 0 && this.parts.requesters.unanswered === 0;
  }

  private finish(): void {
    const { settlement, shadow, requesters } = this.parts;
    this.phase = "done";
    const canEnd = recoverableJobs(this.parts);
    const jobs = [...this.awaited].map((job) => this.sim.actor(job));
    const stuck = jobs.filter((job) => canEnd(job)).map((job) => job.address);
    // A demand whose job had nobody left to run it has its reason.
    const excused = jobs.filter((job) => !canEnd(job) && !isCommons(job)).length;
    settlement.ended(stuck, Math.max(0, requesters.unanswered - excused));
    for (const [at, actor] of this.sim.actors) {
      if (kindOf(at) === "ledger") shadow.recount(actor);
    }
    recountChain(this.parts.world, this.parts.chain);
  }
}

function assemble(inputs: RunInputs, world: World): RunParts {
  const { sim, scenario, machinery } = world;
  const findings = new Findings(sim, world.startUs);
  const shadow = new ShadowLedger(findings, scenario.limits, scenario.access === "credit");
  const open = scenario.access === "open";
  const slotsOf = (node: Hosted) => world.powerOf(node).slots;
  const wasTraining = (job: Address) => shadow.wasFunded(address("training", idOf(job)));
  const leases = new Leases(
    findings,
    (job) => open || shadow.wasFunded(job) || wasTraining(job),
    slotsOf,
  );
  const settlement = new Settlement(findings, world.guaranteed);
  const { runner, traffic } = runnerOf(world, inputs.seed);
  const { people, collector } = metersOf(world, runner, settlement);
  runner.observer = leases;
  sim.ports.set("runner", runner);
  const trainer = trainerOf(sim, scenario, inputs.seed);
  runner.trainer = trainer;
  const port = chainOf(world, inputs.seed);
  sim.start(actorsOf(world, inputs.seed));
  const chain = peopleOfChain(world, inputs.seed, { port, findings });
  if (trainer !== undefined) admitTraining(sim, world.edges[0] as Address);
  const nodes = world.nodes.map((at) => sim.actor(at));
  const machines = new Machines(sim, world.model, nodes, machinery.slots);
  const names = new Names(world, machines);
  const requesters = new Requesters({
    sim,
    process: processOf(inputs, world),
    contributors: world.contributors.map((at) => sim.actor(at)),
    nameOf: (contributor) => names.now(contributor),
    observer: collector,
    patience: { forUs: scenario.patience.for, everyUs: scenario.patience.every },
  });
  const injector = injectorOf(inputs, world, runner);
  const edges = world.edges.map((at) => sim.actor(at));
  const sampler = new Sampler({
    sim,
    scenario,
    edges,
    machines,
    runner,
    startUs: world.startUs,
    queueSize: (edge) => world.queueSize(edge.schedule) + edge.aside.works.size,
    more: readingsOf(world, shadow),
  });
  return {
    inputs,
    world,
    findings,
    shadow,
    leases,
    settlement,
    copies: world.repeats ? new Copies(findings) : undefined,
    collector,
    people,
    sampler,
    traffic,
    runner,
    trainer,
    chain,
    machines,
    injector,
    requesters,
    atStart: undefined,
    atEnd: undefined,
    cheatedAtEnd: undefined,
  };
}

/** Blackboards of those who overhear what is shown to jobs. */
function listenersOf({ scenario, stage }: World): ReadonlyArray<Blackboard> {
  return scenario.adversaries.flatMap(({ kind }, entry) =>
    kind === "copier" ? [stage.board(entry)] : [],
  );
}

function metersOf(
  { sim, scenario, startUs }: World,
  runner: SimModelRunner,
  settlement: Settlement,
): Pick<RunParts, "people" | "collector"> {
  const now = () => sim.nowUs;
  const people = new People({
    now,
    wrongPaid: () => settlement.wrongPaid,
    commons: COMMONS,
    paid: (mflop) => runner.costs.used(mflop),
  });
  const measureFromUs = startUs + scenario.measureFrom;
  return { people, collector: new Collector({ now, measureFromUs, people }) };
}

/** Counts what each machine moves: to it what it fetches, from it its results. */
function runnerOf(world: World, seed: number): Pick<RunParts, "runner" | "traffic"> {
  const { sim } = world;
  const nearest = nearestEdgeHosts(world);
  const moved = new Float64Array(nearest.length);
  const { network } = sim;
  const move = (host: number, bytes: number) => {
    if (host < moved.length) moved[host] = (moved[host] as number) + bytes;
  };
  const runner = new SimModelRunner(
    sim,
    {
      slotMflops: (actor) => world.powerOf(actor).slotMflops,
      cpuOf: cpusOf(world),
      fetchUs: (actor, bytes) => {
        move(actor.host, bytes);
        return network.transferUs(nearest[actor.host] as number, actor.host, bytes);
      },
      sendUs: (actor, bytes) => {
        move(actor.host, bytes);
        return network.transferUs(actor.host, nearest[actor.host] as number, bytes);
      },
    },
    seed,
  );
  return { runner, traffic: { bytes: moved, edgeHosts: nearest } };
}

/** Where each machine fetches its inputs: the edge with the shortest way. */
function nearestEdgeHosts(world: World): Uint32Array {
  const { sim, hostOfEdge, nodes } = world;
  const { latency } = sim.network;
  return Uint32Array.from({ length: nodes.length }, (_, h) => {
    let best = hostOfEdge[0] as number;
    for (const host of hostOfEdge) {
      if (latency.oneWayUs(h, host) < latency.oneWayUs(h, best)) best = host;
    }
    return best;
  });
}

function processOf(inputs: RunInputs, world: World) {
  const { workload } = world.scenario;
  const file = workload.trace;
  const parsed =
    workload.kind === "trace" && file !== undefined
      ? parseTrace(file, contentOf(inputs.files, file.file, "workload.trace.file"))
      : undefined;
  if (parsed !== undefined && Either.isLeft(parsed)) {
    throw new ScenarioError(parsed.left.message, "workload.trace.file");
  }
  const process = arrivalProcess(workload, {
    ...demandOf(inputs, world),
    ...(parsed === undefined ? {} : { trace: parsed.right }),
  });
  if (Either.isRight(process)) return process.right;
  throw new ScenarioError(process.left.message, "workload.flash");
}

function injectorOf(inputs: RunInputs, world: World, runner: SimModelRunner): FaultInjector {
  const { sim, places, scenario } = world;
  const { latency } = sim.network;
  const siteOfHost = (host: number): number =>
    host < places.siteOfMachine.length
      ? (places.siteOfMachine[host] as number)
      : (places.siteOfEdge[host - places.siteOfMachine.length] as number);
  const hosts = Array.from({ length: latency.hostCount }, (_, host) => host);
  const ofKind = new Map<string, Hosted[]>();
  for (const [at, actor] of sim.actors) {
    const kind = kindOf(at);
    const known = ofKind.get(kind);
    if (known === undefined) ofKind.set(kind, [actor]);
    else known.push(actor);
  }
  return new FaultInjector(
    {
      sim,
      runner,
      seed: inputs.seed,
      startUs: world.startUs,
      endUs: world.endUs,
      actorsOf: (kind) =>
        kind === "job"
          ? [...sim.actors.values()].filter((actor) => actor.behaviour.kind === "job")
          : (ofKind.get(kind) ?? []),
      hostsIn: (region) => hosts.filter((h) => places.regionOfSite[siteOfHost(h)] === region),
      hostsOfShare: (share, stream) => {
        const drawn = places.sites.map(() => stream.unit() < share);
        return hosts.filter((h) => drawn[siteOfHost(h)]);
      },
    },
    scenario.faults,
  );
}

/** Names of the files that a scenario needs. */
export function filesOf(scenario: Scenario): ReadonlyArray<string> {
  const { network, hosts, workload } = scenario;
  return [
    ...(network.kind === "matrix" && network.matrixFile !== undefined ? [network.matrixFile] : []),
    ...(hosts.kind === "trace" && hosts.trace !== undefined ? [hosts.trace] : []),
    ...(workload.kind === "trace" && workload.trace !== undefined ? [workload.trace.file] : []),
  ];
}
