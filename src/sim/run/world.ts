/** Builds what a scenario describes: places, network, machines, actors, all from one seed. */
import { Either } from "effect";
import { makeAuditor } from "../../actors/auditor/auditor.ts";
import { makeContributor } from "../../actors/contributor/contributor.ts";
import { makeEdge } from "../../actors/edge/edge.ts";
import type { EdgeInput } from "../../actors/edge/state.ts";
import { makeJob } from "../../actors/job/job.ts";
import { makeLedger } from "../../actors/ledger/ledger.ts";
import type { LedgerInput } from "../../actors/ledger/state.ts";
import { makeNode } from "../../actors/node/node.ts";
import { makeVerifier } from "../../actors/verifier/verifier.ts";
import { type Address, address } from "../../kernel/address.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import { SECOND } from "../../kernel/duration.ts";
import { Stream } from "../../kernel/entropy.ts";
import { freeRider } from "../adversaries/free-rider.ts";
import { type ActorSpec, Simulator } from "../core/simulator.ts";
import { defectNamed } from "../defects/defects.ts";
import { HostModel } from "../hosts/availability.ts";
import { type AvailabilityTrace, parseAvailabilityTrace } from "../hosts/availability-trace.ts";
import type { HostPlace } from "../network/latency.ts";
import { Network } from "../network/link.ts";
import { parseRttMatrix, type RttMatrix } from "../network/rtt-matrix.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import type { Scenario } from "../scenario/schema.ts";
import { type Machinery, machinery } from "./expected-capacity.ts";
import type { RunInputs } from "./inputs.ts";
import { type Places, places } from "./places.ts";
import {
  choosePolicy,
  placementPolicies,
  schedulingPolicies,
  verificationPolicies,
} from "./policy-table.ts";

/** A data centre's line: edges and the ledger are no volunteers' machines. */
const SERVER: Omit<HostPlace, "site"> = { accessUs: 500, uplinkMbps: 1_000, downlinkMbps: 1_000 };

/** Commands that an actor can issue again after a crash. */
const OUTBOX_TAIL = 32;

const LEDGER = address("ledger", "l0");
export const AUDITOR = address("auditor", "a0");
const COMMONS = address("contributor", "commons");

/** Who is who in a run; machine h is the host h of the network. */
export interface World {
  readonly scenario: Scenario;
  readonly sim: Simulator;
  readonly places: Places;
  readonly model: HostModel;
  readonly machinery: Machinery;
  readonly nodes: ReadonlyArray<Address>;
  /** Honest ones first, then free riders. */
  readonly contributors: ReadonlyArray<Address>;
  readonly honest: number;
  readonly edges: ReadonlyArray<Address>;
  /** Network host of each edge. */
  readonly hostOfEdge: ReadonlyArray<number>;
  /** Executions that are paid per task. */
  readonly executions: number;
  /** True when several owners must agree before a result is believed. */
  readonly guarded: boolean;
  /** Waiting attempts in an edge's schedule. */
  readonly queueSize: (schedule: unknown) => number;
  /** True when the network or a restart may bring a message twice. */
  readonly repeats: boolean;
  readonly acted: { count: number };
  readonly startUs: number;
  readonly endUs: number;
  readonly ownerOf: (machine: number) => Address;
}

const padded = (kind: string, i: number, count: number) =>
  address(kind, `${kind[0]}${String(i).padStart(String(count - 1).length, "0")}`);

const addresses = (kind: string, count: number): ReadonlyArray<Address> =>
  Array.from({ length: count }, (_, i) => padded(kind, i, count));

/** A rule that knows no credit admits everybody, but the books are kept. */
function accessOf({ access, policies }: Scenario): Scenario["access"] {
  const { policy } = choosePolicy("scheduling", schedulingPolicies, policies.scheduling);
  return access === "credit" && policy.admission === "open" ? "account" : access;
}

/** Throws {@link ScenarioError} for what only shows when the parts meet. */
export function buildWorld(inputs: RunInputs): World {
  const { seed } = inputs;
  const scenario = { ...inputs.scenario, access: accessOf(inputs.scenario) };
  const honest = Math.ceil(scenario.nodes / scenario.nodesPerContributor);
  const share = scenario.adversaries.reduce((sum, each) => sum + each.share, 0);
  if (share >= 1) throw new ScenarioError("adversaries must be fewer than all", "adversaries");
  const riders = Math.round((honest * share) / (1 - share));
  const where = places(scenario, seed, scenario.nodes + riders);
  const startUs = scenario.start * SECOND;
  const trace = availabilityTrace(inputs);
  const model = new HostModel({
    config: scenario.hosts,
    seed,
    startUs,
    utcOffsetMinutes: Int16Array.from({ length: scenario.nodes }, (_, h) =>
      offsetOfMachine(where, h),
    ),
    ...(trace === undefined ? {} : { trace }),
  });
  const { behaviours, executions, guarded, queueSize } = behavioursOf(inputs);
  const hostOfEdge = where.siteOfEdge.map((_, i) => scenario.nodes + riders + i);
  const network = networkOf(inputs, where, scenario.nodes + riders);
  const outboxTail = scenario.faults.some(({ kind }) => kind === "crash" || kind === "restart")
    ? OUTBOX_TAIL
    : 0;
  const sim = new Simulator({
    seed,
    startUs,
    behaviours,
    network,
    messageBytes: scenario.network.messageBytes,
    outboxTail,
    hashing: inputs.hashing ?? true,
    ...defectNamed(inputs.defect).mailbox,
  });
  const contributors = addresses("contributor", honest + riders);
  const world: World = {
    scenario,
    sim,
    places: where,
    model,
    machinery: machinery(model, scenario.hosts, trace),
    nodes: addresses("node", scenario.nodes),
    contributors,
    honest,
    edges: addresses("edge", scenario.edges),
    hostOfEdge,
    executions,
    guarded,
    queueSize,
    repeats: outboxTail > 0 || scenario.network.duplicate > 0,
    acted: { count: 0 },
    startUs,
    endUs: startUs + scenario.until,
    ownerOf: (machine) =>
      contributors[Math.floor(machine / scenario.nodesPerContributor)] as Address,
  };
  return world;
}

function offsetOfMachine(where: Places, machine: number): number {
  return where.offsetOfSite[where.siteOfMachine[machine] as number] as number;
}

function availabilityTrace({ scenario, files }: RunInputs): AvailabilityTrace | undefined {
  const file = scenario.hosts.kind === "trace" ? scenario.hosts.trace : undefined;
  if (file === undefined) return undefined;
  const parsed = parseAvailabilityTrace(file, contentOf(files, file, "hosts.trace"));
  if (Either.isLeft(parsed)) throw new ScenarioError(parsed.left.message, "hosts.trace");
  return parsed.right;
}

/** Content of a file that the scenario names. */
export function contentOf(files: ReadonlyMap<string, string>, file: string, field: string): string {
  const content = files.get(file);
  if (content === undefined) throw new ScenarioError(`the file ${file} was not given`, field);
  return content;
}

function networkOf({ scenario, seed, files }: RunInputs, where: Places, machines: number) {
  const hosts: HostPlace[] = [];
  for (let h = 0; h < machines; h++) hosts.push({ site: where.siteOfMachine[h] as number });
  for (const site of where.siteOfEdge) hosts.push({ site, ...SERVER });
  return new Network({
    config: scenario.network,
    seed,
    hosts,
    sites: where.sites,
    ...matrixOf(scenario, files),
  });
}

function matrixOf(
  { network }: Scenario,
  files: ReadonlyMap<string, string>,
): { readonly matrix?: RttMatrix } {
  if (network.kind !== "matrix") return {};
  const field = "network.matrixFile";
  const file = network.matrixFile;
  if (file === undefined) throw new ScenarioError("network.kind matrix needs matrixFile", field);
  const parsed = parseRttMatrix(contentOf(files, file, field), file);
  if (Either.isLeft(parsed)) throw new ScenarioError(parsed.left.message, field);
  return { matrix: parsed.right };
}

function behavioursOf({ scenario, defect }: RunInputs) {
  const { policies } = scenario;
  const scheduling = choosePolicy("scheduling", schedulingPolicies, policies.scheduling);
  const placement = choosePolicy("placement", placementPolicies, policies.placement);
  const verification = choosePolicy("verification", verificationPolicies, policies.verification);
  const executions = verification.policy.executions(verification.params);
  const made: ReadonlyArray<AnyBehaviour> = [
    makeContributor(),
    makeNode(),
    makeEdge({
      scheduling: scheduling.policy,
      schedulingParams: scheduling.params,
      placement: placement.policy,
      placementParams: placement.params,
    }),
    makeJob(),
    makeVerifier({ policy: verification.policy, params: verification.params }),
    makeLedger(),
    makeAuditor(),
  ];
  const { wrap } = defectNamed(defect);
  const behaviours = new Map(made.map((each) => [each.kind, wrap(each)]));
  const queueSize = (schedule: unknown) => scheduling.policy.size(schedule);
  return { behaviours, executions, guarded: executions > 1, queueSize };
}

/** The actors of the start, with what each is told about the others. */
export function actorsOf(world: World, seed: number): ReadonlyArray<ActorSpec> {
  const { scenario, nodes, contributors, edges, honest } = world;
  const { limits, access: gate } = scenario;
  const arrivals = new Stream(seed, "contributors/arrival");
  const specs: ActorSpec[] = [];
  const core = world.hostOfEdge[0] as number;
  for (const [h, at] of nodes.entries())
    specs.push({ address: at, host: h, input: nodeInput(world, h) });
  for (const [c, at] of contributors.entries()) {
    const first = c * scenario.nodesPerContributor;
    const isHonest = c < honest;
    const own = isHonest ? nodes.slice(first, first + scenario.nodesPerContributor) : [];
    specs.push({
      address: at,
      host: isHonest ? first : scenario.nodes + c - honest,
      input: { edges, ledger: LEDGER, nodes: own, limits, gate },
      fromUs: world.startUs + Math.floor(arrivals.unit() * scenario.arriveWithin),
      ...(isHonest ? {} : { behaviour: riderOf(world) }),
    });
  }
  for (const [i, at] of edges.entries()) {
    specs.push({ address: at, host: world.hostOfEdge[i] as number, input: edgeInput(world, i) });
  }
  for (let v = 0; v < scenario.verifiers; v++) {
    const host = world.hostOfEdge[v % edges.length] as number;
    specs.push({ address: address("verifier", `v${v}`), host, input: {} });
  }
  const ledger: LedgerInput = {
    auditor: AUDITOR,
    limits,
    commons: COMMONS,
    verifier: world.guarded ? address("verifier", "v0") : null,
    gate: gate === "account" ? gate : "credit",
  };
  specs.push({ address: LEDGER, host: core, input: ledger });
  specs.push({ address: AUDITOR, host: core, input: { ledger: LEDGER, limits } });
  return specs;
}

const riders = new WeakMap<World, AnyBehaviour>();

function riderOf(world: World): AnyBehaviour {
  let rider = riders.get(world);
  if (rider === undefined) {
    rider = freeRider(makeContributor(), () => {
      world.acted.count++;
    });
    riders.set(world, rider);
  }
  return rider;
}

function nodeInput({ scenario, edges, machinery: made, ownerOf }: World, machine: number) {
  return {
    owner: ownerOf(machine),
    edges,
    slots: made.slots[machine] as number,
    // A whole number, and as one it needs no box of its own in each node.
    slotMflops: (made.slotMflops[machine] as number) | 0,
    probation: scenario.access === "credit",
    starts: false,
  };
}

function edgeInput({ scenario, edges, executions, guarded }: World, index: number): EdgeInput {
  const { limits, access: gate, commons, verifiers } = scenario;
  return {
    edge: edges[index] as Address,
    ledger: LEDGER,
    verifier: guarded ? address("verifier", `v${index % verifiers}`) : null,
    limits,
    executions,
    commons: {
      mode: gate === "open" ? "off" : commons.mode,
      taskMflop: Math.max(1, Math.round(commons.taskVcu * MFLOP_PER_VCU)),
      tasksPerJob: commons.tasksPerJob,
    },
    gate,
  };
}
