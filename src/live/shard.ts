/**
 * A shard is a group of actors that share one journal and one owner at a time: the unit of
 * ownership, recovery and fencing. Which shard an actor belongs to follows from its address alone,
 * so a sender needs no directory.
 */
import { type Address, idOf, kindOf } from "../kernel/address.ts";

export type ShardId = string & { readonly ShardId: unique symbol };

/** Contributors, ledger, verifiers and the auditor: what the operator's own process holds. */
export const CORE = "core" as ShardId;

export function nodeShard(id: string): ShardId {
  return `node-${id}` as ShardId;
}

export function edgeShard(id: string): ShardId {
  return `edge-${id}` as ShardId;
}

/**
 * A node is alone in its shard; an edge is with its jobs and training runs (`job/<edge>.<name>`).
 */
export function shardOf(at: Address): ShardId {
  const id = idOf(at);
  switch (kindOf(at)) {
    case "node":
      return nodeShard(id);
    case "edge":
      return edgeShard(id);
    case "job":
    case "training":
      return edgeShard(id.slice(0, id.indexOf(".")));
    default:
      return CORE;
  }
}
