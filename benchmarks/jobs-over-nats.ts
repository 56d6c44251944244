/** The network of the jobs that compute nothing, over one nats-server with keys. */
import { join } from "node:path";
import { connectNats } from "../src/adapters/nats/connection.ts";
import type { Credentials } from "../src/adapters/nats/credentials.ts";
import { enrol } from "../src/adapters/nats/enrol.ts";
import { linkOf } from "../src/adapters/nats/link.ts";
import { ownerOf } from "../src/adapters/nats/names.ts";
import { openNatsShards } from "../src/adapters/nats/shards.ts";
import { createTrust, issue, serverTrust, type Trust } from "../src/adapters/nats/trust.ts";
import { FileJournals } from "../src/adapters/store/file-journal.ts";
import { FileLeases } from "../src/adapters/store/file-leases.ts";
import { CORE, type ShardId } from "../src/live/shard.ts";
import { openSmall, type SmallNetwork, type SmallOptions } from "../test/live/small-network.ts";
import { type TestServer, testServer } from "../test/nats/test-server.ts";

const limits = { inboxBytes: 64 * 1_048_576, blobBytes: 64 * 1_048_576 };

/** The same network as `options` ask for; closing it ends its server, too. */
export async function openOverNats(options: SmallOptions): Promise<SmallNetwork> {
  const server = await testServer();
  const trust = createTrust();
  await server.server.kill();
  await server.server.again(await serverTrust(trust, join(server.folder, "accounts")));
  const dry = await openSmall({ ...options, folder: join(server.folder, "dry") });
  const shards = [...dry.hosts.keys()].sort((a, b) => Number(b === CORE) - Number(a === CORE));
  await dry.close();
  const keys = await admitted(server, trust, shards);
  const [first = CORE, ...others] = shards;
  const joined = await openNatsShards({
    url: server.server.url,
    limits,
    shards: [
      { shard: first, credentials: keys.get(first) },
      ...others.map((shard) => ({ shard, credentials: keys.get(shard) })),
    ],
    ofNodes: {
      journals: new FileJournals({ folder: join(server.folder, "journals") }),
      leases: new FileLeases({ folder: join(server.folder, "leases") }),
    },
    troubles: { disbelieved() {} },
  });
  const { bus, journals, leases, blobs } = joined;
  const parts = { ...options.parts, bus, journals, leases, blobs };
  const network = await openSmall({ ...options, parts });
  const close = async () => {
    await network.close();
    await joined.close();
    await server.end();
  };
  return { ...network, close };
}

async function admitted(
  { server }: TestServer,
  trust: Trust,
  shards: ReadonlyArray<ShardId>,
): Promise<ReadonlyMap<ShardId, Credentials>> {
  const credentials = await issue(trust, { role: "operator", id: "root" });
  const operator = await connectNats({ url: server.url, credentials });
  const link = await linkOf(operator);
  const keys = new Map<ShardId, Credentials>();
  for (const shard of shards) keys.set(shard, await enrol(link, trust, ownerOf(shard), { limits }));
  await operator.close();
  return keys;
}
