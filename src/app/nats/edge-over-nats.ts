/** One edge with its jobs in a process of its own. A second one of the same name stands by. */
import { Effect, type Scope } from "effect";
import type { Credentials } from "../../adapters/nats/credentials.ts";
import type { SettingsStore } from "../../adapters/nats/settings.ts";
import type { Address } from "../../kernel/address.ts";
import { ROUNDS } from "../../kernel/ports/rounds.ts";
import { edgeShard, type ShardId } from "../../live/shard.ts";
import { DemandWatch, localNetwork } from "../gateway/local-network.ts";
import { liveBehaviours } from "../live/behaviours.ts";
import type { NetworkConfig } from "../live/config.ts";
import { type Network, openNetwork } from "../live/network.ts";
import { edgePlan } from "../live/plan.ts";
import { lineOf } from "../live/up.ts";
import { jobsView } from "../live/views/jobs.ts";
import { trainingsView } from "../live/views/trainings.ts";
import { openEdgeTrainer } from "./edge-trainer.ts";
import { answerGateways } from "./far-edge.ts";
import { type KeptConnections, natsParts, type OverNats } from "./over-nats.ts";

export interface PartOfNetwork {
  /** Name of the edge or of the node. */
  readonly name: string;
  readonly folder: string;
  readonly url: string;
  readonly config: NetworkConfig;
  readonly credentials: Credentials | undefined;
  readonly limits?: OverNats["limits"];
  readonly say: (line: string) => void;
  /** With it a process stands by while another owns its shard, until it is asked to end. */
  readonly isAsked?: () => boolean;
  /** Of the process, where it opens its shard again when that was lost. */
  readonly kept?: KeptConnections;
  /** What the configuration becomes by what the operator published; else it stays as it is. */
  readonly follow?: (published: SettingsStore | undefined) => Promise<NetworkConfig>;
}

export function followed(
  { config, follow }: PartOfNetwork,
  published: SettingsStore | undefined,
): Effect.Effect<NetworkConfig, unknown> {
  if (follow === undefined) return Effect.succeed(config);
  return Effect.tryPromise({ try: () => follow(published), catch: (error) => error });
}

/** What {@link natsParts} takes for a process of one shard. */
export function overNats(part: PartOfNetwork, shard: ShardId): OverNats {
  const { folder, url, credentials, limits, say } = part;
  return {
    folder,
    url,
    limits,
    isAsked: part.isAsked,
    kept: part.kept,
    shards: [shard],
    credentials: credentials === undefined ? undefined : new Map([[shard, credentials]]),
    troubled: (words) => say(`nats: ${words}`),
  };
}

export function openEdge(part: PartOfNetwork): Effect.Effect<Network, unknown, Scope.Scope> {
  const { name, folder, say } = part;
  return Effect.gen(function* () {
    const parts = yield* natsParts(overNats(part, edgeShard(name)));
    const config = yield* followed(part, parts.published);
    const rules = liveBehaviours(config);
    const { aggregation } = rules;
    const rounds = yield* openEdgeTrainer({ rules: aggregation, folder, blobs: parts.blobs, say });
    const watch = new DemandWatch();
    const network = yield* openNetwork({
      ...parts,
      behaviours: rules.behaviours,
      plans: [edgePlan(config, rules, name)],
      portsOf: () => new Map([[ROUNDS, rounds]]),
      log: (event) => say(lineOf(event)),
      onDelivery: watch.seen,
    });
    const known = localNetwork(network, watch, name);
    const answers = {
      job: known.job,
      tasks: known.tasks,
      log: known.log,
      nodes: known.nodes,
      metrics: known.metrics,
      requester: async (job: Address) => requesterOf(network, job),
    };
    yield* Effect.acquireRelease(
      Effect.promise(() => answerGateways(parts.bus, answers, known.onJob)),
      (answering) => Effect.promise(() => answering.stop()),
    );
    return network;
  });
}

function requesterOf(network: Network, job: Address): Address | undefined {
  for (const { byAddress } of network.views(jobsView)) {
    const known = byAddress.get(job);
    if (known !== undefined) return known.requester;
  }
  for (const { byAddress } of network.views(trainingsView)) {
    const known = byAddress.get(job);
    if (known !== undefined) return known.requester;
  }
  return undefined;
}
