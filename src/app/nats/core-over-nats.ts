/** The operator's own part in a process of its own: ledger, verifier, auditor, all contributors. */
import { Effect, type Scope } from "effect";
import type { DemandWithdrawn, NodesChanged } from "../../actors/contributor/messages.ts";
import { type Address, address } from "../../kernel/address.ts";
import { CHAIN } from "../../kernel/ports/chain.ts";
import type { Told } from "../../live/host-parts.ts";
import type { LivePort } from "../../live/live-port.ts";
import { CORE } from "../../live/shard.ts";
import type { Seen } from "../../live/view.ts";
import type { JobFacts, Metric, NetworkHandle, NodeFacts } from "../gateway/network-handle.ts";
import { liveBehaviours } from "../live/behaviours.ts";
import type { NetworkConfig } from "../live/config.ts";
import { type Network, openNetwork } from "../live/network.ts";
import { openChain } from "../live/open-chain.ts";
import { contributorsOf, corePlan, EDGE } from "../live/plan.ts";
import { tonChain } from "../live/ton-chain.ts";
import { lineOf } from "../live/up.ts";
import { overNats, type PartOfNetwork } from "./edge-over-nats.ts";
import { FarEdge } from "./far-edge.ts";
import { natsParts } from "./over-nats.ts";

export interface CoreParts extends Omit<PartOfNetwork, "name"> {
  readonly onDelivery: (seen: Seen) => void;
}

export interface Core {
  readonly network: Network;
  /** Adds to what is known here what the edge knows. */
  readonly widened: (local: NetworkHandle) => NetworkHandle;
}

export function openCore(part: CoreParts): Effect.Effect<Core, unknown, Scope.Scope> {
  const { config, say, onDelivery } = part;
  const { chain } = config;
  return Effect.gen(function* () {
    const rules = liveBehaviours(config);
    const parts = yield* natsParts(overNats({ ...part, name: "" }, CORE));
    const plan = corePlan(config, rules);
    const ports = new Map<string, LivePort>();
    if (chain !== undefined) {
      const prepare = tonChain({ folder: part.folder, chain, say });
      ports.set(CHAIN, yield* openChain({ prepare, say }));
    }
    const network = yield* openNetwork({
      ...parts,
      chain,
      behaviours: rules.behaviours,
      // machines may have come while nobody was here
      plans: [{ ...plan, greetings: machinesOf(config) }],
      portsOf: () => ports,
      log: (event) => say(lineOf(event)),
      onDelivery,
    });
    const far = yield* Effect.acquireRelease(
      Effect.promise(() => FarEdge.on(parts.bus, EDGE)),
      (each) => Effect.promise(() => each.close()),
    );
    return { network, widened: (local) => withFarEdge({ network, config, far }, local) };
  });
}

/** Tells each contributor which machines are its own. */
export function machinesOf(config: NetworkConfig): ReadonlyArray<Told> {
  return contributorsOf(config).map((name) => {
    const own = config.machines.filter(({ owner }) => owner === name);
    const nodes = own.map(({ node }) => address("node", node));
    const message: NodesChanged = { type: "NodesChanged", nodes };
    return { to: address("contributor", name), port: "requester", message };
  });
}

/** What is known of machines while the edge does not answer. */
function unseen({ machines }: NetworkConfig): ReadonlyArray<NodeFacts> {
  return machines.map(({ node: id, owner, slots, slotMflops }) => {
    return { id, owner, state: "unknown", edge: null, slots, slotMflops, running: 0, done: 0 };
  });
}

interface Around {
  readonly network: Network;
  readonly config: NetworkConfig;
  readonly far: FarEdge;
}

function withFarEdge({ network, config, far }: Around, local: NetworkHandle): NetworkHandle {
  return {
    ...local,
    job: async (name) => {
      const own = await local.job(name);
      if (own === undefined) return undefined;
      const told = await far.answerTo<JobFacts>("job", name);
      if (told !== undefined || own.state !== "settled") return told ?? own;
      // ended without its results it would never have any, nor a verdict for its escrow
      far.miss(name);
      return { ...own, state: "running", endedUs: null };
    },
    tasks: async (name) => await far.ask("tasks", name),
    log: async (name) => {
      const own = await local.log(name);
      const told = await far.ask<typeof own>("log", name);
      if (told === undefined) return own;
      const lines = [...own.lines, ...told.lines].sort((a, b) => a.atUs - b.atUs);
      return { lines, dropped: own.dropped + told.dropped };
    },
    nodes: async () => (await far.ask("nodes", null)) ?? unseen(config),
    metrics: async () => {
      const told = (await far.ask<ReadonlyArray<Metric>>("metrics", null)) ?? [];
      return together([...(await local.metrics()), ...told]);
    },
    cancel: async (job) => {
      const to = await far.ask<Address>("requester", job);
      if (to === undefined) return;
      const message: DemandWithdrawn = { type: "DemandWithdrawn", job };
      await network.tell({ to, port: "requester", message });
    },
    onJob: (heard) => {
      const watches = [local.onJob(heard), far.onJob(heard)];
      const stop = () => {
        for (const each of watches) each.stop();
      };
      return { stop };
    },
  };
}

/** A family of metrics is told once, with the samples of all. */
function together(metrics: ReadonlyArray<Metric>): ReadonlyArray<Metric> {
  const families = new Map<string, Metric>();
  for (const each of metrics) {
    const known = families.get(each.name);
    const samples = [...(known?.samples ?? []), ...each.samples];
    families.set(each.name, { ...each, samples });
  }
  return [...families.values()];
}
