/**
 * A training round gives every owner one worker where there are as many owners as workers. On a
 * smaller network each takes several, so that what is trained does not depend on who is there.
 */
import { refuse } from "../../adapters/http/problem.ts";
import type { NodeFacts } from "./network-handle.ts";
import type { PlannedJob } from "./planner.ts";

/**
 * Tells the run how many owners share its workers. Throws a refusal where there is nobody: machines
 * of the requester itself never work for it.
 */
export function sharedAmong(
  planned: PlannedJob,
  nodes: ReadonlyArray<NodeFacts>,
  requester: string,
): PlannedJob {
  const { training } = planned;
  if (training === undefined) return planned;
  const near = nodes.filter(({ owner, state }) => owner !== requester && state !== "away");
  const { size } = new Set(near.map(({ owner }) => owner));
  if (size === 0) {
    throw refuse(
      422,
      "too-few-machines",
      "a training run needs machines of other owners than you, and none is here; hand the job in " +
        "when there is one",
      { field: "workers" },
    );
  }
  if (size >= training.workers) return planned;
  return { ...planned, training: { ...training, owners: size } };
}
