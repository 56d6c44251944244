/**
 * The operator's keys and what follows from them: who is let in. They lie in the state folder of
 * the gateway, readable by their owner only; whoever has them is the operator.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { connectNats, NatsError } from "../../adapters/nats/connection.ts";
import {
  type Credentials,
  credentialsText,
  readCredentials,
} from "../../adapters/nats/credentials.ts";
import { enrol, expel } from "../../adapters/nats/enrol.ts";
import { publicKeyOf } from "../../adapters/nats/keys.ts";
import { type Link, linkOf } from "../../adapters/nats/link.ts";
import { labelOf, ownerOf, type Principal } from "../../adapters/nats/names.ts";
import type { NetworkLimits } from "../../adapters/nats/provision.ts";
import {
  createTrust,
  issue,
  issueSystem,
  parseTrust,
  type Trust,
  trustText,
} from "../../adapters/nats/trust.ts";
import type { ShardId } from "../../live/shard.ts";
import { readText } from "../files.ts";
import { writePrivate } from "../gateway/private-file.ts";

export interface NatsPlace {
  /** State folder of the network. */
  readonly folder: string;
  readonly url: string;
  readonly limits?: Partial<NetworkLimits> | undefined;
}

export function natsFolder(folder: string): string {
  return join(folder, "nats");
}

function trustFile(folder: string): string {
  return join(natsFolder(folder), "operator.json");
}

/** Undefined where nobody made keys: the server then has to let in anybody. */
export function knownTrust(folder: string): Trust | undefined {
  const path = trustFile(folder);
  return existsSync(path) ? parseTrust(readText(path, "the operator's keys"), path) : undefined;
}

/** The keys of this folder; made when there are none, and never replaced. */
export function ownTrust(folder: string): Trust {
  const known = knownTrust(folder);
  if (known !== undefined) return known;
  mkdirSync(natsFolder(folder), { recursive: true, mode: 0o700 });
  const trust = createTrust();
  writePrivate(trustFile(folder), trustText(trust));
  return trust;
}

/** Each message is kept by three servers where there are so many. */
export function replicasOf(url: string): 1 | 3 {
  return url.split(",").length >= 3 ? 3 : 1;
}

/**
 * Lets the shards of this folder in, with the keys that they had before where they had some: a
 * server that lost its store is made ready again.
 */
export async function admitShards(
  place: NatsPlace,
  trust: Trust,
  shards: ReadonlyArray<ShardId>,
): Promise<ReadonlyMap<ShardId, Credentials>> {
  const admitted = new Map<ShardId, Credentials>();
  await asOperator(place, trust, async (link) => {
    for (const shard of shards) {
      const owner = ownerOf(shard);
      const path = join(natsFolder(place.folder), `${labelOf(owner)}.creds`);
      const known = existsSync(path) ? ownCredentials(path) : undefined;
      const credentials = await letIn(place, link, trust, { owner, known });
      if (known === undefined) writePrivate(path, credentialsText(credentials));
      admitted.set(shard, credentials);
    }
  });
  return admitted;
}

/** The operator need not ask anybody for new ones. */
function ownCredentials(path: string): Credentials {
  try {
    return readCredentials(path);
  } catch (cause) {
    throw new NatsError(`${path} is damaged: delete it, and a new one is made.`, { cause });
  }
}

/** Makes a principal of another machine its credentials. */
export async function admitOne(
  place: NatsPlace,
  trust: Trust,
  owner: Principal,
): Promise<Credentials> {
  return await asOperator(place, trust, (link) =>
    letIn(place, link, trust, { owner, known: undefined }),
  );
}

/** Cuts a principal of another machine off; false when nobody of this name is let in. */
export async function expelOne(
  place: NatsPlace,
  trust: Trust,
  principal: Principal,
): Promise<boolean> {
  return await asOperator(place, trust, async (operator) => {
    const system = await connectNats({ url: place.url, credentials: await issueSystem(trust) });
    try {
      const rest = await expel({ operator, system }, trust, principal);
      if (rest !== undefined) writePrivate(trustFile(place.folder), trustText(rest));
      return rest !== undefined;
    } finally {
      await system.close();
    }
  });
}

async function letIn(
  { url, limits }: NatsPlace,
  link: Link,
  trust: Trust,
  { owner, known }: { readonly owner: Principal; readonly known: Credentials | undefined },
): Promise<Credentials> {
  const credentials = await enrol(link, trust, owner, {
    replicas: replicasOf(url),
    ...(limits === undefined ? {} : { limits }),
    ...(known === undefined ? {} : { publicKey: publicKeyOf(known.seed) }),
  });
  return known === undefined ? credentials : { ...credentials, seed: known.seed };
}

/** Connects as the operator for as long as `act` takes. */
export async function asOperator<A>(
  { url }: NatsPlace,
  trust: Trust,
  act: (link: Link) => Promise<A>,
): Promise<A> {
  const credentials = await issue(trust, { role: "operator", id: "root" });
  const connection = await connectNats({ url, credentials });
  try {
    return await act(await linkOf(connection));
  } finally {
    await connection.close();
  }
}
