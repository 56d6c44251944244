/**
 * The subjects and streams of one PinGo network. Whoever may publish or read what is decided by
 * subject, so sender and receiver are tokens of it: `pingo.inbox.<to>.<from>`, each two tokens.
 */
import { CORE, type ShardId } from "../../live/shard.ts";

/** Who speaks on the network: a shard's owner, or a person's program. */
export const roles = ["operator", "core", "edge", "node", "requester", "auditor", "bot"] as const;
export type Role = (typeof roles)[number];

export interface Principal {
  readonly role: Role;
  /** As in an address: lower case, digits, dots, dashes. */
  readonly id: string;
}

/** An id holds dots, which separate tokens; it never holds the underscore. */
function token(id: string): string {
  return id.replaceAll(".", "_");
}

/** `node.n1`: two tokens that no other principal has. */
export function tokensOf({ role, id }: Principal): string {
  return `${role}.${token(id)}`;
}

/** `node_n1`, where a dot is not allowed: streams, consumers, inboxes. */
export function labelOf({ role, id }: Principal): string {
  return `${role}_${token(id)}`;
}

/** Undefined for two tokens that are no principal's. */
export function principalOf(role: string, id: string): Principal | undefined {
  const known = roles.find((each) => each === role);
  if (known === undefined || !/^[a-z0-9_-]+$/.test(id)) return undefined;
  return { role: known, id: id.replaceAll("_", ".") };
}

export const CORE_PRINCIPAL: Principal = { role: "core", id: "core" };

/** The owner of a shard: the only one that receives for it and speaks for its actors. */
export function ownerOf(shard: ShardId): Principal {
  if (shard === CORE) return CORE_PRINCIPAL;
  const dash = shard.indexOf("-");
  return { role: shard.startsWith("edge-") ? "edge" : "node", id: shard.slice(dash + 1) };
}

const topicPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/;

export class Names {
  readonly network: string;

  constructor(network = "pingo") {
    if (!/^[a-z0-9-]+$/.test(network)) {
      throw new RangeError(
        `"${network}" cannot name a network: use lower case, digits and dashes.`,
      );
    }
    this.network = network;
  }

  /** All parcels to one shard. */
  inboxOf(to: ShardId): string {
    return `${this.network}.inbox.${tokensOf(ownerOf(to))}`;
  }
  inbox(to: ShardId, from: Principal): string {
    return `${this.inboxOf(to)}.${tokensOf(from)}`;
  }
  /** The last two tokens of an inbox subject. */
  senderIn(subject: string): Principal | undefined {
    const [id = "", role = ""] = subject.split(".").reverse();
    return principalOf(role, id);
  }
  dead(to: ShardId): string {
    return `${this.network}.dead.${tokensOf(ownerOf(to))}`;
  }
  journal(shard: ShardId): string {
    return `${this.network}.journal.${tokensOf(ownerOf(shard))}`;
  }
  snapshot(shard: ShardId): string {
    return `${this.network}.snapshot.${tokensOf(ownerOf(shard))}`;
  }
  blobsOf(writer: Principal): string {
    return `${this.network}.blob.${tokensOf(writer)}`;
  }
  get anyBlob(): string {
    return `${this.network}.blob.*.*`;
  }
  /** Where a field account's users publish; the hub hears it as {@link topic}. */
  tell(from: Principal, topic: string): string {
    return `${this.network}.tell.${tokensOf(from)}.${checkedTopic(topic)}`;
  }
  topic(from: Principal, topic: string): string {
    return `${this.network}.topic.${tokensOf(from)}.${checkedTopic(topic)}`;
  }
  anyTopic(topic: string): string {
    return `${this.network}.topic.*.*.${checkedTopic(topic)}`;
  }

  /**
   * The core and each edge have an inbox of their own: a flood fills that and no other, and what is
   * sent to an edge that does not exist is kept nowhere. Nodes are many and are written to by edges
   * and the core only; they share one.
   */
  inboxStream(shard: ShardId): string {
    const owner = ownerOf(shard);
    return this.stream(`INBOX_${owner.role === "node" ? "nodes" : labelOf(owner)}`);
  }
  get deadStream(): string {
    return this.stream("DEAD");
  }
  get blobStream(): string {
    return this.stream("BLOBS");
  }
  journalStream(shard: ShardId): string {
    return this.stream(`JOURNAL_${labelOf(ownerOf(shard))}`);
  }
  snapshotStream(shard: ShardId): string {
    return this.stream(`SNAPSHOT_${labelOf(ownerOf(shard))}`);
  }
  consumer(shard: ShardId): string {
    return labelOf(ownerOf(shard));
  }
  /** Under which the field reaches the interface of the hub's JetStream. */
  get hubApi(): string {
    return `${this.network}.api`;
  }
  get leaseBucket(): string {
    return `${this.network}_leases`;
  }
  get keyBucket(): string {
    return `${this.network}_keys`;
  }

  private stream(name: string): string {
    return `${this.network.toUpperCase()}_${name}`;
  }
}

function checkedTopic(topic: string): string {
  if (topicPattern.test(topic)) return topic;
  throw new RangeError(`"${topic}" is no topic: use words of lower case and digits with dots.`);
}
