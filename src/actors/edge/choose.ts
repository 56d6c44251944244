/** Which of the ready nodes runs a piece of work. */
import type { Address } from "../../kernel/address.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { Candidate } from "../../kernel/policies/placement.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { memberAt, type Pool, poolSize } from "../../kernel/pool.ts";
import { visitNear } from "./near.ts";
import type { NodeEntry, TaskRecord } from "./state.ts";
import { TRUSTED } from "./track.ts";
import { draw, type Turn } from "./turn.ts";

/** Ready nodes looked at beyond the wanted sample before work is set aside. */
const FURTHER_LOOKS = 32;
/** Near nodes looked at before the rest of the directory is asked. */
const NEAR_LOOKS = 64;
/** Nodes of one cluster among the nearest: a rack beside the edge shall not get everything. */
const CLUSTER_MAX = 2;
const SECOND_US = 1_000_000;

/** Nodes that may take this work. */
export function poolFor(turn: Turn, work: { readonly commons: boolean }): Pool<Address> {
  const { ready, newcomers, input } = turn.next;
  return work.commons && input.commons.mode === "probation" ? newcomers : ready;
}

/** Undefined when the task was cancelled since. */
export function recordOf(turn: Turn, work: Work): TaskRecord | undefined {
  return turn.next.jobs.get(work.job)?.tasks.get(work.task);
}

/**
 * No copy for the requester's own machines, nor a second one for any owner or cluster; no paid work
 * for a node that seldom brings results, as long as there is commons work to better itself with.
 */
export function isEligible(turn: Turn, work: Work, entry: NodeEntry, record: TaskRecord): boolean {
  const { owner, cluster, track } = entry;
  const { mode } = turn.next.input.commons;
  if (work.commons && mode === "probation" && !entry.probation) return false;
  if (!work.commons && mode === "idle" && track.reliability < TRUSTED) return false;
  return (
    owner !== work.requester &&
    !work.exclude.includes(owner) &&
    !record.owners.includes(owner) &&
    !record.clusters.includes(cluster)
  );
}

/** Finds eligible nodes, samples them and lets the placement policy choose. */
export function choose(turn: Turn, pool: Pool<Address>, work: Work): Address | undefined {
  const { placement, placementParams } = turn.rules;
  const record = recordOf(turn, work);
  if (record === undefined) return undefined;
  // where a second opinion comes from nobody may foresee: the first of a random draw
  const isCopy = record.owners.length > 0;
  const wanted = isCopy ? 1 : placement.sample(placementParams, work, loadOf(turn));
  const nearest = isCopy ? 0 : (placement.nearest?.(placementParams, work) ?? 0);
  const found =
    nearest > 0 && pool === turn.next.ready
      ? drawSome(turn, nearestEligible(turn, work, record, nearest), wanted)
      : [];
  const nodes = found.length > 0 ? found : sampleEligible(turn, pool, work, { record, wanted });
  if (nodes.length <= 1) return nodes[0];
  const candidates = nodes.map((node) => candidateOf(turn, node));
  const best = candidates[placement.choose(placementParams, candidates, work)];
  invariant(best !== undefined, `${placement.name} chose none of its candidates`);
  return best.node;
}

/** Share of slots at work, as far as it can be told without a look at every node. */
function loadOf({ next }: Turn): number {
  const { size } = next.attempts;
  return size / Math.max(1, size + poolSize(next.ready));
}

function nearestEligible(
  turn: Turn,
  work: Work,
  record: TaskRecord,
  wanted: number,
): Array<Address> {
  const found: Array<Address> = [];
  const clusters: Array<string> = [];
  let looks = 0;
  visitNear(
    turn.next.near,
    (below) => draw(turn, below),
    (node) => {
      const entry = entryOf(turn, node);
      if (isEligible(turn, work, entry, record)) {
        const { cluster } = entry;
        if (clusters.filter((each) => each === cluster).length < CLUSTER_MAX) {
          found.push(node);
          clusters.push(cluster);
        }
      }
      return ++looks < NEAR_LOOKS && found.length < wanted;
    },
  );
  return found;
}

/** `count` of the members, each subset equally likely; reorders the array that it is given. */
function drawSome(turn: Turn, members: Array<Address>, count: number): Array<Address> {
  if (members.length <= count) return members;
  for (let i = 0; i < count; i++) {
    const j = i + draw(turn, members.length - i);
    const moved = members[i] as Address;
    members[i] = members[j] as Address;
    members[j] = moved;
  }
  return members.slice(0, count);
}

/** Eligible nodes of a random draw; a small pool is looked through. */
function sampleEligible(
  turn: Turn,
  pool: Pool<Address>,
  work: Work,
  { record, wanted }: { readonly record: TaskRecord; readonly wanted: number },
): Array<Address> {
  const looks = wanted + FURTHER_LOOKS;
  const size = poolSize(pool);
  const nodes: Array<Address> = [];
  const first = draw(turn, size);
  for (let look = 0; look < Math.min(looks, size) && nodes.length < wanted; look++) {
    const place = size <= looks ? (first + look) % size : draw(turn, size);
    const node = memberAt(pool, place);
    if (nodes.includes(node)) continue;
    if (isEligible(turn, work, entryOf(turn, node), record)) nodes.push(node);
  }
  return nodes;
}

function entryOf(turn: Turn, node: Address): NodeEntry {
  const entry = turn.next.nodes.get(node);
  invariant(entry !== undefined, "a ready node is in the directory");
  return entry;
}

/** Speed of a slot: as measured, and the node's own word only before that. */
export function speedOf({ slotMflops, track }: NodeEntry): number {
  return track.mflops === 0 ? slotMflops : track.mflops;
}

function candidateOf(turn: Turn, node: Address): Candidate {
  const entry = entryOf(turn, node);
  const { rttUs, finished, started, slots, attempts, track, upSinceS } = entry;
  return {
    node,
    rttUs,
    slotMflops: speedOf(entry),
    kbps: track.kbps,
    slots,
    freeSlots: slots - attempts.length,
    finished,
    started,
    reliability: track.reliability,
    upUs: Math.max(0, turn.atUs - upSinceS * SECOND_US),
  };
}
