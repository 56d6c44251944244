/**
 * A stolen key against a real server: what its thief tries, and what comes of it. The thief has the
 * credentials of node/mallory and a client of its own, which does not keep to any of our rules.
 */
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { SIGNATURE } from "../../src/adapters/nats/bus.ts";
import { connectNats } from "../../src/adapters/nats/connection.ts";
import { type Credentials, issuerOf } from "../../src/adapters/nats/credentials.ts";
import { enrol, expel } from "../../src/adapters/nats/enrol.ts";
import { rowOf, seal } from "../../src/adapters/nats/envelope.ts";
import { BucketKeys } from "../../src/adapters/nats/key-registry.ts";
import { publicKeyOf, signerOf } from "../../src/adapters/nats/keys.ts";
import { type Link, linkOf } from "../../src/adapters/nats/link.ts";
import { CORE_PRINCIPAL, Names, type Principal } from "../../src/adapters/nats/names.ts";
import { type NatsPorts, openNatsPorts } from "../../src/adapters/nats/ports.ts";
import { SettingsStore } from "../../src/adapters/nats/settings.ts";
import {
  createTrust,
  issue,
  issueSystem,
  serverTrust,
  settingsAuthority,
  type Trust,
} from "../../src/adapters/nats/trust.ts";
import { Twins } from "../../src/adapters/nats/twins.ts";
import type { Address } from "../../src/kernel/address.ts";
import type { Parcel } from "../../src/live/bus.ts";
import type { FencingToken } from "../../src/live/leases.ts";
import { CORE, edgeShard, nodeShard, type ShardId } from "../../src/live/shard.ts";
import { eventually, skipNats, type TestServer, testServer } from "./test-server.ts";

const e1 = edgeShard("e1");
const names = new Names();
const node = (id: string): Principal => ({ role: "node", id });
const edgeOf = (id: string): Principal => ({ role: "edge", id });
/** How a client in the field reaches the streams, with a short patience. */
const hubApi = { apiPrefix: names.hubApi, checkAPI: false, timeout: 1_000 };
const limits = { inboxBytes: 16 * 1_048_576, blobBytes: 64 * 1_048_576, waitingPerPair: 20 };

describe.skipIf(skipNats)("An attack with a stolen node key", () => {
  let server: TestServer;
  let trust: Trust;
  let operator: Link;
  let mallory: Credentials;
  let aliceKey: Credentials;
  let thief: NatsConnection;
  let core: NatsPorts;
  let edge: NatsPorts;
  let alice: NatsPorts;
  const refusals: Array<readonly [why: string, from: string]> = [];
  const received: Parcel[] = [];
  const opened: NatsPorts[] = [];
  const connections: NatsConnection[] = [];

  const connect = async (credentials: Credentials) => {
    const nc = await connectNats({ url: server.server.url, credentials, timeoutMs: 1_000 });
    connections.push(nc);
    return nc;
  };
  const join = async (shard: ShardId, credentials: Credentials) => {
    const ports = await openNatsPorts({
      url: server.server.url,
      shard,
      credentials,
      limits,
      troubles: { disbelieved: (why, from) => refusals.push([why, from]) },
    });
    opened.push(ports);
    return ports;
  };

  beforeAll(async () => {
    trust = createTrust();
    const users = await serverTrust(trust, "/unused");
    server = await testServer();
    await server.server.kill();
    const folder = JSON.stringify(`${server.folder}/accounts`);
    await server.server.again(users.replace(JSON.stringify("/unused"), folder));
    operator = await linkOf(await connect(await issue(trust, { role: "operator", id: "root" })));
    const admitted = (principal: Principal) => enrol(operator, trust, principal, { limits });
    core = await join(CORE, await admitted(CORE_PRINCIPAL));
    edge = await join(e1, await admitted(edgeOf("e1")));
    await admitted(edgeOf("e2"));
    aliceKey = await admitted(node("alice"));
    alice = await join(nodeShard("alice"), aliceKey);
    mallory = await admitted(node("mallory"));
    thief = await connect(mallory);
    await edge.bus.receive(e1, async (batch) => {
      received.push(...batch);
    });
  });

  afterEach(() => {
    refusals.length = 0;
    received.length = 0;
  });

  afterAll(async () => {
    await Promise.all(opened.map((ports) => ports.close()));
    await Promise.all(connections.map((nc) => nc.close()));
    await server?.end();
  });

  const parcel = (from: string, n: number, to = "edge/e1"): Parcel => ({
    from: from as Address,
    to: to as Address,
    n,
    message: { type: "Hello" },
  });

  /** What the thief publishes by hand, under its own name unless it says otherwise. */
  const post = async (
    payload: Uint8Array | string,
    given: { readonly subject?: string; readonly signature?: string } = {},
  ) => {
    const made = headers();
    if (given.signature !== undefined) made.set(SIGNATURE, given.signature);
    const subject = given.subject ?? names.inbox(e1, node("mallory"));
    return jetstream(thief, { timeout: 1_000 }).publish(subject, payload, { headers: made });
  };
  const refused = (why: string) =>
    eventually(`it is refused as ${why}`, () => refusals.some(([each]) => each === why));
  const forbidden = (attempt: Promise<unknown>) =>
    expect(attempt).rejects.toThrow(
      /permissions violation|no responders|jetstream is not enabled/i,
    );

  it("the network works: parcels of every role arrive, signed", async () => {
    await alice.bus.send(e1, parcel("node/alice", 1));
    await core.bus.send(e1, parcel("ledger/main", 1));
    await eventually("both arrive", () => received.length === 2);
    const taken: Parcel[] = [];
    await alice.bus.receive(nodeShard("alice"), async (batch) => {
      taken.push(...batch);
    });
    await edge.bus.send(nodeShard("alice"), parcel("job/e1.j1", 1, "node/alice"));
    await eventually("the answer arrives", () => taken.length === 1);
    expect(refusals).toEqual([]);
  });

  it("unsigned: refused", async () => {
    const { payload } = seal(names.inbox(e1, node("mallory")), [rowOf(parcel("node/mallory", 1))]);
    await post(payload);
    await refused("unsigned");
    expect(received).toEqual([]);
  });

  it("forged: a signature by another key is refused", async () => {
    const subject = names.inbox(e1, node("mallory"));
    const other = await issue(trust, node("mallory"));
    const forged = seal(subject, [rowOf(parcel("node/mallory", 1))], signerOf(other.seed));
    await post(forged.payload, { signature: forged.signature ?? "" });
    await refused("forged");
    const right = seal(subject, [rowOf(parcel("node/mallory", 1))], signerOf(mallory.seed));
    const changed = Buffer.from(right.payload).toString().replace("Hello", "Hallo");
    refusals.length = 0;
    await post(changed, { signature: right.signature ?? "" });
    await refused("forged");
    expect(received).toEqual([]);
  });

  it.each(["node/alice", "edge/e1", "job/e1.j1", "ledger/main", "port/requester"])(
    "impersonation: signs with its own key for %s, and is refused",
    async (from) => {
      const subject = names.inbox(e1, node("mallory"));
      const sealed = seal(subject, [rowOf(parcel(from, 1))], signerOf(mallory.seed));
      await post(sealed.payload, { signature: sealed.signature ?? "" });
      await refused("impersonated");
      expect(received).toEqual([]);
    },
  );

  it("impersonation: the server does not let it publish under another's name", async () => {
    for (const from of [node("alice"), edgeOf("e2"), CORE_PRINCIPAL]) {
      await forbidden(post("{}", { subject: names.inbox(e1, from) }));
    }
  });

  it("replay: its own message again is taken once", async () => {
    const subject = names.inbox(e1, node("mallory"));
    const sealed = seal(subject, [rowOf(parcel("node/mallory", 5))], signerOf(mallory.seed));
    await post(sealed.payload, { signature: sealed.signature ?? "" });
    await post(sealed.payload, { signature: sealed.signature ?? "" });
    await refused("replayed");
    expect(received).toHaveLength(1);
  });

  it("replay: a message to another receiver is worth nothing here", async () => {
    const elsewhere = names.inbox(CORE, node("mallory"));
    const sealed = seal(elsewhere, [rowOf(parcel("node/mallory", 6))], signerOf(mallory.seed));
    await post(sealed.payload, { signature: sealed.signature ?? "" });
    await refused("forged");
    const subject = names.inbox(e1, node("mallory"));
    const row = rowOf(parcel("node/mallory", 7, "edge/e2"));
    const misdirected = seal(subject, [row], signerOf(mallory.seed));
    await post(misdirected.payload, { signature: misdirected.signature ?? "" });
    await refused("misdirected");
    expect(received).toEqual([]);
  });

  it("message ids of others: guessing them makes no message disappear", async () => {
    const ids = ["node/alice#2", "node/alice>edge/e1#2", "2"];
    for (const id of ids) {
      const subject = names.inbox(e1, node("mallory"));
      await jetstream(thief).publish(subject, "{}", { msgID: id });
    }
    await alice.bus.send(e1, parcel("node/alice", 2));
    await eventually("it arrives all the same", () => received.length === 1);
  });

  it("malformed: no JSON, no parcels, wild numbers; nothing falls over", async () => {
    const sign = signerOf(mallory.seed);
    const subject = names.inbox(e1, node("mallory"));
    const send = (text: string) => {
      const bytes = Buffer.concat([Buffer.from(`${subject}\n`), Buffer.from(text)]);
      return post(text, { signature: sign(bytes).toString("base64url") });
    };
    const rows = [
      "not json",
      "null",
      '{"v":1}',
      '{"v":1,"parcels":[null]}',
      '{"v":1,"parcels":[["node/mallory","edge/e1",-1,{}]]}',
      '{"v":1,"parcels":[["node/mallory","edge/e1",1e99,{}]]}',
      '{"v":1,"parcels":[["node/../x","edge/e1",1,{}]]}',
      `{"v":1,"parcels":[["node/${"a".repeat(300)}","edge/e1",1,{}]]}`,
      "[".repeat(20_000),
    ];
    for (const row of rows) await send(row);
    await eventually("all are refused", () => refusals.length >= rows.length);
    expect(new Set(refusals.map(([why]) => why))).toEqual(new Set(["malformed"]));
    await send('{"v":2,"parcels":[]}');
    await alice.bus.send(e1, parcel("node/alice", 3));
    await eventually("others are served", () => received.length === 1);
  });

  it("oversized: the server takes no message above the limit", async () => {
    const payload = Buffer.alloc(900_000, "x");
    await expect(post(payload)).rejects.toThrow(/exceeds maximum/i);
    const sent = alice.bus.send(e1, { ...parcel("node/alice", 4), message: "x".repeat(2_000_000) });
    await expect(sent).rejects.toMatchObject({ name: "BusError", reason: "refused" });
  });

  it("flooding: fills its own queue, and nobody else is held up", async () => {
    // e2 is not running, so nothing is taken away
    const subject = names.inbox(edgeShard("e2"), node("mallory"));
    const flood = Array.from({ length: 200 }, () => post("x".repeat(1_000), { subject }));
    const settled = await Promise.allSettled(flood);
    const stored = settled.filter(({ status }) => status === "fulfilled").length;
    expect(stored).toBe(limits.waitingPerPair);
    await alice.bus.send(edgeShard("e2"), parcel("node/alice", 5, "edge/e2"));
    await core.bus.send(edgeShard("e2"), parcel("ledger/main", 2, "edge/e2"));
  });

  it("inboxes that do not exist: nothing is kept for them", async () => {
    await forbidden(post("x", { subject: names.inbox(edgeShard("nowhere"), node("mallory")) }));
    await forbidden(post("x", { subject: names.inbox(nodeShard("alice"), node("mallory")) }));
  });

  it("eavesdropping: another's inbox, answers and topics cannot be heard", async () => {
    const subjects = [
      "pingo.inbox.>",
      `${names.inboxOf(nodeShard("alice"))}.>`,
      "_INBOX_node_alice.>",
      "_INBOX.>",
      "$JS.ACK.>",
      ">",
    ];
    for (const subject of subjects) {
      const heard = new Promise<string>((resolve) => {
        thief.subscribe(subject, {
          callback: (error, msg) => resolve(error === null ? msg.subject : "violation"),
        });
      });
      expect(await heard).toBe("violation");
    }
  });

  it("another's inbox: neither pulled, acknowledged nor read by number", async () => {
    const manager = await jetstreamManager(thief, hubApi);
    const stream = names.inboxStream(nodeShard("alice"));
    await forbidden(manager.consumers.info(stream, names.consumer(nodeShard("alice"))));
    await forbidden(manager.streams.getMessage(stream, { seq: 1 }));
    await forbidden(manager.direct.getMessage(stream, { seq: 1 }));
    const next = `${names.hubApi}.CONSUMER.MSG.NEXT.${stream}.node_alice`;
    await forbidden(thief.request(next, '{"batch":1}', { timeout: 1_000 }));
    await forbidden(
      thief.request(`$JS.ACK.${stream}.node_alice.1.1.1.1.1`, "", { timeout: 1_000 }),
    );
  });

  it("consumers and streams: it can make, change, purge and delete none", async () => {
    const manager = await jetstreamManager(thief, hubApi);
    const own = names.inboxStream(nodeShard("mallory"));
    await forbidden(
      manager.consumers.add(own, {
        durable_name: "spy",
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.All,
        filter_subject: names.inboxOf(nodeShard("alice")),
      }),
    );
    await forbidden(manager.streams.add({ name: "OWN", subjects: ["own.>"] }));
    await forbidden(manager.streams.purge(names.journalStream(CORE)));
    await forbidden(manager.streams.delete(names.inboxStream(e1)));
    await forbidden(manager.streams.info(names.journalStream(e1)));
    await forbidden(thief.request("$JS.API.ACCOUNT.PURGE.x", "", { timeout: 1_000 }));
    await forbidden(thief.request("$SYS.REQ.SERVER.PING", "", { timeout: 1_000 }));
  });

  it("journals, ledger, leases, keys: it can write none", async () => {
    const subjects = [
      names.journal(CORE),
      names.journal(e1),
      `${names.snapshot(CORE)}.head`,
      `$KV.${names.leaseBucket}.core.core`,
      `${names.hubApi}.$KV.${names.leaseBucket}.core.core`,
      `${names.hubApi}.$KV.${names.keyBucket}.node.mallory`,
      `$KV.${names.keyBucket}.node.alice`,
      `$KV.${names.keyBucket}.node.mallory`,
      `${names.blobsOf(CORE_PRINCIPAL)}.x.head`,
      names.dead(e1),
    ];
    for (const subject of subjects) await forbidden(post("stolen", { subject }));
  });

  it("a token that has expired: refused in one sentence, at once and in the middle", async () => {
    const shard = nodeShard("guest");
    const url = server.server.url;
    let guest = await enrol(operator, trust, node("guest"), { limits });
    const publicKey = publicKeyOf(guest.seed);
    let open: NatsPorts | undefined;
    // on a busy machine the shortest life may be over before it has begun
    for (const lifeS of [2, 10, 60]) {
      const expires = Math.floor(Date.now() / 1_000) + lifeS;
      const { jwt } = await issue(trust, node("guest"), { expires, publicKey });
      guest = { ...guest, jwt };
      open = await openNatsPorts({ url, shard, credentials: guest, limits }).catch(() => undefined);
      if (open !== undefined) break;
    }
    const ports = open as NatsPorts;
    opened.push(ports);
    expect(await ports.lost).toMatch(/ended the connection for good \(.*expired.*\)/i);
    // the second in which it ends still counts
    let said = "";
    const refusal = async () => {
      const again = await openNatsPorts({ url, shard, credentials: guest, limits }).catch(
        (error: unknown) => {
          said = String(error);
        },
      );
      await again?.close();
      return said !== "";
    };
    await eventually("it is refused", refusal);
    expect(said).toMatch(
      /does not accept this key \(.*\): ask the operator for new credentials\.$/,
    );
  }, 30_000);

  it("settings: it reads them and can neither change them nor sign others", async () => {
    const store = await SettingsStore.on(operator, names, settingsAuthority(trust));
    await store.publish({ version: 1, text: "{}" }, 0);
    const value = `$KV.${names.keyBucket}.settings.network`;
    const subjects = [value, `${names.hubApi}.${value}`, `$JS.API.${value}`];
    for (const subject of subjects) await forbidden(post("stolen", { subject }));
    // the server's own hand, as with a journal
    thief.publish(names.inbox(e1, node("mallory")), "x", { reply: value });
    await thief.flush();
    await refused("unsigned");
    const link = await linkOf(thief, names.hubApi);
    const authority = { publicKey: issuerOf(mallory), sign: signerOf(mallory.seed) };
    const seen = await SettingsStore.on(link, names, authority);
    await expect(seen.publish({ version: 2, text: "{}" }, 1)).rejects.toThrow();
    expect(await seen.latest()).toMatchObject({ version: 1, text: "{}" });
    // written by a key that may, signed by one that is not the operator's
    const stolen = await SettingsStore.on(operator, names, authority);
    await stolen.publish({ version: 3, text: "{}" }, await store.revision());
    await expect(seen.latest()).rejects.toThrow(/not signed by the network's operator/);
  });

  it("pretending to be another's twin: who has not its key keeps it from nothing", async () => {
    const met: string[] = [];
    const given = { met: (holder: string) => met.push(holder), waitMs: 300 };
    const twins = await alice.twins?.({ ...given, holder: "alice" });
    // the thief has the server answer where alice listens, in words that only her key may sign
    const twin = { role: "node", id: "alice" } as const;
    const forged = { nc: thief, credentials: { ...mallory, principal: twin }, names };
    const pretended = Twins.on(forged, { ...given, holder: "aaa" });
    expect(await (await pretended).other()).toBeUndefined();
    expect(await twins?.other()).toBeUndefined();
    expect(met).toEqual([]);
    // with the key itself it is noticed
    const copied = { nc: alice.connection, credentials: aliceKey, names };
    const copy = await Twins.on(copied, { ...given, holder: "copy" });
    expect(await copy.other()).toBe("alice");
    expect(met).toEqual(["copy"]);
    twins?.stop();
    copy.stop();
  });

  it("a journal named as where to answer: the server's own hand is no way in", async () => {
    const journal = await core.journals.open(CORE, 1 as FencingToken);
    await journal.append(0, ['"before"']);
    const targets = [names.journal(CORE), names.journal(e1), `$KV.${names.keyBucket}.node.mallory`];
    for (const reply of targets) {
      thief.publish(names.inbox(e1, node("mallory")), "x", { reply });
      const next = `${names.hubApi}.CONSUMER.MSG.NEXT.${names.inboxStream(nodeShard("mallory"))}`;
      thief.publish(`${next}.node_mallory`, '{"batch":1,"expires":1}', { reply });
      const read = `${names.hubApi}.DIRECT.GET.${names.blobStream}`;
      thief.publish(read, '{"last_by_subj":"pingo.blob.>"}', { reply });
    }
    await thief.flush();
    await refused("unsigned");
    expect(await journal.append(1, ['"after"'])).toBe(2);
    await journal.close();
    const keys = await BucketKeys.on(operator, names);
    expect(await keys.keyOf(node("mallory"))).toBeDefined();
  });

  it("blobs: of those it has no id of it gets noise, and overwrites none", async () => {
    const secret = Buffer.from("alice's own pictures");
    const id = await alice.blobs.put(secret);
    const manager = await jetstreamManager(thief, hubApi);
    const all = await manager.streams.getMessage(names.blobStream, {
      last_by_subj: "pingo.blob.>",
    });
    const first = await manager.streams.getMessage(names.blobStream, { seq: 1 });
    for (const stolen of [all, first]) {
      expect(stolen?.data).toBeDefined();
      expect(Buffer.from(stolen?.data ?? []).includes("pictures")).toBe(false);
    }
    // it knows names, and so keeps rubbish under the same one
    const name = first?.subject.split(".").at(-2) ?? "";
    await post("rubbish", { subject: `pingo.blob.node.mallory.${name}.head` });
    await post("rubbish", { subject: `pingo.blob.node.mallory.${name}.0` });
    await forbidden(post("rubbish", { subject: first?.subject ?? "" }));
    expect(Buffer.from((await edge.blobs.get(id)) ?? [])).toEqual(secret);
  });

  it("an edge's key: writes its own journal and lease, and no other's", async () => {
    const credentials = await issue(trust, edgeOf("e2"));
    const nc = await connect(credentials);
    const client = jetstream(nc, { timeout: 1_000 });
    const journal = `${names.network}.journal.edge.e2`;
    expect((await client.publish(journal, "its own")).seq).toBeGreaterThan(0);
    for (const subject of [names.journal(e1), names.journal(CORE)]) {
      await forbidden(client.publish(subject, "another's"));
    }
    const leases = `${names.hubApi}.$KV.${names.leaseBucket}`;
    for (const owner of ["edge.e1", "core.core"]) {
      await forbidden(client.publish(`${leases}.${owner}`, "{}"));
    }
    const manager = await jetstreamManager(nc, hubApi);
    await forbidden(manager.streams.getMessage(names.journalStream(e1), { seq: 1 }));
    await forbidden(manager.streams.purge(names.journalStream(e1)));
  });

  it("a stale owner: neither renews, nor appends, nor replaces the snapshot", async () => {
    const clock = { us: Date.now() * 1_000 };
    const ports = await openNatsPorts({
      url: server.server.url,
      shard: e1,
      credentials: await enrol(operator, trust, edgeOf("e1"), { limits }),
      nowUs: () => clock.us,
    });
    opened.push(ports);
    const lease = await ports.leases.take(e1, "old", 1_000_000);
    const journal = await ports.journals.open(e1, lease.token);
    await journal.append(0, ['"old"']);
    clock.us += 60_000_000;
    const next = await ports.leases.take(e1, "new", 1_000_000);
    const successor = await ports.journals.open(e1, next.token);
    await expect(ports.leases.renew(lease, 1_000_000)).rejects.toThrow("another owner");
    await expect(journal.append(1, ['"late"'])).rejects.toMatchObject({ reason: "fenced" });
    await successor.compact({ at: 1, text: '"new"' });
    await expect(journal.compact({ at: 1, text: '"late"' })).rejects.toMatchObject({
      reason: "fenced",
    });
    const reopened = ports.journals.open(e1, lease.token);
    await expect(reopened).rejects.toMatchObject({ reason: "fenced" });
  });

  it("expelled: cut off, not let in again, its signature counts no more", async () => {
    const system = await connect(await issueSystem(trust));
    const bob = await enrol(operator, trust, node("bob"), { limits });
    const connected = await connectNats({ url: server.server.url, credentials: bob });
    connections.push(connected);
    let cut = false;
    void (async () => {
      for await (const status of connected.status()) cut ||= status.type === "disconnect";
    })();
    expect(await expel({ operator, system }, trust, node("bob"))).toMatchObject({
      revoked: { [publicKeyOf(bob.seed)]: expect.any(Number) },
    });
    expect(await expel({ operator, system }, trust, node("bob"))).toBeUndefined();
    await eventually("its connection ends", () => cut || connected.isClosed());
    const back = connectNats({ url: server.server.url, credentials: bob, waitMs: 0 });
    await expect(back).rejects.toThrow(/does not accept this key/);
    const keys = await BucketKeys.on(operator, names);
    expect(await keys.keyOf(node("bob"))).toBeUndefined();
    // the others are still there
    await alice.bus.send(e1, parcel("node/alice", 9));
  });
});
