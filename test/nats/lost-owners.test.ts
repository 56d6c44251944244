/**
 * Receivers and servers that vanish in the middle: whatever is repeated then, nothing overtakes and
 * nothing is lost. A mailbox drops a number below one it has seen, so an overtaking is a loss.
 */
import type { NatsConnection } from "@nats-io/transport-node";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NatsBus } from "../../src/adapters/nats/bus.ts";
import { linkOf } from "../../src/adapters/nats/link.ts";
import { Names, ownerOf } from "../../src/adapters/nats/names.ts";
import { Provisioner } from "../../src/adapters/nats/provision.ts";
import type { Address } from "../../src/kernel/address.ts";
import { BusError, type Parcel } from "../../src/live/bus.ts";
import { JournalError } from "../../src/live/journal.ts";
import { edgeShard, nodeShard, type ShardId } from "../../src/live/shard.ts";
import { eventually, skipNats, type TestServer, testServer } from "./test-server.ts";

const n1 = nodeShard("n1");
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

function parcel(n: number, to: ShardId): Parcel {
  const at = `edge/${to.slice("edge-".length)}` as Address;
  return { from: "node/n1" as Address, to: at, n, message: n };
}

/** As an outbox does: what does not fit now is sent again, in its order. */
async function sendPatiently(bus: NatsBus, to: ShardId, n: number): Promise<void> {
  for (;;) {
    try {
      await bus.send(to, parcel(n, to));
      return;
    } catch (error) {
      if (!(error instanceof BusError) || error.reason !== "full") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

describe.skipIf(skipNats)("Bus over NATS: owners and servers that vanish", () => {
  let server: TestServer;
  const names = new Names();
  const limits = { inboxBytes: 16 * 1_048_576, blobBytes: 16 * 1_048_576, waitingPerPair: 64 };
  let made = 0;

  beforeAll(async () => {
    server = await testServer();
    const link = await linkOf(await server.connect());
    await Provisioner.on(link, { names, limits }).network();
  });
  afterAll(() => server?.end());

  const busFor = async (shard: ShardId, options = {}) => {
    const nc = await server.connect();
    const link = await linkOf(nc);
    const provisioner = Provisioner.on(link, { names, limits });
    const provision = (each: ShardId) => provisioner.inbox(each);
    const bus = new NatsBus(link, { names, self: ownerOf(shard), provision, ...options });
    return { bus, nc, link };
  };
  const freshEdge = () => edgeShard(`e${++made}`);

  /** As a process that is killed: nothing is given back, nothing acknowledged. */
  const vanish = (nc: NatsConnection) => nc.close();

  it("an owner dies with parcels in hand: the next one gets them before newer ones", async () => {
    const edge = freshEdge();
    const [sender, first] = [await busFor(n1), await busFor(edge)];
    const held: Parcel[] = [];
    await first.bus.receive(edge, async (batch) => {
      held.push(...batch);
      await new Promise(() => {});
    });
    for (const n of upTo(5)) await sender.bus.send(edge, parcel(n, edge));
    await eventually("the first one has some", () => held.length > 0);
    await vanish(first.nc);
    for (const n of [6, 7, 8, 9]) await sender.bus.send(edge, parcel(n, edge));
    const second = await busFor(edge);
    const taken: number[] = [];
    await second.bus.receive(edge, async (batch) => {
      taken.push(...batch.map(({ n }) => n));
    });
    await eventually("all are taken", () => taken.length >= 9);
    expect(taken).toEqual(upTo(9));
  });

  it("an owner that was fenced out: buries nothing, and gives back what it holds", async () => {
    const edge = freshEdge();
    const buried: Parcel[] = [];
    const options = { buried: (dead: ReadonlyArray<Parcel>) => buried.push(...dead) };
    const [sender, first] = [await busFor(n1), await busFor(edge, options)];
    let tries = 0;
    const subscription = await first.bus.receive(edge, async () => {
      tries++;
      throw new JournalError("fenced", "another owner");
    });
    for (const n of upTo(3)) await sender.bus.send(edge, parcel(n, edge));
    await eventually("it tried more often than a parcel may fail", () => tries > 8, 20_000);
    await subscription.stop();
    const second = await busFor(edge);
    const taken: number[] = [];
    await second.bus.receive(edge, async (batch) => {
      taken.push(...batch.map(({ n }) => n));
    });
    await eventually("all are taken", () => taken.length === 3);
    expect(taken).toEqual(upTo(3));
    expect(buried).toEqual([]);
  });

  it("two owners at once for a while: what both take together is complete", async () => {
    const edge = freshEdge();
    const [sender, first, second] = [await busFor(n1), await busFor(edge), await busFor(edge)];
    const taken = new Set<number>();
    const late: number[] = [];
    const stale = await first.bus.receive(edge, async (batch) => {
      for (const { n } of batch) taken.add(n);
    });
    await second.bus.receive(edge, async (batch) => {
      for (const { n } of batch) {
        taken.add(n);
        late.push(n);
      }
    });
    const send = async (from: number, to: number) => {
      for (let n = from; n <= to; n++) await sendPatiently(sender.bus, edge, n);
    };
    await send(1, 60);
    await stale.stop();
    await send(61, 80);
    await eventually("all are taken", () => taken.size === 80, 20_000);
    expect(late).toEqual([...late].sort((a, b) => a - b));
  });

  it("receivers that vanish at any moment: the pair stays complete and in order", async () => {
    const plan = fc.array(
      fc.record({ sends: fc.integer({ min: 1, max: 30 }), takes: fc.integer({ min: 0, max: 20 }) }),
      { minLength: 2, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(plan, async (lives) => {
        const edge = freshEdge();
        const sender = await busFor(n1);
        // what is journalled: a receiver that dies after taking has taken
        const journal: number[] = [];
        let n = 0;
        const take = (batch: ReadonlyArray<Parcel>) => {
          for (const each of batch) if (each.n > (journal.at(-1) ?? 0)) journal.push(each.n);
        };
        for (const { sends, takes } of lives) {
          const receiver = await busFor(edge);
          let left = takes;
          let dead = false;
          await receiver.bus.receive(edge, async (batch) => {
            if (left <= 0 || dead) {
              dead = true;
              await vanish(receiver.nc);
              await new Promise(() => {});
            }
            left -= batch.length;
            take(batch);
          });
          for (let i = 0; i < sends; i++) await sender.bus.send(edge, parcel(++n, edge));
          dead = true;
          await vanish(receiver.nc);
        }
        const last = await busFor(edge);
        await last.bus.receive(edge, async (batch) => take(batch));
        await eventually("the last one has all", () => journal.length >= n, 20_000);
        expect(journal).toEqual(upTo(n));
        await vanish(last.nc);
        await vanish(sender.nc);
      }),
      { numRuns: 3 },
    );
  }, 120_000);

  it("the server is killed under load: nothing is lost, nothing overtakes", async () => {
    const edge = freshEdge();
    const [sender, receiver] = [await busFor(n1, { patienceMs: 30_000 }), await busFor(edge)];
    const taken: number[] = [];
    await receiver.bus.receive(edge, async (batch) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      taken.push(...batch.map(({ n }) => n));
    });
    const sending = (async () => {
      for (const n of upTo(600)) await sendPatiently(sender.bus, edge, n);
    })();
    for (let kills = 0; kills < 2; kills++) {
      const before = taken.length;
      await eventually("some more are taken", () => taken.length > before + 50, 20_000);
      await server.server.kill();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await server.server.again();
    }
    await sending;
    await eventually("all are taken", () => taken.length >= 600, 20_000);
    expect(taken).toEqual(upTo(600));
  });

  it("the server is away: the sender is told, and it goes on by itself afterwards", async () => {
    const edge = freshEdge();
    const [sender, receiver] = [await busFor(n1, { patienceMs: 300 }), await busFor(edge)];
    const taken: number[] = [];
    await receiver.bus.receive(edge, async (batch) => {
      taken.push(...batch.map(({ n }) => n));
    });
    await server.server.kill();
    const away = [1, 2].map((n) => sender.bus.send(edge, parcel(n, edge)));
    for (const each of await Promise.allSettled(away)) {
      expect(each).toMatchObject({ status: "rejected", reason: { reason: "down" } });
    }
    await server.server.again();
    await eventually("sending works again", async () => {
      try {
        await sender.bus.sendAll(
          edge,
          [1, 2, 3].map((n) => parcel(n, edge)),
        );
        return true;
      } catch {
        return false;
      }
    });
    await eventually("it is received", () => taken.length >= 3, 20_000);
    expect(taken).toEqual([1, 2, 3]);
  });

  it("an inbox made anew: its numbers begin again, and nothing is taken for old", async () => {
    const edge = freshEdge();
    const [sender, receiver] = [await busFor(n1), await busFor(edge)];
    const taken: number[] = [];
    await receiver.bus.receive(edge, async (batch) => {
      taken.push(...batch.map(({ n }) => n));
    });
    for (const n of upTo(20)) await sender.bus.send(edge, parcel(n, edge));
    await eventually("they are taken", () => taken.length === 20);
    await sender.link.manager.streams.delete(names.inboxStream(edge));
    await Provisioner.on(sender.link, { names, limits }).inbox(edge);
    for (const n of [21, 22, 23]) await sender.bus.send(edge, parcel(n, edge));
    await eventually("the newer ones too", () => taken.length === 23, 20_000);
    expect(taken).toEqual(upTo(23));
  });

  it("a pair's queue is full: the sender is told, others are served, and room helps", async () => {
    const edge = freshEdge();
    const [sender, other] = [await busFor(n1, { patienceMs: 200 }), await busFor(nodeShard("n2"))];
    const receiver = await busFor(edge);
    const provisioner = Provisioner.on(receiver.link, { names, limits });
    await provisioner.inbox(edge);
    for (const n of upTo(64)) await sender.bus.send(edge, parcel(n, edge));
    const more = sender.bus.send(edge, parcel(65, edge));
    await expect(more).rejects.toMatchObject({ name: "BusError", reason: "full" });
    await other.bus.send(edge, { ...parcel(1, edge), from: "node/n2" as Address });
    const taken: Parcel[] = [];
    await receiver.bus.receive(edge, async (batch) => {
      taken.push(...batch);
    });
    await eventually("they are taken", () => taken.length === 65);
    await sendPatiently(sender.bus, edge, 65);
    await eventually("the last one too", () => taken.length === 66);
  });

  it("a dead letter: is kept with the reason", async () => {
    const edge = freshEdge();
    const [sender, receiver] = [await busFor(n1), await busFor(edge)];
    await receiver.bus.receive(edge, async () => {
      throw new Error("this cannot be read");
    });
    await sender.bus.send(edge, parcel(1, edge));
    const { manager } = receiver.link;
    const query = { last_by_subj: names.dead(edge) };
    const letter = async () => manager.streams.getMessage(names.deadStream, query);
    await eventually("it is buried", async () => (await letter()) !== null);
    const found = await letter();
    expect(found?.header.get("Pingo-Reason")).toBe("this cannot be read");
    expect(found?.string()).toContain('"node/n1"');
  });
});
