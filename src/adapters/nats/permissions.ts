/**
 * What each role may say and hear. Everything is decided by subject on the server, so a key that is
 * stolen does no more than its principal could: no role but the operator and the core may make a
 * consumer or a stream, read another's inbox, or write another's journal.
 */
import { CORE, edgeShard, nodeShard, type ShardId } from "../../live/shard.ts";
import { labelOf, type Names, ownerOf, type Principal, tokensOf } from "./names.ts";

export interface Permissions {
  readonly publish: ReadonlyArray<string>;
  readonly subscribe: ReadonlyArray<string>;
}

/** The account that has the streams, and the one of everybody who is not trusted with them. */
export type AccountName = "hub" | "field";

export function accountOf({ role }: Principal): AccountName {
  return role === "operator" || role === "core" ? "hub" : "field";
}

export function permissionsOf(principal: Principal, names: Names): Permissions {
  const answers = `_INBOX_${labelOf(principal)}.>`;
  const topics = `${names.network}.topic.>`;
  switch (principal.role) {
    // the operator's own processes: who sets a network up may make consumers, and so do anything
    case "operator":
    case "core":
      return { publish: [">"], subscribe: [">"] };
    case "edge": {
      const shard = edgeShard(principal.id);
      return {
        publish: [
          ...receiving(shard, names),
          `${names.network}.inbox.*.*.${tokensOf(principal)}`,
          ...journal(shard, names),
          ...lease(shard, names),
          ...blobs(principal, names),
          tell(principal, names),
        ],
        subscribe: [answers, topics],
      };
    }
    case "node":
      return {
        publish: [
          ...receiving(nodeShard(principal.id), names),
          // a node works for edges and is paid by the core; to other nodes it has nothing to say
          `${names.network}.inbox.edge.*.${tokensOf(principal)}`,
          names.inbox(CORE, principal),
          ...blobs(principal, names),
          tell(principal, names),
        ],
        subscribe: [answers],
      };
    case "requester":
    case "bot":
      return {
        publish: [...blobs(principal, names), tell(principal, names)],
        subscribe: [answers, topics],
      };
    case "auditor":
      return {
        publish: [
          ...readBlobs(names),
          `${names.hubApi}.STREAM.INFO.${names.deadStream}`,
          `${names.hubApi}.STREAM.MSG.GET.${names.deadStream}`,
        ],
        subscribe: [answers, topics],
      };
  }
}

function receiving(shard: ShardId, names: Names): ReadonlyArray<string> {
  const at = `${names.inboxStream(shard)}.${names.consumer(shard)}`;
  return [
    `${names.hubApi}.CONSUMER.INFO.${at}`,
    `${names.hubApi}.CONSUMER.MSG.NEXT.${at}`,
    `$JS.ACK.${at}.>`,
    names.dead(shard),
    ...readKeys(names),
  ];
}

function journal(shard: ShardId, names: Names): ReadonlyArray<string> {
  const streams = [names.journalStream(shard), names.snapshotStream(shard)];
  return [
    names.journal(shard),
    `${names.snapshot(shard)}.>`,
    ...streams.flatMap((stream) => [
      `${names.hubApi}.STREAM.INFO.${stream}`,
      `${names.hubApi}.STREAM.MSG.GET.${stream}`,
      `${names.hubApi}.STREAM.PURGE.${stream}`,
    ]),
  ];
}

function lease(shard: ShardId, names: Names): ReadonlyArray<string> {
  return [
    `${names.hubApi}.$KV.${names.leaseBucket}.${tokensOf(ownerOf(shard))}`,
    `${names.hubApi}.STREAM.MSG.GET.KV_${names.leaseBucket}`,
  ];
}

function readKeys(names: Names): ReadonlyArray<string> {
  return [`${names.hubApi}.STREAM.MSG.GET.KV_${names.keyBucket}`];
}

function blobs(writer: Principal, names: Names): ReadonlyArray<string> {
  return [`${names.blobsOf(writer)}.>`, ...readBlobs(names)];
}

function readBlobs({ hubApi, blobStream }: Names): ReadonlyArray<string> {
  return [`${hubApi}.DIRECT.GET.${blobStream}`, `${hubApi}.STREAM.MSG.GET.${blobStream}`];
}

function tell(principal: Principal, names: Names): string {
  return `${names.network}.tell.${tokensOf(principal)}.>`;
}
