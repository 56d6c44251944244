/** Lets principals into a network and takes them out again: what the operator's commands do. */
import type { NatsConnection } from "@nats-io/transport-node";
import { CORE, edgeShard, nodeShard } from "../../live/shard.ts";
import type { Credentials } from "./credentials.ts";
import { BucketKeys } from "./key-registry.ts";
import { publicKeyOf } from "./keys.ts";
import type { Link } from "./link.ts";
import { Names, type Principal } from "./names.ts";
import { type NetworkLimits, Provisioner } from "./provision.ts";
import { announce, type IssueOptions, issue, type Trust, withoutKey } from "./trust.ts";

export interface EnrolOptions extends IssueOptions {
  readonly replicas?: 1 | 3;
  readonly limits?: Partial<NetworkLimits>;
}

/** Makes what the principal's role needs on the server, and says that its key speaks for it. */
export async function enrol(
  operator: Link,
  trust: Trust,
  principal: Principal,
  options: EnrolOptions = {},
): Promise<Credentials> {
  const names = new Names(trust.network);
  const { replicas, limits } = options;
  const provisioner = Provisioner.on(operator, {
    names,
    ...(replicas === undefined ? {} : { replicas }),
    ...(limits === undefined ? {} : { limits }),
  });
  await provisioner.network();
  if (principal.role === "core") await provisioner.shard(CORE);
  if (principal.role === "edge") await provisioner.shard(edgeShard(principal.id));
  if (principal.role === "node") await provisioner.inbox(nodeShard(principal.id));
  const credentials = await issue(trust, principal, options);
  const key = options.publicKey ?? publicKeyOf(credentials.seed);
  await (await BucketKeys.on(operator, names)).enrol(principal, key);
  return credentials;
}

/**
 * Cuts a principal off: the servers close its connections, and nobody believes its signature any
 * more. Gives back the trust to keep from now on; undefined when nobody of this name is let in.
 */
export async function expel(
  connections: { readonly operator: Link; readonly system: NatsConnection },
  trust: Trust,
  principal: Principal,
): Promise<Trust | undefined> {
  const keys = await BucketKeys.on(connections.operator, new Names(trust.network));
  const publicKey = await keys.publicKeyOf(principal);
  if (publicKey === undefined) return undefined;
  const rest = withoutKey(trust, publicKey);
  await announce(connections.system, rest);
  await keys.revoke(principal);
  return rest;
}
