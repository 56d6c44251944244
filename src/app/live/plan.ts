/** Which shards a network has, and which actors each begins with. */
import type { ContributorInput } from "../../actors/contributor/state.ts";
import type { EdgeInput } from "../../actors/edge/state.ts";
import type { LedgerInput } from "../../actors/ledger/state.ts";
import type { HostStarted } from "../../actors/node/messages.ts";
import type { NodeInput } from "../../actors/node/state.ts";
import { livePace, type TreasurerInput } from "../../actors/treasurer/state.ts";
import type { VerifierInput } from "../../actors/verifier/state.ts";
import { type Address, address } from "../../kernel/address.ts";
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import { SECOND } from "../../kernel/duration.ts";
import type { Founder, Told } from "../../live/host-parts.ts";
import { CORE, edgeShard, nodeShard, type ShardId } from "../../live/shard.ts";
import type { AnyView } from "../../live/view.ts";
import { earning, edgeMode } from "../../sim/run/commons-mode.ts";
import type { LiveBehaviours } from "./behaviours.ts";
import type { Machine, NetworkConfig } from "./config.ts";
import { TREASURER } from "./treasurer-address.ts";
import { contributorsView } from "./views/contributors.ts";
import { demandsView } from "./views/demands.ts";
import { jobsView } from "./views/jobs.ts";
import { nodesView } from "./views/nodes.ts";
import { trainingsView } from "./views/trainings.ts";

export const LEDGER = address("ledger", "l0");
const AUDITOR = address("auditor", "a0");
const VERIFIER = address("verifier", "v0");
const COMMONS = address("contributor", "commons");
/** Name of the one edge of a network on one machine. */
export const EDGE = "e0";

export interface ShardPlan {
  readonly shard: ShardId;
  readonly founders: ReadonlyArray<Founder>;
  readonly greetings: ReadonlyArray<Told>;
  readonly views: ReadonlyArray<AnyView>;
}

/** The operator's own part: the keepers of credit and judgement, and all contributors. */
export function corePlan(config: NetworkConfig, rules: LiveBehaviours): ShardPlan {
  const { limits } = config;
  const verifier: VerifierInput = { ledger: rules.access === "open" ? null : LEDGER };
  const ledger: LedgerInput = {
    auditor: AUDITOR,
    limits,
    commons: COMMONS,
    verifier: rules.judges ? VERIFIER : null,
    gate: rules.access === "account" ? "account" : "credit",
  };
  return {
    shard: CORE,
    founders: [
      { address: LEDGER, input: ledger },
      { address: AUDITOR, input: { ledger: LEDGER, limits } },
      { address: VERIFIER, input: verifier },
      ...treasurerOf(config),
      ...contributorsOf(config).map((name) => contributorFounder(name, config, rules)),
    ],
    greetings: [],
    views: [contributorsView, demandsView],
  };
}

function treasurerOf({ chain }: NetworkConfig): ReadonlyArray<Founder> {
  if (chain === undefined) return [];
  // what a local chain does not allow yet it allows within its epoch of a minute
  const pace = chain.network === "local" ? { ...livePace, earlyUs: 10 * SECOND } : livePace;
  const input: TreasurerInput = { ledger: LEDGER, pace };
  return [{ address: TREASURER, input }];
}

/** Names of all who own a machine, and the requester's. */
export function contributorsOf({ machines, requester }: NetworkConfig): ReadonlyArray<string> {
  return [...new Set([requester, ...machines.map(({ owner }) => owner)])];
}

function contributorFounder(
  name: string,
  { machines, limits, commons }: NetworkConfig,
  { access }: LiveBehaviours,
): Founder {
  const own = machines.filter(({ owner }) => owner === name);
  const input: ContributorInput = {
    edges: [address("edge", EDGE)],
    ledger: LEDGER,
    nodes: own.map(({ node }) => address("node", node)),
    limits,
    gate: access,
    ...earning(commons.mode),
  };
  return { address: address("contributor", name), input };
}

export function edgePlan(config: NetworkConfig, rules: LiveBehaviours, id = EDGE): ShardPlan {
  const { limits, commons } = config;
  const at = address("edge", id);
  const input: EdgeInput = {
    edge: at,
    ledger: LEDGER,
    verifier: rules.judges ? VERIFIER : null,
    limits,
    executions: rules.executions,
    commons: {
      mode: rules.access === "open" ? "off" : edgeMode(commons.mode),
      taskMflop: Math.max(1, Math.round(commons.taskVcu * MFLOP_PER_VCU)),
      tasksPerJob: commons.tasksPerJob,
    },
    gate: rules.access,
  };
  return {
    shard: edgeShard(id),
    founders: [{ address: at, input }],
    greetings: [],
    views: [jobsView, trainingsView, nodesView],
  };
}

export function nodePlan(machine: Machine, { access }: LiveBehaviours): ShardPlan {
  const { node, owner, slots, slotMflops } = machine;
  const at: Address = address("node", node);
  const input: NodeInput = {
    owner: address("contributor", owner),
    edges: [address("edge", EDGE)],
    slots,
    slotMflops,
    probation: access === "credit",
    starts: false,
    network: "",
  };
  const started: HostStarted = { type: "HostStarted" };
  return {
    shard: nodeShard(node),
    founders: [{ address: at, input }],
    greetings: [{ to: at, port: "host", message: started }],
    views: [],
  };
}

/** Everything in one process. */
export function wholePlan(config: NetworkConfig, rules: LiveBehaviours): ReadonlyArray<ShardPlan> {
  return [
    corePlan(config, rules),
    edgePlan(config, rules),
    ...config.machines.map((machine) => nodePlan(machine, rules)),
  ];
}
