/**
 * Processes that die in the middle of anything, again and again, on disks that keep a part of what
 * was being written. What was accepted is settled exactly once, and no credit is lost or made.
 */

import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Network } from "../../src/app/live/network.ts";
import { demandKey, demandsView } from "../../src/app/live/views/demands.ts";
import { jobsView } from "../../src/app/live/views/jobs.ts";
import { InProcessBus } from "../../src/live/in-process-bus.ts";
import type { FencingToken } from "../../src/live/leases.ts";
import { recover } from "../../src/live/recovery.ts";
import type { Replica } from "../../src/live/replica.ts";
import { toText } from "../../src/live/tagged-json.ts";
import { expectConserved } from "./books.ts";
import { type Death, Life, MortalStores } from "./mortal-stores.ts";
import { scriptedDigest } from "./scripted-runner.ts";
import {
  demandOf,
  openSmall,
  placeOf,
  removeFolder,
  scratchFolder,
  submit,
  until,
  YOU,
} from "./small-network.ts";

const DEMANDS = 6;
const SNAPSHOT_EVERY = 150;

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(() => removeFolder(folder));

/** Opens a process on the disk; it dies as `death` says. */
async function live(stores: MortalStores, death: Death | undefined) {
  let died: () => void = () => {};
  const dead = new Promise<"dead">((resolve) => {
    died = () => resolve("dead");
  });
  const life = new Life(death, died);
  const opening = openSmall({
    folder,
    msOf: (mflop) => mflop % 7,
    parts: {
      bus: new InProcessBus(),
      journals: stores.journals(life),
      leases: stores.leases(),
      settings: { snapshotRecords: SNAPSHOT_EVERY },
    },
  });
  return { life, dead, opening };
}

const contentsOf = (demand: number) => [0, 1, 2].map((task) => `content-${demand}-${task}`);

/** Hands in what the network has not heard of, and waits until all is answered. */
async function askForAll(network: Network): Promise<void> {
  await until(() => placeOf(network, YOU) === "active", "a member");
  for (let demand = 1; demand <= DEMANDS; demand++) {
    if (demandOf(network, YOU, demand) !== undefined) continue;
    await submit(network, demand, [11, 12, 13], contentsOf(demand));
  }
  await until(
    () => [...Array(DEMANDS).keys()].every((i) => demandOf(network, YOU, i + 1)?.answer),
    "all answers",
  );
}

function expectSettledOnce(network: Network): void {
  const [demands] = network.views(demandsView);
  const [jobs] = network.views(jobsView);
  for (let demand = 1; demand <= DEMANDS; demand++) {
    expect(demands?.byKey.get(demandKey(YOU, demand))).toMatchObject({ answer: "settled" });
    const own = [...(jobs?.byAddress.values() ?? [])].filter(
      (job) => !job.commons && job.demand === demand,
    );
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ state: "settled", requester: YOU });
    const digests = [0, 1, 2].map((task) => own[0]?.accepted.get(task)?.digest);
    expect(digests).toEqual(contentsOf(demand).map(scriptedDigest));
    expect(own[0]?.spent).toBe(demands?.byKey.get(demandKey(YOU, demand))?.spent);
  }
}

/** What the disk says must be what the process believes: state by state, mark by mark. */
async function expectReplayed(
  network: Awaited<ReturnType<typeof openSmall>>,
  stores: MortalStores,
): Promise<void> {
  const { behaviours } = network.rules;
  for (const [shard, host] of network.hosts) {
    const disk = stores.journals(new Life(undefined, () => {}));
    const token = stores.shards.get(shard)?.token ?? 0;
    const journal = await disk.open(shard, token as FencingToken);
    const { replica } = await recover(journal, { shard, behaviours, views: [] });
    const { replica: believed } = host as unknown as { readonly replica: Replica };
    expect(plainImage(replica)).toEqual(plainImage(believed));
  }
}

/** Processes number senders in the order in which they hear of them: that may differ. */
function plainImage(replica: Replica): unknown {
  const { actors, waiting, heard } = replica.image(0);
  const sorted = (pairs: ReadonlyArray<readonly [string, number]>) =>
    [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.parse(
    toText({
      waiting,
      heard: sorted(heard),
      actors: actors.map(({ mailbox, ...rest }) => ({
        ...rest,
        mailbox: { ...mailbox, marks: sorted(mailbox.marks) },
      })),
    }),
  );
}

test("Crash: every accepted job is settled once, and credit is conserved", async () => {
  const death = fc.record({
    afterAppends: fc.integer({ min: 0, max: 250 }),
    written: fc.constantFrom(0, 0.5, 1),
  });
  const property = fc.asyncProperty(
    fc.array(death, { minLength: 1, maxLength: 6 }),
    async (deaths) => {
      const stores = new MortalStores();
      for (const each of deaths) {
        const { dead, opening } = await live(stores, each);
        const working = opening.then(async (network) => {
          await askForAll(network);
          return "done" as const;
        });
        // what was under way when it died stays under way for ever
        working.catch(() => {});
        if ((await Promise.race([dead, working])) === "done") break;
      }
      const network = await (await live(stores, undefined)).opening;
      await askForAll(network);
      await atRest(network);
      expectSettledOnce(network);
      expectConserved(network);
      await expectReplayed(network, stores);
      for (const { counters } of network.hosts.values()) {
        expect([...counters.unhandled]).toEqual([]);
        expect(counters.quarantined).toBe(0);
      }
      await network.close();
    },
  );
  await fc.assert(property, { numRuns: 10 });
}, 240_000);

/** Nothing waits, nothing runs, and nothing new comes for a while: the commons are done, too. */
async function atRest(network: Network): Promise<void> {
  let deliveries = -1;
  let sinceMs = 0;
  await until(() => {
    const hosts = [...network.hosts.values()];
    const now = hosts.reduce((sum, { counters }) => sum + counters.deliveries, 0);
    if (now !== deliveries) sinceMs = performance.now();
    deliveries = now;
    return performance.now() - sinceMs > 100;
  }, "rest");
}
