/** A whole network with keys on a real server: the live shell, real actors, every role's rights. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectNats } from "../../src/adapters/nats/connection.ts";
import type { Credentials } from "../../src/adapters/nats/credentials.ts";
import { enrol } from "../../src/adapters/nats/enrol.ts";
import { linkOf } from "../../src/adapters/nats/link.ts";
import { ownerOf } from "../../src/adapters/nats/names.ts";
import { type NatsShards, openNatsShards } from "../../src/adapters/nats/shards.ts";
import { createTrust, issue, serverTrust, type Trust } from "../../src/adapters/nats/trust.ts";
import { FileJournals } from "../../src/adapters/store/file-journal.ts";
import { FileLeases } from "../../src/adapters/store/file-leases.ts";
import { CORE, type ShardId } from "../../src/live/shard.ts";
import { demandOf, openSmall, placeOf, submit, until, YOU } from "../live/small-network.ts";
import { skipNats, type TestServer, testServer } from "./test-server.ts";

const limits = { inboxBytes: 16 * 1_048_576, blobBytes: 64 * 1_048_576 };

describe.skipIf(skipNats)("A network over NATS", () => {
  let server: TestServer;
  let trust: Trust;
  let refused: string[];
  const credentials = new Map<ShardId, Credentials>();

  beforeEach(async () => {
    refused = [];
    credentials.clear();
    server = await testServer();
    trust = createTrust();
    await server.server.kill();
    await server.server.again(await serverTrust(trust, join(server.folder, "accounts")));
  });
  afterEach(() => server?.end());

  const admit = async (shards: ReadonlyArray<ShardId>) => {
    const operator = await connectNats({
      url: server.server.url,
      credentials: await issue(trust, { role: "operator", id: "root" }),
    });
    const link = await linkOf(operator);
    for (const shard of shards) {
      credentials.set(shard, await enrol(link, trust, ownerOf(shard), { limits }));
    }
    await operator.close();
  };

  const joined = (shards: ReadonlyArray<ShardId>): Promise<NatsShards> => {
    const [first, ...others] = shards.map((shard) => ({
      shard,
      credentials: credentials.get(shard),
    }));
    if (first === undefined) throw new Error("a network has shards");
    return openNatsShards({
      url: server.server.url,
      limits,
      shards: [first, ...others],
      ofNodes: {
        journals: new FileJournals({ folder: join(server.folder, "journals") }),
        leases: new FileLeases({ folder: join(server.folder, "leases") }),
      },
      troubles: { disbelieved: (why, from) => refused.push(`${why} ${from}`) },
    });
  };

  it("a demand is settled; opened again, the network knows it and settles another", async () => {
    const folder = join(server.folder, "state");
    const dry = await openSmall({ folder: join(server.folder, "dry") });
    const shards = [...dry.hosts.keys()].sort((a, b) => Number(b === CORE) - Number(a === CORE));
    await dry.close();
    await admit(shards);
    for (const demand of [1, 2]) {
      const { bus, journals, leases, blobs, close } = await joined(shards);
      const network = await openSmall({ folder, parts: { bus, journals, leases, blobs } });
      await until(() => placeOf(network, YOU) === "active", "active");
      if (demand === 2) expect(demandOf(network, YOU, 1)?.answer).toBe("settled");
      await submit(network, demand, [100, 200, 300]);
      const answered = await until(() => {
        const found = demandOf(network, YOU, demand);
        return found?.answer === undefined ? undefined : found;
      }, "an answer");
      expect(answered).toMatchObject({ answer: "settled", reason: "" });
      await network.close();
      await close();
    }
    expect(refused.filter((each) => !each.startsWith("replayed"))).toEqual([]);
  }, 120_000);
});
