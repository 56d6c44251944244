/** What every bus promises, tried in one process and over a live server. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { NatsBus } from "../../src/adapters/nats/bus.ts";
import { ownerOf } from "../../src/adapters/nats/names.ts";
import type { Address } from "../../src/kernel/address.ts";
import { type Bus, BusError, type Parcel } from "../../src/live/bus.ts";
import { InProcessBus } from "../../src/live/in-process-bus.ts";
import { CORE, edgeShard, nodeShard, type ShardId, shardOf } from "../../src/live/shard.ts";
import { eventually, skipNats } from "../nats/test-server.ts";
import { type Arm, Networks, openerOf } from "./arms.ts";

/** Buses of several shards, and what they buried. */
interface Post {
  readonly bus: (shard: ShardId) => Promise<Bus>;
  readonly buried: Array<Parcel>;
}

const networks = new Networks();
afterAll(() => networks.end());

const arms: ReadonlyArray<Arm<Post>> = [
  {
    name: "in process",
    skip: false,
    open: async () => {
      const buried: Parcel[] = [];
      const bus = new InProcessBus({ buried: (dead) => buried.push(...dead) });
      return { port: { bus: async () => bus, buried }, end: () => bus.close() };
    },
  },
  {
    name: "NATS",
    skip: skipNats,
    open: async () => {
      const { link, names, provisioner } = await networks.open();
      const buried: Parcel[] = [];
      const buses: Bus[] = [];
      const bus = async (shard: ShardId) => {
        const made = new NatsBus(link, {
          names,
          self: ownerOf(shard),
          provision: (each) => provisioner.inbox(each),
          buried: (dead) => buried.push(...dead),
        });
        buses.push(made);
        return made;
      };
      const end = async () => {
        await Promise.all(buses.map((each) => each.close()));
      };
      return { port: { bus, buried }, end };
    },
  },
];

const edge = "edge/e1" as Address;
const e1 = edgeShard("e1");
const node = (id: string) => `node/${id}` as Address;

function parcels(from: Address, to: Address, count: number): ReadonlyArray<Parcel> {
  return Array.from({ length: count }, (_, i) => ({
    from,
    to,
    n: i + 1,
    message: { type: "Word", text: `${i + 1}` },
  }));
}

const numbers = (taken: ReadonlyArray<Parcel>) => taken.map(({ n }) => n);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

for (const arm of arms) {
  describe.skipIf(arm.skip)(`Bus, ${arm.name}`, () => {
    const open = openerOf(arm);

    it("a thousand parcels of a pair: arrive once each, in order, as they were", async () => {
      const { bus } = await open();
      const [sender, receiver] = [await bus(nodeShard("n1")), await bus(e1)];
      const taken: Parcel[] = [];
      await receiver.receive(e1, async (batch) => {
        taken.push(...batch);
      });
      const sent = parcels(node("n1"), edge, 1_000);
      await Promise.all(sent.map((parcel) => sender.send(e1, parcel)));
      await eventually("all are taken", () => taken.length >= 1_000);
      expect(taken).toEqual(sent);
    });

    it("sent while nobody receives: wait for the receiver", async () => {
      const { bus } = await open();
      const [sender, receiver] = [await bus(CORE), await bus(nodeShard("n1"))];
      const taken: Parcel[] = [];
      // in process the sender is told when the receiver has it: its outbox keeps it until then
      const sent = sender.sendAll?.(nodeShard("n1"), parcels("ledger/l" as Address, node("n1"), 5));
      await receiver.receive(nodeShard("n1"), async (batch) => {
        taken.push(...batch);
      });
      await sent;
      await eventually("all are taken", () => taken.length === 5);
      expect(numbers(taken)).toEqual(upTo(5));
    });

    it("a take that rejects: the batch comes again, and nothing overtakes it", async () => {
      const { bus } = await open();
      const [sender, receiver] = [await bus(nodeShard("n1")), await bus(e1)];
      const taken: Parcel[] = [];
      let rejections = 0;
      await receiver.receive(e1, async (batch) => {
        if (rejections < 3 && batch.some(({ n }) => n > 10)) {
          rejections++;
          throw new Error("not now");
        }
        taken.push(...batch);
      });
      const sending = parcels(node("n1"), edge, 200).map(async (parcel) => {
        await new Promise((resolve) => setTimeout(resolve, parcel.n / 4));
        await sender.send(e1, parcel);
      });
      await Promise.all(sending);
      await eventually("all are taken", () => taken.length >= 200);
      expect(rejections).toBe(3);
      expect(numbers(taken)).toEqual(upTo(200));
    });

    it("a parcel always rejected: becomes a dead letter, the next ones arrive", async () => {
      const { bus, buried } = await open();
      const [sender, receiver] = [await bus(nodeShard("n1")), await bus(e1)];
      const taken: Parcel[] = [];
      await receiver.receive(e1, async (batch) => {
        if (batch.some(({ n }) => n === 2)) throw new Error("cannot be read");
        taken.push(...batch);
      });
      for (const parcel of parcels(node("n1"), edge, 4)) await sender.send(e1, parcel);
      await eventually("the last one is taken", () => taken.some(({ n }) => n === 4), 20_000);
      expect(numbers(taken)).toEqual([1, 3, 4]);
      expect(numbers(buried)).toEqual([2]);
    });

    it("too many for a shard that takes none: the sender is told that it is full", async () => {
      const { bus } = await open();
      const sender = await bus(nodeShard("n1"));
      const sent = parcels(node("n1"), edge, 20_001).map((parcel) => sender.send(e1, parcel));
      const settled = Promise.allSettled(sent);
      const last = sent.at(-1);
      await expect(last).rejects.toMatchObject({ name: "BusError", reason: "full" });
      await sender.close();
      await settled;
    });

    it("a second receiver of a shard: is refused until the first one stops", async () => {
      const { bus } = await open();
      const receiver = await bus(e1);
      const first = await receiver.receive(e1, async () => {});
      const second = receiver.receive(e1, async () => {});
      await expect(second).rejects.toBeInstanceOf(BusError);
      await first.stop();
      const third = await receiver.receive(e1, async () => {});
      await third.stop();
    });

    it("stopped while a batch is taken: waits for it; the next receiver goes on", async () => {
      const { bus } = await open();
      const [sender, receiver] = [await bus(nodeShard("n1")), await bus(e1)];
      const first: Parcel[] = [];
      let busy = false;
      const subscription = await receiver.receive(e1, async (batch) => {
        busy = true;
        await new Promise((resolve) => setTimeout(resolve, 100));
        first.push(...batch);
      });
      await Promise.all(parcels(node("n1"), edge, 1).map((each) => sender.send(e1, each)));
      await eventually("it is being taken", () => busy);
      await subscription.stop();
      expect(first).toHaveLength(1);
      const second: Parcel[] = [];
      await receiver.receive(e1, async (batch) => {
        second.push(...batch);
      });
      await sender.send(e1, { from: node("n1"), to: edge, n: 2, message: null });
      await eventually("the second goes on", () => second.length > 0);
      expect(numbers(second)).toEqual([2]);
    });

    it("closed: takes nothing more, and what is being taken ends first", async () => {
      const { bus } = await open();
      const [sender, receiver] = [await bus(nodeShard("n1")), await bus(e1)];
      let done = false;
      let busy = false;
      await receiver.receive(e1, async () => {
        busy = true;
        await new Promise((resolve) => setTimeout(resolve, 100));
        done = true;
      });
      const sent = sender.send(e1, { from: node("n1"), to: edge, n: 1, message: {} });
      await eventually("it is being taken", () => busy);
      await receiver.close();
      expect(done).toBe(true);
      await sent;
      const late = receiver.send(e1, { from: node("n1"), to: edge, n: 2, message: {} });
      await expect(late).rejects.toMatchObject({ reason: "down" });
    });

    it("a topic: whoever listens hears it, until it stops", async () => {
      const { bus } = await open();
      const [speaker, listener] = [await bus(nodeShard("n1")), await bus(e1)];
      const heard: unknown[] = [];
      const subscription = await listener.listen("metrics.load", (message) => heard.push(message));
      await listener.listen("metrics.other", () => heard.push("another topic"));
      await eventually("it is heard", () => {
        speaker.publish("metrics.load", { load: 1 });
        return heard.length > 0;
      });
      await subscription.stop();
      await new Promise((resolve) => setTimeout(resolve, 100));
      const before = heard.length;
      speaker.publish("metrics.load", { load: 2 });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(heard).toHaveLength(before);
      expect(heard[0]).toEqual({ load: 1 });
    });

    it("any senders, receivers and rejections: each pair complete and in order", async () => {
      const ids = ["a", "b", "c"];
      const send = fc.record({
        from: fc.constantFrom(...ids),
        to: fc.constantFrom(...ids),
        count: fc.integer({ min: 1, max: 40 }),
      });
      const plan = fc.record({
        sends: fc.array(send, { minLength: 1, maxLength: 12 }),
        reject: fc.array(fc.boolean(), { maxLength: 6 }),
      });
      const { bus } = await open();
      const shards = ids.map(nodeShard);
      const buses = new Map(
        await Promise.all(shards.map(async (shard) => [shard, await bus(shard)] as const)),
      );
      const busOf = (shard: ShardId) => buses.get(shard) as Bus;
      const next = new Map<Address, number>();
      await fc.assert(
        fc.asyncProperty(plan, async ({ sends, reject }) => {
          const taken: Parcel[] = [];
          const answers = [...reject];
          const subscriptions = await Promise.all(
            shards.map((shard) =>
              busOf(shard).receive(shard, async (batch) => {
                if (answers.shift() === true) throw new Error("rejected by plan");
                taken.push(...batch);
              }),
            ),
          );
          const sent: Parcel[] = [];
          const arriving = sends.flatMap(({ from, to, count }) =>
            Array.from({ length: count }, () => {
              const n = (next.get(node(from)) ?? 0) + 1;
              next.set(node(from), n);
              const parcel = { from: node(from), to: node(to), n, message: [from, to] };
              sent.push(parcel);
              return busOf(shardOf(parcel.from)).send(shardOf(parcel.to), parcel);
            }),
          );
          await Promise.all(arriving);
          await eventually("all are taken", () => taken.length >= sent.length);
          await Promise.all(subscriptions.map(({ stop }) => stop()));
          expect(grouped(taken)).toEqual(grouped(sent));
        }),
        { numRuns: 15 },
      );
    });
  });
}

/** Numbers of each pair, in the order of the list. */
function grouped(list: ReadonlyArray<Parcel>): Record<string, ReadonlyArray<number>> {
  const pairs: Record<string, Array<number>> = {};
  for (const { from, to, n } of list) (pairs[`${from} ${to}`] ??= []).push(n);
  return pairs;
}
