/**
 * Which edges can finish their work in the liveness phase. Before a job that never ended is called
 * a bug, somebody must have been able to run it: enough owners of healthy machines that the edge
 * knows, beside the requester itself.
 */
import type { JobContext, JobInput } from "../../actors/job/state.ts";
import type { NodeContext } from "../../actors/node/state.ts";
import type { Address } from "../../kernel/address.ts";
import type { ChartState } from "../../kernel/chart.ts";
import type { Hosted } from "../core/hosted.ts";
import type { RunParts } from "./parts.ts";

/** Edges with at least one owner more than a task may need. */
export function recoverableEdges({ world, runner }: RunParts): ReadonlySet<Address> {
  const owners = new Map<Address, Set<Address>>();
  for (const at of world.nodes) {
    const node = world.sim.actor(at);
    if (node.down !== 0 || runner.isWrong(node)) continue;
    const { context, at: leaf } = node.state as ChartState<NodeContext>;
    if (context.edge === null || context.drain || leaf === "retired") continue;
    const known = owners.get(context.edge);
    if (known === undefined) owners.set(context.edge, new Set([context.owner]));
    else known.add(context.owner);
  }
  const able = [...owners].filter(([, of]) => of.size > world.voters);
  return new Set(able.map(([edge]) => edge));
}

/** The edge that opened a job. */
export function edgeOfJob(job: Hosted): Address {
  return inputOf(job).edge;
}

/** True for work that no requester asked for. */
export function isCommons(job: Hosted): boolean {
  return inputOf(job).commons;
}

function inputOf(job: Hosted): JobInput {
  return (job.state as ChartState<JobContext>).context.input;
}
