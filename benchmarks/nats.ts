/**
 * What the bus and the journal cost over NATS, against a bare client that does the same on the same
 * server: fetch a message, append to a journal, publish an answer, acknowledge. And against the
 * least that any of it needs, a publish that is acknowledged.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AckPolicy,
  DiscardPolicy,
  type JsMsg,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { NatsBus } from "../src/adapters/nats/bus.ts";
import { connectNats } from "../src/adapters/nats/connection.ts";
import { findServer } from "../src/adapters/nats/find-server.ts";
import { NatsJournals } from "../src/adapters/nats/journal.ts";
import type { KeyRegistry } from "../src/adapters/nats/key-registry.ts";
import { publicKeyOf, verifierOf } from "../src/adapters/nats/keys.ts";
import { type Link, linkOf } from "../src/adapters/nats/link.ts";
import { Names, ownerOf } from "../src/adapters/nats/names.ts";
import { Provisioner } from "../src/adapters/nats/provision.ts";
import { ServerProcess } from "../src/adapters/nats/server-process.ts";
import { createTrust, issue } from "../src/adapters/nats/trust.ts";
import type { Address } from "../src/kernel/address.ts";
import type { Parcel } from "../src/live/bus.ts";
import type { FencingToken } from "../src/live/leases.ts";
import { edgeShard, nodeShard } from "../src/live/shard.ts";
import { median } from "./clock.ts";
import { flagsOf, numberText, printReport } from "./report.ts";

const e1 = edgeShard("e1");
const n1 = nodeShard("n1");
/** Of the text in a message: with names and numbers about 256 bytes. */
const TEXT = "x".repeat(180);
const IN_FLIGHT = 256;

const flags = flagsOf();
const MESSAGES = flags.smoke ? 300 : 10_000;
const ROUNDS = flags.smoke ? 1 : 5;

const message = { type: "Progress", text: TEXT };
const toEdge = (n: number): Parcel => ({
  from: "node/n1" as Address,
  to: "edge/e1" as Address,
  n,
  message,
});
const toNode = (n: number): Parcel => ({
  from: "edge/e1" as Address,
  to: "node/n1" as Address,
  n,
  message,
});

let rounds = 0;

async function network(link: Link): Promise<{ names: Names; provisioner: Provisioner }> {
  const names = new Names(`b${++rounds}`);
  const limits = { waitingPerPair: 1_000_000, inboxBytes: 128 * 1_048_576, blobBytes: 1_048_576 };
  const provisioner = Provisioner.on(link, { names, limits });
  await provisioner.network();
  return { names, provisioner };
}

const secondsSince = (startMs: number) => (performance.now() - startMs) / 1_000;

/** Deliveries a second: each is taken, journalled, answered and acknowledged. */
async function ours(link: Link, signed: boolean): Promise<number> {
  const { names, provisioner } = await network(link);
  const trust = createTrust();
  const [edgeKey, nodeKey] = await Promise.all(
    [e1, n1].map((shard) => issue(trust, ownerOf(shard))),
  );
  if (edgeKey === undefined || nodeKey === undefined) throw new Error("two keys were made");
  const verify = verifierOf(publicKeyOf(nodeKey.seed));
  const keys: KeyRegistry = { keyOf: () => Promise.resolve(verify) };
  const sign = (credentials: typeof edgeKey) => (signed ? { credentials } : {});
  const [sender, edge] = [
    new NatsBus(link, { names, self: ownerOf(n1), ...sign(nodeKey) }),
    new NatsBus(link, {
      names,
      self: ownerOf(e1),
      ...sign(edgeKey),
      ...(signed ? { keys } : {}),
    }),
  ];
  await provisioner.inbox(e1);
  await provisioner.inbox(n1);
  const journals = new NatsJournals(link, { names, provision: (each) => provisioner.shard(each) });
  const journal = await journals.open(e1, 1 as FencingToken);
  // one by one, so that the inbox has as many messages as the bare client's
  for (let n = 1; n <= MESSAGES; n++) await sender.send(e1, toEdge(n));
  let length = 0;
  let answered = 0;
  const start = performance.now();
  await new Promise<void>((resolve, reject) => {
    const take = async (batch: ReadonlyArray<Parcel>) => {
      length = await journal.append(
        length,
        batch.map((parcel) => JSON.stringify(parcel)),
      );
      answer(batch.map(({ n }) => toNode(n))).catch(reject);
    };
    const answer = async (answers: ReadonlyArray<Parcel>) => {
      await edge.sendAll(n1, answers);
      answered += answers.length;
      if (answered === MESSAGES) resolve();
    };
    edge.receive(e1, take).catch(reject);
  });
  const rate = MESSAGES / secondsSince(start);
  await Promise.all([sender.close(), edge.close(), journal.close()]);
  if (length !== MESSAGES) throw new Error(`${length} of ${MESSAGES} were journalled`);
  return rate;
}

/** The same by hand: one message for each step, as many under way as the server likes. */
async function bare(link: Link): Promise<number> {
  const name = `BARE${++rounds}`;
  const subject = name.toLowerCase();
  const { manager, client } = link;
  const stream = (part: string, retention: RetentionPolicy) =>
    manager.streams.add({
      name: `${name}_${part}`,
      subjects: [`${subject}.${part}`],
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      retention,
    });
  await stream("in", RetentionPolicy.Workqueue);
  await stream("out", RetentionPolicy.Workqueue);
  await stream("journal", RetentionPolicy.Limits);
  const settings = {
    durable_name: "edge",
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: IN_FLIGHT,
  };
  await manager.consumers.add(`${name}_in`, settings);
  for (let n = 1; n <= MESSAGES; n++) {
    await client.publish(`${subject}.in`, JSON.stringify(toEdge(n)), { msgID: `in${n}` });
  }
  const consumer = await client.consumers.get(`${name}_in`, "edge");
  const start = performance.now();
  const messages = await consumer.consume({ max_messages: IN_FLIGHT });
  const under = new Set<Promise<void>>();
  let done = 0;
  const handle = async (each: JsMsg) => {
    const parcel = each.json<Parcel>();
    await client.publish(`${subject}.journal`, JSON.stringify(parcel));
    const answer = JSON.stringify(toNode(parcel.n));
    await client.publish(`${subject}.out`, answer, { msgID: `out${parcel.n}` });
    each.ack();
    done++;
    if (done === MESSAGES) messages.stop();
  };
  for await (const each of messages) {
    const one = handle(each).finally(() => under.delete(one));
    under.add(one);
    if (under.size >= IN_FLIGHT) await Promise.race(under);
  }
  await Promise.all(under);
  return MESSAGES / secondsSince(start);
}

/** A publish that is acknowledged, as many under way as pay. */
async function raw(link: Link): Promise<number> {
  const name = `RAW${++rounds}`;
  await link.manager.streams.add({ name, subjects: [name], storage: StorageType.File });
  const body = JSON.stringify(toEdge(1));
  const start = performance.now();
  let next = 0;
  const lane = async () => {
    while (next++ < MESSAGES) await link.client.publish(name, body);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return MESSAGES / secondsSince(start);
}

async function main(): Promise<void> {
  const { path, version } = await findServer();
  const folder = await mkdtemp(join(tmpdir(), "pingo-bench-"));
  const server = await ServerProcess.start({ binary: path, folder, name: "bench" });
  const nc = await connectNats({ url: server.url });
  const link = await linkOf(nc);
  const kinds = {
    signed: () => ours(link, true),
    unsigned: () => ours(link, false),
    bare: () => bare(link),
    raw: () => raw(link),
  };
  const rates = {
    signed: [] as number[],
    unsigned: [] as number[],
    bare: [] as number[],
    raw: [] as number[],
  };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [kind, measure] of Object.entries(kinds)) {
        rates[kind as keyof typeof rates].push(await measure());
        for await (const info of link.manager.streams.list()) {
          await link.manager.streams.delete(info.config.name);
        }
      }
    }
  } finally {
    await nc.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  const ratio = (over: keyof typeof rates) =>
    median(rates.signed.map((rate, i) => rate / (rates[over][i] ?? Number.NaN)));
  const row = (name: string, each: ReadonlyArray<number>) => [
    name,
    numberText(median(each)),
    numberText(Math.min(...each)),
    numberText(Math.max(...each)),
  ];
  printReport(
    {
      benchmark: "nats",
      hash: createHash("sha256").update(`${MESSAGES} ${TEXT}`).digest("hex").slice(0, 16),
      figures: [
        { name: "deliveries against a bare client", value: ratio("bare"), unit: "", atLeast: 0.8 },
        {
          name: "deliveries against publish and ack",
          value: ratio("raw"),
          unit: "",
          atLeast: 0.25,
        },
      ],
      table: [
        ["a second", "median", "least", "most"],
        row("deliveries, signed and checked", rates.signed),
        row("deliveries, unsigned", rates.unsigned),
        row("bare client, the same steps", rates.bare),
        row("publish and ack alone", rates.raw),
      ],
      notes: [
        `${numberText(MESSAGES)} messages of about 256 bytes, ${ROUNDS} rounds in turn.`,
        `One nats-server ${version} on the same machine, everything in files.`,
        "The bus appends and answers all that waits in one message each.",
        "The bare client has a message for each step, 256 of them under way.",
      ],
    },
    flags,
  );
}

await main();
