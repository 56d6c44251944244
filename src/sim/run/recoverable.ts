/**
 * Which edges can finish their work in the liveness phase. Before a job that never ended is called
 * a bug, somebody must have been able to run it: enough owners of healthy machines that the edge
 * knows, beside the requester itself.
 */
import type { NodeContext } from "../../actors/node/state.ts";
import type { Address } from "../../kernel/address.ts";
import type { ChartState } from "../../kernel/chart.ts";
import type { RunParts } from "./parts.ts";

/** Edges with at least one owner more than the executions that a task needs. */
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
  const able = [...owners].filter(([, of]) => of.size > world.executions);
  return new Set(able.map(([edge]) => edge));
}

/** Jobs are named after the edge that opened them: `job/<edge id>.…`. */
export function edgeOfJob(job: Address): Address {
  return `edge/${job.slice(4, job.indexOf("."))}` as Address;
}
