/** The host by itself: one shard of small actors, and everything that can go wrong around it. */
import { Schema } from "effect";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileJournals } from "../../src/adapters/store/file-journal.ts";
import { FileLeases } from "../../src/adapters/store/file-leases.ts";
import { type Address, address, portAddress } from "../../src/kernel/address.ts";
import type { AnyBehaviour, Step } from "../../src/kernel/behaviour.ts";
import { type Command, portCall, send, startTimer } from "../../src/kernel/command.ts";
import { invariant } from "../../src/kernel/invariant.ts";
import { variant } from "../../src/kernel/message.ts";
import type { Bus, Parcel } from "../../src/live/bus.ts";
import type { DeadLetter } from "../../src/live/dead-letters.ts";
import { ShardHost } from "../../src/live/host.ts";
import type { HostEvent, HostParts } from "../../src/live/host-parts.ts";
import { InProcessBus } from "../../src/live/in-process-bus.ts";
import { JournalError, type Journals } from "../../src/live/journal.ts";
import type { Leases } from "../../src/live/leases.ts";
import type { LivePort } from "../../src/live/live-port.ts";
import { CORE, edgeShard } from "../../src/live/shard.ts";
import type { View } from "../../src/live/view.ts";
import { Life, MortalStores } from "./mortal-stores.ts";
import { removeFolder, scratchFolder, until } from "./small-network.ts";

const Add = variant("Add", { by: Schema.Int });
const Poison = variant("Poison", {});
const Ask = variant("Ask", { key: Schema.String });
const PassOn = variant("PassOn", { to: Schema.String, times: Schema.Int });
const Later = variant("Later", { afterUs: Schema.Int });
const PortOutcome = variant("PortOutcome", { key: Schema.String });
const CounterMessage = Schema.Union(Add, Poison, Ask, PassOn, Later, PortOutcome);
type CounterMessage = typeof CounterMessage.Type;
const State = Schema.Struct({ at: Schema.String, sum: Schema.Int, outcomes: Schema.Int });
type State = typeof State.Type;

/** Adds up what it is told; passes on, asks a port, waits, or breaks when it is told to. */
const counter = (version: number): AnyBehaviour => ({
  kind: "ledger",
  version,
  State,
  Message: CounterMessage,
  init: (): Step<State> => stepTo({ at: "open", sum: 0, outcomes: 0 }),
  step: (state: State, { message }: { readonly message: CounterMessage }): Step<State> => {
    switch (message.type) {
      case "Add":
        return stepTo({ ...state, sum: state.sum + message.by });
      case "Ask":
        return stepTo(state, portCall("echo", message.key, { type: "Ask" }, 1_000_000));
      case "PassOn":
        return stepTo(
          state,
          ...Array.from({ length: message.times }, (_, i) =>
            send(message.to as Address, { type: "Add", by: i + 1 } as never),
          ),
        );
      case "Later":
        return stepTo(state, startTimer("later", message.afterUs, { type: "Add", by: 1 } as never));
      case "PortOutcome":
        return stepTo({ ...state, outcomes: state.outcomes + 1 });
      case "Poison":
        invariant(false, "the poison works");
    }
  },
});

function stepTo(state: State, ...commands: ReadonlyArray<Command>): Step<State> {
  return { state, commands, handled: true };
}

const A = address("ledger", "a");
const B = address("ledger", "b");
const FAR = address("edge", "far");

const deliveredView: View<{ count: number }> = {
  name: "delivered",
  version: 1,
  empty: () => ({ count: 0 }),
  fold: (view) => {
    view.count++;
    return view;
  },
  save: (view) => ({ ...view }),
  load: (saved) => saved as { count: number },
};

class Echo implements LivePort {
  calls: string[] = [];
  mute = false;
  call: LivePort["call"] = (_caller, { key }, tell) => {
    this.calls.push(key);
    if (!this.mute) setImmediate(() => tell({ type: "PortOutcome", key } as never));
  };
  close = () => Promise.resolve();
}

let folder: string;
let letters: DeadLetter[];
let events: HostEvent[];
const open: ShardHost[] = [];
beforeEach(async () => {
  folder = await scratchFolder();
  letters = [];
  events = [];
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
  await removeFolder(folder);
});

async function host(parts: Partial<HostParts> = {}): Promise<ShardHost> {
  const opened = await ShardHost.open({
    shard: CORE,
    holder: "test",
    bus: new InProcessBus(),
    journals: new FileJournals({ folder }),
    leases: new FileLeases({ folder }),
    behaviours: new Map([
      ["ledger", counter(1)],
      ["edge", counter(1)],
    ]),
    ports: new Map(),
    founders: [A, B].map((at) => ({ address: at, input: {} })),
    views: [deliveredView],
    deadLetters: { keep: (letter) => letters.push(letter) },
    log: (event) => events.push(event),
    ...parts,
  });
  open.push(opened);
  return opened;
}

const add = (by: number, to = A) => ({ to, port: "test", message: { type: "Add", by } as never });
const tell = (of: ShardHost, message: CounterMessage, to = A) =>
  of.tell({ to, port: "test", message });
const sumOf = (of: ShardHost, at = A) => (of.stateOf(at) as State).sum;
const parcel = (n: number, message: unknown, from: string = FAR, to: string = A): Parcel =>
  ({ from, to, n, message }) as Parcel;

describe("Host: what it took it has after a restart", () => {
  test("states, views and timers, from the journal alone and from a snapshot", async () => {
    const stores = new MortalStores();
    const start = () =>
      host({ journals: stores.journals(new Life(undefined, () => {})), leases: stores.leases() });
    const first = await start();
    await Promise.all([1, 2, 3].map((by) => first.tell(add(by))));
    await tell(first, { type: "Later", afterUs: 30_000 });
    // as a crash would have it: nothing was closed
    const second = await start();
    // 7 when opening took longer than the timer
    expect([6, 7]).toContain(sumOf(second));
    await until(() => sumOf(second) === 7, "the timer of the life before");
    await second.close();
    const third = await start();
    expect(sumOf(third)).toBe(7);
    expect(third.view(deliveredView)?.count).toBeGreaterThanOrEqual(4);
  });

  test("a call that a crash cut off is made again, its outcome is taken once", async () => {
    const stores = new MortalStores();
    const echo = new Echo();
    echo.mute = true;
    const parts = () => ({
      journals: stores.journals(new Life(undefined, () => {})),
      leases: stores.leases(),
      ports: new Map([["echo", echo]]),
    });
    const first = await host(parts());
    await tell(first, { type: "Ask", key: "k1" });
    echo.mute = false;
    const second = await host(parts());
    await until(() => (second.stateOf(A) as State).outcomes === 1, "an outcome");
    expect(echo.calls).toEqual(["k1", "k1"]);
  });

  test("deliveries go on while a snapshot is written, and are behind it", async () => {
    const files = new FileJournals({ folder });
    const kept: Array<{ readonly at: number }> = [];
    let letGo = () => {};
    const slow = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const journals: Journals = {
      open: async (shard, token) => {
        const journal = await files.open(shard, token);
        return {
          append: (expected, records) => journal.append(expected, records),
          read: (from) => journal.read(from),
          latest: () => journal.latest(),
          compact: async (snapshot) => {
            kept.push(snapshot);
            if (kept.length === 1) await slow;
            await journal.compact(snapshot);
          },
          close: () => journal.close(),
        };
      },
    };
    const first = await host({ journals, settings: { snapshotRecords: 10 } });
    for (let i = 0; i < 10; i++) await first.tell(add(1));
    await until(() => kept.length === 1, "a snapshot");
    for (let i = 0; i < 25; i++) await first.tell(add(1));
    expect(kept).toHaveLength(1);
    letGo();
    await until(() => first.counters.snapshots === 1, "the snapshot on disk");
    await first.tell(add(1));
    // as a crash would have it: another owner, and nothing was closed
    const second = await host();
    expect([sumOf(second), sumOf(first)]).toEqual([36, 36]);
    expect(second.view(deliveredView)?.count).toBe(first.view(deliveredView)?.count);
  });

  test("a snapshot of a later version is refused in a sentence", async () => {
    const newer = new Map([["ledger", counter(7)]]);
    await (await host({ behaviours: newer })).close();
    const opening = host();
    await expect(opening).rejects.toMatchObject({ name: "JournalError", reason: "newer" });
    await expect(opening).rejects.toThrow(/ledger 7, known here is 1.*install that version/);
  });
});

describe("Host: a step that throws", () => {
  test("ends that actor and no other, is told, and stays so after a restart", async () => {
    const first = await host();
    await first.tell(add(5));
    await tell(first, { type: "Poison" });
    await first.tell(add(1));
    await first.tell(add(2, B));
    expect([sumOf(first), sumOf(first, B)]).toEqual([5, 2]);
    expect(letters.map(({ to, why }) => [to, why])).toEqual([
      [A, "InvariantViolation: the poison works"],
      [A, "it is in quarantine"],
    ]);
    expect(events).toContainEqual(expect.objectContaining({ kind: "quarantine" }));
    expect(first.population.get("quarantine")).toBe(1);
    await first.close();
    const second = await host();
    await second.tell(add(1));
    expect([sumOf(second), second.population.get("quarantine")]).toEqual([5, 1]);
  });
});

describe("Host: an actor in quarantine", () => {
  test("goes on from before the step that threw when it is asked for, and stays so", async () => {
    const first = await host();
    await first.tell(add(5));
    await tell(first, { type: "Poison" });
    await first.close();
    const revived = await host({ revive: [A, B] });
    expect(revived.population.get("quarantine")).toBeUndefined();
    await revived.tell(add(1));
    expect([sumOf(revived), sumOf(revived, B)]).toEqual([6, 0]);
    expect(events.map(({ words }) => words)).toContain("ledger/a goes on");
    expect(events.map(({ words }) => words)).not.toContain("ledger/b goes on");
    // as a crash would have it: from the journal alone
    const second = await host();
    await second.tell(add(1));
    expect(sumOf(second)).toBe(7);
  });

  test("breaks again where nothing was mended", async () => {
    const first = await host();
    await tell(first, { type: "Poison" });
    await first.close();
    const second = await host({ revive: [A] });
    await tell(second, { type: "Poison" });
    expect(second.population.get("quarantine")).toBe(1);
  });
});

describe("Host: what comes over a bus", () => {
  /** A bus that carries JSON, as one between machines does. */
  class JsonBus extends InProcessBus {
    override readonly inProcess = false as never;
  }

  test("is decoded, and refused with a reason when it is no message of its receiver", async () => {
    const bus = new JsonBus() as Bus;
    const of = await host({ bus });
    const bad: ReadonlyArray<readonly [Parcel, RegExp]> = [
      [parcel(1, { type: "Add", by: "much" }), /by/],
      [parcel(2, { type: "Nonsense" }), /./],
      [parcel(3, { type: "Add", by: 1 }, "port/operator"), /speaks for a port/],
      [parcel(4, { type: "Add", by: 1 }, "../../etc"), /no address/],
      [parcel(5, { type: "Add", by: 1 }, FAR, "node/n1"), /not in core/],
      [parcel(0, { type: "Add", by: 1 }), /no message number/],
    ];
    for (const [each] of bad) await bus.send(CORE, each);
    await bus.send(CORE, parcel(9, { type: "Add", by: 3 }));
    expect(sumOf(of)).toBe(3);
    expect(of.counters.refused).toBe(bad.length);
    for (const [i, [, why]] of bad.entries()) expect(letters[i]?.why).toMatch(why);
  });

  test("a parcel that comes twice counts once, before and after a restart", async () => {
    const bus = new InProcessBus();
    const first = await host({ bus });
    await bus.send(CORE, parcel(1, { type: "Add", by: 1 }));
    await bus.send(CORE, parcel(1, { type: "Add", by: 1 }));
    await first.close();
    const second = await host({ bus });
    await bus.send(CORE, parcel(1, { type: "Add", by: 1 }));
    await bus.send(CORE, parcel(2, { type: "Add", by: 1 }));
    expect([sumOf(second), second.counters.duplicates]).toEqual([2, 1]);
  });

  test("what it sends waits while nobody receives, and then arrives in order", async () => {
    const bus = new InProcessBus();
    const of = await host({ bus });
    await tell(of, { type: "PassOn", to: FAR, times: 300 });
    expect(of.queues.outbox).toBe(300);
    const heard: number[] = [];
    await bus.receive(edgeShard("far"), (parcels) => {
      heard.push(...parcels.map(({ message }) => (message as { by: number }).by));
      return Promise.resolve();
    });
    await until(() => of.queues.outbox === 0, "an empty outbox");
    expect(heard).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  });

  test("what was not sent before a crash is sent after it", async () => {
    const stores = new MortalStores();
    const parts = (bus: Bus) => ({
      bus,
      journals: stores.journals(new Life(undefined, () => {})),
      leases: stores.leases(),
    });
    await tell(await host(parts(new InProcessBus())), { type: "PassOn", to: FAR, times: 3 });
    const bus = new InProcessBus();
    const heard: Parcel[] = [];
    await bus.receive(edgeShard("far"), (parcels) => {
      heard.push(...parcels);
      return Promise.resolve();
    });
    await host(parts(bus));
    await until(() => heard.length === 3, "three parcels");
    expect(heard.map(({ n }) => n)).toEqual([1, 2, 3]);
  });
});

describe("Host: ends", () => {
  test("when another owner has the shard, it stops at once and says so", async () => {
    const first = await host();
    await first.tell(add(1));
    // another process that believes the lease is its own
    const journals = new FileJournals({ folder });
    const other = await journals.open(CORE, 2 as never);
    await expect(first.tell(add(1))).rejects.toMatchObject({ name: "HostEnded" });
    expect(await first.ended).toMatchObject({ why: "fenced" });
    expect(sumOf(first)).toBe(2);
    await other.close();
    const second = await host();
    expect(sumOf(second)).toBe(1);
  });

  test("when its lease is another's, it stops", async () => {
    const leases = new FileLeases({ folder });
    const first = await host({ leases, settings: { leaseUs: 2_000_000 } });
    await leases.take(CORE, "test", 60_000_000);
    expect(await first.ended).toMatchObject({ why: "lease" });
    await expect(first.tell(add(1))).rejects.toMatchObject({ name: "HostEnded" });
  });

  test("a lease store that falls silent: nothing is written, then it goes on", async () => {
    const files = new FileLeases({ folder });
    let away = false;
    const leases: Leases = {
      take: (...of) => files.take(...of),
      renew: (...of) => (away ? Promise.reject(new Error("no answer")) : files.renew(...of)),
      release: (lease) => files.release(lease),
    };
    const of = await host({ leases, settings: { leaseUs: 60_000 } });
    away = true;
    await until(() => events.some(({ kind }) => kind === "lease"), "a word about it");
    const before = of.view(deliveredView)?.count ?? 0;
    const told = of.tell(add(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(of.view(deliveredView)?.count).toBe(before);
    away = false;
    await told;
    expect(of.view(deliveredView)?.count).toBe(before + 1);
  });

  test("a replay that takes longer than its lease: the shard opens all the same", async () => {
    const files = new FileJournals({ folder });
    const journals: Journals = {
      open: async (shard, token) => {
        const journal = await files.open(shard, token);
        return {
          append: (expected, records) => journal.append(expected, records),
          // no timer rings while records are replayed, so no lease is renewed
          read: async function* (from) {
            const untilMs = performance.now() + 120;
            while (performance.now() < untilMs);
            yield* journal.read(from);
          },
          latest: () => journal.latest(),
          compact: (snapshot) => journal.compact(snapshot),
          close: () => journal.close(),
        };
      },
    };
    const of = await host({ journals, settings: { leaseUs: 60_000 } });
    await of.tell(add(1));
    expect(sumOf(of)).toBe(1);
  });

  test("it ends while the bus opens: the inbox is let go", async () => {
    const leases = new FileLeases({ folder });
    let stops = 0;
    const inner = new InProcessBus();
    const bus: Bus = {
      send: (...of) => inner.send(...of),
      publish: () => {},
      listen: (topic, heard) => inner.listen(topic, heard),
      close: () => inner.close(),
      receive: async () => {
        await leases.take(CORE, "test", 60_000_000);
        await until(() => events.some(({ kind }) => kind === "stopped"), "the host's end");
        return { stop: async () => void stops++ };
      },
    };
    await host({ bus, leases, settings: { leaseUs: 60_000 } });
    expect(stops).toBe(1);
  });

  test("a full disk is waited for: nothing is seen before there is room", async () => {
    const files = new FileJournals({ folder });
    let full = false;
    const journals: Journals = {
      open: async (shard, token) => {
        const journal = await files.open(shard, token);
        return {
          append: (expected, records) =>
            full
              ? Promise.reject(new JournalError("full", "the disk is full"))
              : journal.append(expected, records),
          read: (from) => journal.read(from),
          latest: () => journal.latest(),
          compact: (snapshot) => journal.compact(snapshot),
          close: () => journal.close(),
        };
      },
    };
    const of = await host({ journals });
    const before = of.view(deliveredView)?.count ?? 0;
    full = true;
    const told = of.tell(add(1));
    await until(() => events.some(({ kind }) => kind === "journal"), "a word about it");
    expect(of.view(deliveredView)?.count).toBe(before);
    full = false;
    await told;
    expect(of.view(deliveredView)?.count).toBe(before + 1);
  });

  test("too much at once is turned away instead of piling up", async () => {
    const of = await host({ settings: { arrivals: 10 } });
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => of.tell(add(1))));
    const refused = results.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    expect(sumOf(of)).toBe(30 - refused.length);
  });

  test("what is no message of the actor is the caller's mistake", async () => {
    const of = await host();
    const message = { type: "Add", by: 1.5 } as never;
    await expect(of.tell({ to: A, port: "x", message })).rejects.toThrow(/takes no Add/);
    expect(portAddress("x")).toBe("port/x");
  });
});
