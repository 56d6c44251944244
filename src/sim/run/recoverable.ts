/**
 * Which jobs can still end in the liveness phase. Before a job that never ended is called a bug,
 * somebody must have been able to run it: enough owners of healthy machines that the edge knows and
 * that bring results, beside the requester itself, and for each task one that had no part in it.
 */

import type { EdgeContext } from "../../actors/edge/state.ts";
import { TRUSTED } from "../../actors/edge/track.ts";
import type { JobContext, JobInput, Task } from "../../actors/job/state.ts";
import type { NodeContext } from "../../actors/node/state.ts";
import type { Address } from "../../kernel/address.ts";
import type { ChartState } from "../../kernel/chart.ts";
import type { Hosted } from "../core/hosted.ts";
import type { RunParts } from "./parts.ts";

/** Clusters of an owner's machines that can work for an edge. */
type AbleOwners = ReadonlyMap<Address, ReadonlySet<string>>;

const nobody: AbleOwners = new Map();

/** Says of a job whether those who can work for its edge are enough for it. */
export function recoverableJobs({ world, runner }: RunParts): (job: Hosted) => boolean {
  const edges = new Map<Address, Map<Address, Set<string>>>();
  for (const at of world.nodes) {
    const node = world.sim.actor(at);
    if (node.down !== 0 || runner.isWrong(node)) continue;
    const { context, at: leaf } = node.state as ChartState<NodeContext>;
    if (context.edge === null || context.drain || leaf === "retired") continue;
    const cluster = clusterOf(world.sim.actor(context.edge), at);
    if (cluster === undefined) continue;
    const owners = edges.get(context.edge) ?? new Map<Address, Set<string>>();
    edges.set(context.edge, owners);
    owners.set(context.owner, (owners.get(context.owner) ?? new Set()).add(cluster));
  }
  return (job) => {
    const able = edges.get(inputOf(job).edge) ?? nobody;
    return able.size > world.voters && hasTakers(contextOf(job), able);
  };
}

/**
 * The cluster under which an edge knows a node; undefined for one that it does not know, and for
 * one that it lets rest for up to a day because its leases end without results.
 */
function clusterOf(edge: Hosted, node: Address): string | undefined {
  const { nodes } = (edge.state as ChartState<EdgeContext>).context;
  const entry = nodes.get(node);
  if (entry === undefined) return undefined;
  return entry.silent && entry.track.reliability < TRUSTED ? undefined : entry.cluster;
}

/** True when each task that waits for a further copy has an owner left who may run it. */
export function hasTakers({ input, tasks }: JobContext, able: AbleOwners): boolean {
  return tasks.entries().every(([, task]) => {
    if (task.open.every(({ sealed }) => sealed !== null)) return true;
    const taken = new Set([input.requester, ...input.exclude, ...ownersWhoHadTheirTurn(task)]);
    const used = new Set([...taken].flatMap((owner) => [...(able.get(owner) ?? [])]));
    return [...able].some(
      ([owner, clusters]) => !taken.has(owner) && [...clusters].some((each) => !used.has(each)),
    );
  });
}

function ownersWhoHadTheirTurn({ open, results, withheld, forgers }: Task): Array<Address> {
  const sealed = [...open, ...withheld].flatMap((each) =>
    each.sealed === null ? [] : [each.sealed.owner],
  );
  return [...results.map(({ owner }) => owner), ...sealed, ...forgers];
}

/** True for work that no requester asked for. */
export function isCommons(job: Hosted): boolean {
  return inputOf(job).commons;
}

function inputOf(job: Hosted): JobInput {
  return contextOf(job).input;
}

function contextOf(job: Hosted): JobContext {
  return (job.state as ChartState<JobContext>).context;
}
