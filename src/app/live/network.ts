/**
 * Puts a live network, or the part of it that runs in this process, together: shards over a bus,
 * journals and leases, with the ports of the machine. What is acquired is released in the opposite
 * order: machines say goodbye, then shards finish, keep a snapshot and let go.
 */
import { Effect, type Scope } from "effect";
import type { HostStopping } from "../../actors/node/messages.ts";
import { type Address, kindOf } from "../../kernel/address.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import type { Blobs } from "../../live/blobs.ts";
import type { Bus } from "../../live/bus.ts";
import type { DeadLetters } from "../../live/dead-letters.ts";
import { ShardHost } from "../../live/host.ts";
import type { HostEnd, HostEvent, HostSettings, Told } from "../../live/host-parts.ts";
import type { Journals } from "../../live/journal.ts";
import type { Leases } from "../../live/leases.ts";
import type { LivePort } from "../../live/live-port.ts";
import { type ShardId, shardOf } from "../../live/shard.ts";
import type { Seen, View } from "../../live/view.ts";
import type { ChainConfig } from "./config.ts";
import type { ShardPlan } from "./plan.ts";

export interface NetworkParts {
  /** Name of this process among those that may own its shards. */
  readonly holder: string;
  readonly bus: Bus;
  readonly journals: Journals;
  readonly leases: Leases;
  readonly blobs: Blobs;
  readonly deadLetters: DeadLetters;
  /** Resolves with why when the line to the others ended for good. */
  readonly lost?: Promise<string>;
  readonly behaviours: ReadonlyMap<string, AnyBehaviour>;
  readonly plans: ReadonlyArray<ShardPlan>;
  /** Actors that are to leave their quarantine. */
  readonly revive?: ReadonlyArray<Address>;
  /** The chain that the network has; undefined without one. */
  readonly chain?: ChainConfig | undefined;
  /** The ports that the actors of a shard may call; whoever made them closes them, later. */
  readonly portsOf: (shard: ShardId) => ReadonlyMap<string, LivePort>;
  readonly log: (event: HostEvent) => void;
  readonly onDelivery?: (seen: Seen) => void;
  readonly settings?: Partial<HostSettings>;
}

export interface Network {
  readonly blobs: Blobs;
  readonly bus: Bus;
  readonly chain: ChainConfig | undefined;
  readonly hosts: ReadonlyMap<ShardId, ShardHost>;
  /** The environment speaks to an actor of this process; resolves when that is durable. */
  readonly tell: (told: Told) => Promise<void>;
  /** The view of every shard here that keeps it; they may change with the next delivery. */
  readonly views: <V>(view: View<V>) => ReadonlyArray<V>;
  /** State of an actor of this process; undefined when it is not here. */
  readonly stateOf: (at: Address) => unknown;
  /** A port of an actor's shard, for who reads of the world what that actor does. */
  readonly portAt: (at: Address, name: string) => LivePort | undefined;
  /** Resolves when a shard ended that was not asked to. */
  readonly broken: Promise<HostEnd>;
}

/** A shard could not be opened. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

export function openNetwork(
  parts: NetworkParts,
): Effect.Effect<Network, NetworkError, Scope.Scope> {
  return Effect.gen(function* () {
    const opened = yield* Effect.forEach(parts.plans, (plan) => openShard(parts, plan));
    const hosts = new Map(opened.map((host) => [host.shard, host]));
    const tell = (told: Told): Promise<void> => {
      const host = hosts.get(shardOf(told.to));
      if (host !== undefined) return host.tell(told);
      return Promise.reject(new NetworkError(`${told.to} is not in this process`));
    };
    return {
      blobs: parts.blobs,
      bus: parts.bus,
      chain: parts.chain,
      hosts,
      tell,
      views: (view) => opened.flatMap((host) => host.view(view) ?? []),
      portAt: (at, name) => {
        const shard = shardOf(at);
        return hosts.has(shard) ? parts.portsOf(shard).get(name) : undefined;
      },
      stateOf: (at) => hosts.get(shardOf(at))?.stateOf(at),
      broken: Promise.race([firstBroken(opened), cutOff(parts)]),
    };
  });
}

async function cutOff({ lost }: NetworkParts): Promise<HostEnd> {
  if (lost === undefined) return new Promise(() => {});
  return { why: "crash", words: await lost };
}

async function firstBroken(hosts: ReadonlyArray<ShardHost>): Promise<HostEnd> {
  const brokenOf = async ({ ended }: ShardHost): Promise<HostEnd> => {
    const end = await ended;
    // what was closed on purpose is no news, and nobody waits for it any more
    return end.why === "closed" ? new Promise(() => {}) : end;
  };
  return await Promise.race(hosts.map(brokenOf));
}

function openShard(
  parts: NetworkParts,
  plan: ShardPlan,
): Effect.Effect<ShardHost, NetworkError, Scope.Scope> {
  const ports = parts.portsOf(plan.shard);
  const open = Effect.tryPromise({
    try: () => ShardHost.open({ ...parts, ...plan, ports }),
    catch: (error) => {
      const words = error instanceof Error ? error.message : String(error);
      return new NetworkError(words, { cause: error });
    },
  });
  return Effect.acquireRelease(open, (host) => Effect.promise(() => closeShard(host, plan)));
}

const stopping: HostStopping = { type: "HostStopping" };

/** A machine gives back what it holds while it still can. */
async function closeShard(host: ShardHost, { founders }: ShardPlan): Promise<void> {
  for (const { address: to } of founders) {
    if (kindOf(to) !== "node") continue;
    await host.tell({ to, port: "host", message: stopping }).catch(() => {});
  }
  await host.close();
}
