/** Which of the ready nodes runs a piece of work. */
import type { Address } from "../../kernel/address.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { Candidate } from "../../kernel/policies/placement.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { memberAt, type Pool, poolSize } from "../../kernel/pool.ts";
import type { NodeEntry, TaskRecord } from "./state.ts";
import { draw, type Turn } from "./turn.ts";

/** Ready nodes looked at beyond the wanted sample before work is set aside. */
const FURTHER_LOOKS = 32;

/** Nodes that may take this work. */
export function poolFor(turn: Turn, work: { readonly commons: boolean }): Pool<Address> {
  const { ready, newcomers, input } = turn.next;
  return work.commons && input.commons.mode === "probation" ? newcomers : ready;
}

/** Undefined when the task was cancelled since. */
export function recordOf(turn: Turn, work: Work): TaskRecord | undefined {
  return turn.next.jobs.get(work.job)?.tasks.get(work.task);
}

/** No copy for the requester's own machines, nor a second one for any owner. */
export function isEligible(turn: Turn, work: Work, entry: NodeEntry, record: TaskRecord): boolean {
  const { owner } = entry;
  if (work.commons && turn.next.input.commons.mode === "probation" && !entry.probation) {
    return false;
  }
  return (
    owner !== work.requester && !work.exclude.includes(owner) && !record.owners.includes(owner)
  );
}

/** Samples eligible nodes and lets the placement policy choose; a small pool is looked through. */
export function choose(turn: Turn, pool: Pool<Address>, work: Work): Address | undefined {
  const { placement, placementParams } = turn.rules;
  const record = recordOf(turn, work);
  if (record === undefined) return undefined;
  const wanted = placement.sample(placementParams);
  const looks = wanted + FURTHER_LOOKS;
  const size = poolSize(pool);
  const candidates: Array<Candidate> = [];
  const first = draw(turn, size);
  for (let look = 0; look < Math.min(looks, size) && candidates.length < wanted; look++) {
    const place = size <= looks ? (first + look) % size : draw(turn, size);
    const node = memberAt(pool, place);
    if (candidates.some((candidate) => candidate.node === node)) continue;
    const entry = turn.next.nodes.get(node);
    invariant(entry !== undefined, "a ready node is in the directory");
    if (isEligible(turn, work, entry, record)) candidates.push(candidateOf(node, entry));
  }
  if (candidates.length === 0) return undefined;
  const best = candidates[placement.choose(placementParams, candidates, work)];
  invariant(best !== undefined, `${placement.name} chose none of its candidates`);
  return best.node;
}

function candidateOf(node: Address, entry: NodeEntry): Candidate {
  const { rttUs, slotMflops, finished, started, slots, attempts } = entry;
  return { node, rttUs, slotMflops, freeSlots: slots - attempts.length, finished, started };
}
