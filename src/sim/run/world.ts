/** Builds what a scenario describes: places, network, machines, actors, all from one seed. */
import { Either } from "effect";
import { makeAuditor } from "../../actors/auditor/auditor.ts";
import { makeContributor } from "../../actors/contributor/contributor.ts";
import { makeEdge } from "../../actors/edge/edge.ts";
import type { EdgeInput } from "../../actors/edge/state.ts";
import { makeJob } from "../../actors/job/job.ts";
import { makeLedger } from "../../actors/ledger/ledger.ts";
import { withTreasurer } from "../../actors/ledger/on-chain.ts";
import { withRewards } from "../../actors/ledger/rewards-epoch.ts";
import type { LedgerInput } from "../../actors/ledger/state.ts";
import { makeNode } from "../../actors/node/node.ts";
import { makeVerifier } from "../../actors/verifier/verifier.ts";
import { type Address, address } from "../../kernel/address.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import { SECOND } from "../../kernel/duration.ts";
import { Stream } from "../../kernel/entropy.ts";
import { contributorBehaviour, nodeBehaviour } from "../adversaries/behaviours.ts";
import { addresses, bareCount, type Cast, castOf } from "../adversaries/cast.ts";
import type { Role } from "../adversaries/role.ts";
import { Stage } from "../adversaries/stage.ts";
import { type ActorSpec, Simulator } from "../core/simulator.ts";
import { defectNamed } from "../defects/defects.ts";
import { HostModel } from "../hosts/availability.ts";
import { type AvailabilityTrace, parseAvailabilityTrace } from "../hosts/availability-trace.ts";
import type { HostPlace } from "../network/latency.ts";
import { Network } from "../network/link.ts";
import { parseRttMatrix, type RttMatrix } from "../network/rtt-matrix.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import type { Scenario } from "../scenario/schema.ts";
import { earning, edgeMode } from "./commons-mode.ts";
import { type Machinery, machinery, type NodePlace, type Power } from "./expected-capacity.ts";
import type { RunInputs } from "./inputs.ts";
import { type Places, places } from "./places.ts";
import {
  choosePolicy,
  placementPolicies,
  rewardsPolicies,
  schedulingTable,
  verificationPolicies,
} from "./policy-table.ts";
import { trainingBehaviours, trainingSpecs } from "./training.ts";
import { TREASURER, treasurerBehaviours, treasurerSpecs } from "./treasury.ts";

/** A data centre's line: edges and the ledger are no volunteers' machines. */
const SERVER: Omit<HostPlace, "site"> = { accessUs: 500, uplinkMbps: 1_000, downlinkMbps: 1_000 };

/** Commands that an actor can issue again after a crash. */
const OUTBOX_TAIL = 32;

export const LEDGER = address("ledger", "l0");
export const AUDITOR = address("auditor", "a0");
export const COMMONS = address("contributor", "commons");

/** Who is who in a run; machine h is the host h of the network. */
export interface World {
  readonly scenario: Scenario;
  readonly sim: Simulator;
  readonly places: Places;
  readonly model: HostModel;
  readonly machinery: Machinery;
  readonly nodes: ReadonlyArray<Address>;
  /** Owners of machines, then those without, then further names of adversaries. */
  readonly contributors: ReadonlyArray<Address>;
  /** How many own machines. */
  readonly owners: number;
  readonly cast: Cast;
  readonly stage: Stage;
  /** Slots and true speed of a slot, MFLOP per second, of a node's own. */
  readonly powerOf: (node: NodePlace) => Power;
  readonly edges: ReadonlyArray<Address>;
  /** Network host of each edge. */
  readonly hostOfEdge: ReadonlyArray<number>;
  /** Executions that a task begins with. */
  readonly executions: number;
  /** Owners who may be needed until a task is judged. */
  readonly voters: number;
  /** True when a verifier judges results; else the first one is believed. */
  readonly guarded: boolean;
  /** True when the rule promises that nothing wrong is ever accepted in this scenario. */
  readonly guaranteed: boolean;
  /** Waiting attempts in an edge's schedule. */
  readonly queueSize: (schedule: unknown) => number;
  /** True when the network or a restart may bring a message twice. */
  readonly repeats: boolean;
  readonly startUs: number;
  readonly endUs: number;
  readonly ownerOf: (machine: number) => Address;
}

/** A rule that knows no credit admits everybody, but the books are kept. */
function accessOf({ access, policies }: Scenario): Scenario["access"] {
  const { policy } = choosePolicy("scheduling", schedulingTable(), policies.scheduling);
  return access === "credit" && policy.admission === "open" ? "account" : access;
}

/** Throws {@link ScenarioError} for what only shows when the parts meet. */
export function buildWorld(inputs: RunInputs): World {
  const { seed } = inputs;
  const scenario = { ...inputs.scenario, access: accessOf(inputs.scenario) };
  const owners = Math.ceil(scenario.nodes / scenario.nodesPerContributor);
  const bare = bareCount(scenario.adversaries, owners);
  const where = places(scenario, seed, scenario.nodes + bare);
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
  const { behaviours, executions, voters, guarded, guaranteed, queueSize } = behavioursOf(inputs);
  const hostOfEdge = where.siteOfEdge.map((_, i) => scenario.nodes + bare + i);
  const network = networkOf(inputs, where, scenario.nodes + bare);
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
  const nodes = addresses("node", scenario.nodes);
  const { adversaries, nodesPerContributor: perOwner } = scenario;
  const cast = castOf({ adversaries, seed, owners, nodes, perOwner });
  const made = weakened(machinery(model, scenario.hosts, trace), cast);
  const endUs = startUs + scenario.until;
  const { contributors } = cast;
  return {
    scenario,
    sim,
    places: where,
    model,
    machinery: made,
    nodes,
    contributors,
    owners,
    cast,
    stage: new Stage({ seed, startUs, endUs, entries: adversaries.length }),
    powerOf: powersOf(cast, made),
    edges: addresses("edge", scenario.edges),
    hostOfEdge,
    executions,
    voters,
    guarded,
    guaranteed: guaranteed && !cast.isCollusive,
    queueSize,
    repeats: outboxTail > 0 || scenario.network.duplicate > 0,
    startUs,
    endUs,
    ownerOf: (machine) => contributors[Math.floor(machine / perOwner)] as Address,
  };
}

/** Machines as they are given: a token contributor gives next to nothing of its own. */
function weakened(made: Machinery, cast: Cast): Machinery {
  const { slots, slotMflops, expectedMflops } = made;
  const capacities = slotMflops.map((speed, h) => speed * (slots[h] as number)).sort();
  const median = capacities[capacities.length >> 1] ?? 0;
  for (const { adversary, identities } of cast.members) {
    if (adversary.kind !== "token") continue;
    for (const { machine } of identities[0]?.parts ?? []) {
      const whole = (slots[machine] as number) * (slotMflops[machine] as number);
      const given = Math.max(1, Math.round(adversary.capacity * median));
      expectedMflops[machine] = ((expectedMflops[machine] as number) * given) / whole;
      slots[machine] = 1;
      slotMflops[machine] = given;
    }
  }
  return made;
}

/** Speeds of nodes; one that shows a part of a machine has that part of its slots and speed. */
function powersOf(cast: Cast, { slots, slotMflops }: Machinery): World["powerOf"] {
  const divided = new Map<Address, Power>();
  for (const { identities } of cast.members) {
    for (const { node, machine, share } of identities.flatMap(({ parts }) => parts)) {
      if (share === 1) continue;
      const all = slots[machine] as number;
      const own = Math.max(1, Math.round(all * share));
      const speed = ((slotMflops[machine] as number) * all * share) / own;
      divided.set(node, { slots: own, slotMflops: Math.max(1, Math.floor(speed)) });
    }
  }
  return ({ address: at, host }) =>
    divided.get(at) ?? { slots: slots[host] as number, slotMflops: slotMflops[host] as number };
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
  const scheduling = choosePolicy("scheduling", schedulingTable(), policies.scheduling);
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
    ledgerOf(scenario),
    makeAuditor(),
    ...trainingBehaviours(scenario),
    ...treasurerBehaviours(scenario),
  ];
  const { wrap } = defectNamed(defect);
  const behaviours = new Map(made.map((each) => [each.kind, wrap(each)]));
  const queueSize = (schedule: unknown) => scheduling.policy.size(schedule);
  const { judges, guaranteed, owners } = verification.policy;
  return {
    behaviours,
    executions,
    voters: owners(verification.params),
    guarded: judges,
    // a rule that believes one owner's word promises nothing
    guaranteed: guaranteed && executions > 1,
    queueSize,
  };
}

/** The ledger; one that issues rewards or has a treasurer where the scenario says so. */
function ledgerOf({ policies, chain }: Scenario): AnyBehaviour {
  const choice = policies.rewards;
  const ledger = makeLedger();
  const rule = { treasurer: TREASURER, isRequired: chain?.credential === "required" };
  if (choice === undefined) {
    return chain === undefined ? ledger : withTreasurer(ledger, { ...rule, posted: () => null });
  }
  const issuing = withRewards(ledger, choosePolicy("rewards", rewardsPolicies, choice));
  if (chain === undefined) return issuing;
  return withTreasurer(issuing, {
    ...rule,
    posted: (state) => state.rewards?.issue.posted ?? null,
  });
}

/** The actors of the start, with what each is told about the others. */
export function actorsOf(world: World, seed: number): ReadonlyArray<ActorSpec> {
  const { scenario, edges } = world;
  const { limits, access: gate } = scenario;
  const arrivals = new Stream(seed, "contributors/arrival");
  const core = world.hostOfEdge[0] as number;
  // not pushed: a million arguments do not fit onto the stack
  const specs: ActorSpec[] = [...nodeSpecs(world), ...contributorSpecs(world, arrivals)];
  for (const [i, at] of edges.entries()) {
    specs.push({ address: at, host: world.hostOfEdge[i] as number, input: edgeInput(world, i) });
  }
  const verifier = { ledger: gate === "open" ? null : LEDGER };
  for (let v = 0; v < scenario.verifiers; v++) {
    const host = world.hostOfEdge[v % edges.length] as number;
    specs.push({ address: address("verifier", `v${v}`), host, input: verifier });
  }
  const ledger: LedgerInput = {
    auditor: AUDITOR,
    limits,
    commons: COMMONS,
    // of several only the one that judged a task knows its evidence
    verifier: world.guarded && scenario.verifiers === 1 ? address("verifier", "v0") : null,
    gate: gate === "account" ? gate : "credit",
  };
  specs.push({ address: LEDGER, host: core, input: ledger });
  specs.push({ address: AUDITOR, host: core, input: { ledger: LEDGER, limits } });
  const parties = { edge: edges[0] as Address, ledger: LEDGER, requester: COMMONS };
  specs.push(...trainingSpecs(scenario, seed, { ...parties, host: core }));
  specs.push(...treasurerSpecs(scenario, { ledger: LEDGER, host: core }));
  return specs;
}

/** One node per machine, and one more for each further name that shows the machine. */
function nodeSpecs(world: World): ReadonlyArray<ActorSpec> {
  const { nodes, cast, ownerOf } = world;
  const honest = makeNode();
  const spec = (at: Address, machine: number, owner: Address): ActorSpec => {
    const host = machine;
    const input = nodeInput(world, { address: at, host }, owner);
    const role = roleOf(world, owner, { address: at, host });
    const behaviour = role === undefined ? {} : { behaviour: nodeBehaviour(honest, role) };
    return { address: at, host, input, ...behaviour };
  };
  return [
    ...nodes.map((at, machine) => spec(at, machine, ownerOf(machine))),
    ...cast.moreParts.map(({ node, machine, owner }) => spec(node, machine, owner)),
  ];
}

function contributorSpecs(world: World, arrivals: Stream): ReadonlyArray<ActorSpec> {
  const { scenario, nodes, contributors, edges, owners, cast } = world;
  const { limits, access, nodesPerContributor: per } = scenario;
  const honest = makeContributor();
  const earns = earning(scenario.commons.mode);
  return contributors.map((at, c) => {
    const parts = cast.identityOf.get(at)?.parts;
    const own = parts?.map(({ node }) => node) ?? nodes.slice(c * per, (c + 1) * per);
    const host = parts?.[0]?.machine ?? (c < owners ? c * per : scenario.nodes + c - owners);
    const role = roleOf(world, at, { address: at, host });
    return {
      address: at,
      host,
      input: { edges, ledger: LEDGER, nodes: own, limits, gate: access, ...earns },
      fromUs: world.startUs + Math.floor(arrivals.unit() * scenario.arriveWithin),
      ...(role === undefined ? {} : { behaviour: contributorBehaviour(honest, role) }),
    };
  });
}

/** The part that an actor of `contributor` plays; undefined for honest people. */
function roleOf(world: World, contributor: Address, at: NodePlace): Role | undefined {
  const { cast, stage, scenario, powerOf } = world;
  const member = cast.memberOf.get(contributor);
  if (member === undefined) return undefined;
  const { limits } = scenario;
  const slotMflops = at.address === contributor ? 0 : powerOf(at).slotMflops;
  const board = stage.board(member.entry);
  return { stage, board, member, self: at.address, contributor, limits, slotMflops };
}

function nodeInput({ scenario, edges, cast, powerOf }: World, at: NodePlace, owner: Address) {
  const { slots, slotMflops } = powerOf(at);
  return {
    owner,
    edges,
    slots,
    // A whole number, and as one it needs no box of its own in each node.
    slotMflops: slotMflops | 0,
    probation: scenario.access === "credit",
    starts: false,
    network: cast.identityOf.get(owner)?.network ?? "",
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
      mode: gate === "open" ? "off" : edgeMode(commons.mode),
      taskMflop: Math.max(1, Math.round(commons.taskVcu * MFLOP_PER_VCU)),
      tasksPerJob: commons.tasksPerJob,
    },
    gate,
  };
}
