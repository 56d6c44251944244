/**
 * A training round has one worker of an owner. With fewer owners than workers no round is ever
 * full: each would wait for its whole term. Whoever asks for that is told at once.
 */
import { refuse } from "../../adapters/http/problem.ts";
import type { NodeFacts } from "./network-handle.ts";
import type { PlannedJob } from "./planner.ts";

/** Throws a refusal. Machines of the requester itself never work for it. */
export function demandOwners(
  { training }: PlannedJob,
  nodes: ReadonlyArray<NodeFacts>,
  requester: string,
): void {
  if (training === undefined) return;
  const { workers } = training;
  const near = nodes.filter(({ owner, state }) => owner !== requester && state !== "away");
  const { size } = new Set(near.map(({ owner }) => owner));
  if (workers <= size) return;
  const most = size === 0 ? "" : `ask for at most ${size}, or `;
  throw refuse(
    422,
    "too-few-machines",
    `a round of ${workers} workers needs machines of ${workers} other owners, and ${size} are ` +
      `here; ${most}hand the job in when there are more`,
    { field: "workers" },
  );
}
