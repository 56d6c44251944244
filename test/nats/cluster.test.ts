/** Three servers, every message on each: a server is lost under load, and nothing else is. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectNats } from "../../src/adapters/nats/connection.ts";
import { enrol } from "../../src/adapters/nats/enrol.ts";
import { findServer } from "../../src/adapters/nats/find-server.ts";
import { linkOf } from "../../src/adapters/nats/link.ts";
import { CORE_PRINCIPAL, Names } from "../../src/adapters/nats/names.ts";
import { type NatsPorts, openNatsPorts } from "../../src/adapters/nats/ports.ts";
import { ServerCluster } from "../../src/adapters/nats/server-cluster.ts";
import { createTrust, issue, serverTrust, type Trust } from "../../src/adapters/nats/trust.ts";
import type { Address } from "../../src/kernel/address.ts";
import type { FencingToken, Lease } from "../../src/live/leases.ts";
import { edgeShard, nodeShard } from "../../src/live/shard.ts";
import { eventually, skipNats } from "./test-server.ts";

const e1 = edgeShard("e1");
const names = new Names();
const limits = { inboxBytes: 16 * 1_048_576, blobBytes: 64 * 1_048_576 };

describe.skipIf(skipNats)("Cluster of three, with keys", () => {
  let folder: string;
  let trust: Trust;
  let cluster: ServerCluster;
  let edge: NatsPorts;
  let node: NatsPorts;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pingo-cluster-"));
    const { path } = await findServer();
    trust = createTrust();
    cluster = await ServerCluster.start({
      binary: path,
      folder,
      users: (accounts) => serverTrust(trust, accounts),
    });
    const url = cluster.url;
    const credentials = await issue(trust, { role: "operator", id: "root" });
    const operator = await connectNats({ url, credentials });
    const link = await linkOf(operator);
    const options = { replicas: 3, limits } as const;
    await enrol(link, trust, CORE_PRINCIPAL, options);
    const ofEdge = await enrol(link, trust, { role: "edge", id: "e1" }, options);
    const ofNode = await enrol(link, trust, { role: "node", id: "n1" }, options);
    const inbox = await link.manager.streams.info(names.inboxStream(e1));
    expect(inbox.config.num_replicas).toBe(3);
    await operator.close();
    edge = await openNatsPorts({ url, shard: e1, credentials: ofEdge, replicas: 3 });
    node = await openNatsPorts({ url, shard: nodeShard("n1"), credentials: ofNode, replicas: 3 });
  }, 120_000);

  afterAll(async () => {
    await Promise.all([edge?.close(), node?.close()]);
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("an inbox's leader is killed under load: it goes on within ten seconds", async () => {
    const journal = await edge.journals.open(e1, 1 as FencingToken);
    const taken: number[] = [];
    let length = 0;
    let longestMs = 0;
    let lastMs = Date.now();
    await edge.bus.receive(e1, async (batch) => {
      length = await journal.append(
        length,
        batch.map(({ n }) => `${n}`),
      );
      taken.push(...batch.map(({ n }) => n));
      longestMs = Math.max(longestMs, Date.now() - lastMs);
      lastMs = Date.now();
    });
    let sent = 0;
    const load = { going: true };
    const sending = (async () => {
      while (load.going) {
        const n = sent + 1;
        const parcel = { from: "node/n1" as Address, to: "edge/e1" as Address, n, message: n };
        const done = await node.bus.send(e1, parcel).then(
          () => true,
          () => false,
        );
        if (done) sent = n;
      }
    })();
    await eventually("it runs", () => taken.length > 100, 20_000);
    const leader = await leaderOfInbox();
    longestMs = 0;
    lastMs = Date.now();
    const before = taken.length;
    await leader.kill();
    await eventually("it goes on", () => taken.length > before + 100, 30_000);
    console.log(`a killed leader: ${longestMs} ms without a delivery`);
    load.going = false;
    await sending;
    await eventually("all are taken", () => taken.at(-1) === sent, 30_000);
    expect(taken).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
    const kept: string[] = [];
    for await (const record of journal.read(0)) kept.push(record);
    expect(kept).toEqual(taken.map(String));
    expect(longestMs).toBeLessThan(10_000);
    await journal.close();
    await leader.again();
  }, 120_000);

  it("leases and blobs: are there whichever server is asked", async () => {
    // the server that was lost may have led the leases, too
    const lease = await taken("one");
    const bytes = Buffer.alloc(600_000, "pingo");
    const id = await node.blobs.put(bytes);
    for (const server of cluster.servers) {
      await server.kill();
      await eventually(
        "the others answer",
        async () => {
          try {
            const renewed = await edge.leases.renew(lease, 30_000_000);
            const read = await edge.blobs.get(id);
            return renewed.token === lease.token && read?.length === bytes.length;
          } catch {
            return false;
          }
        },
        30_000,
      );
      await server.again();
      await eventually("it has caught up", () => caughtUp(), 30_000);
    }
  }, 180_000);

  const taken = async (owner: string): Promise<Lease> => {
    let lease: Lease | undefined;
    const asked = async () => {
      lease = await edge.leases.take(e1, owner, 30_000_000).catch(() => undefined);
      return lease !== undefined;
    };
    await eventually("the lease", asked, 30_000);
    return lease as Lease;
  };

  const operatorLink = async () => {
    const credentials = await issue(trust, { role: "operator", id: "root" });
    return linkOf(await connectNats({ url: cluster.url, credentials }));
  };

  async function leaderOfInbox() {
    const link = await operatorLink();
    const { cluster: raft } = await link.manager.streams.info(names.inboxStream(e1));
    await link.nc.close();
    const index = Number(raft?.leader?.slice("server-".length)) - 1;
    const server = cluster.servers[index];
    if (server === undefined) throw new Error(`no server leads: ${raft?.leader}`);
    return server;
  }

  /** Every stream in question has three members that know all. */
  async function caughtUp(): Promise<boolean> {
    const link = await operatorLink();
    try {
      const streams = [names.blobStream, `KV_${names.leaseBucket}`];
      for (const stream of streams) {
        const { cluster: raft } = await link.manager.streams.info(stream);
        const behind = (raft?.replicas ?? []).filter(({ current }) => !current);
        if (raft?.leader === undefined || raft.replicas?.length !== 2 || behind.length > 0) {
          return false;
        }
      }
      return true;
    } catch {
      return false;
    } finally {
      await link.nc.close();
    }
  }
});
