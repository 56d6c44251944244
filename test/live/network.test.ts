/** A live network of one process, from an empty folder to settled jobs and back again. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { networkConfig } from "../../src/app/live/config.ts";
import { openStateFolder } from "../../src/app/live/state-folder.ts";
import { contributorsView } from "../../src/app/live/views/contributors.ts";
import { type Job, jobKey, jobsView } from "../../src/app/live/views/jobs.ts";
import { nodesView, stateOfNode } from "../../src/app/live/views/nodes.ts";
import type { Address } from "../../src/kernel/address.ts";
import { expectConserved, ledgerOf } from "./books.ts";
import { scriptedDigest } from "./scripted-runner.ts";
import {
  demandOf,
  openSmall,
  placeOf,
  removeFolder,
  type SmallNetwork,
  scratchFolder,
  submit,
  until,
  YOU,
} from "./small-network.ts";

let folder: string;
let network: SmallNetwork | undefined;
beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(async () => {
  await network?.close();
  network = undefined;
  await removeFolder(folder);
});

async function opened(options: Partial<Parameters<typeof openSmall>[0]> = {}) {
  network = await openSmall({ folder, ...options });
  return network;
}

/** Only the tasks under test are slow: slow commons work would hold every machine before them. */
function slowOnly(...mflops: ReadonlyArray<number>): (mflop: number) => number {
  return (mflop) => (mflops.includes(mflop) ? 60_000 : 1);
}

const isMember = (of: SmallNetwork) => until(() => placeOf(of, YOU) === "active", "a member");

function answered(of: SmallNetwork, demand: number) {
  return until(() => {
    const found = demandOf(of, YOU, demand);
    return found?.answer === undefined ? undefined : found;
  }, `an answer to demand ${demand}`);
}

function jobOf(of: SmallNetwork, demand: number): Job | undefined {
  const [jobs] = of.views(jobsView);
  return jobs?.byDemand.get(jobKey(YOU, demand));
}

describe("Network: a newcomer", () => {
  test("works for the commons, is admitted, hands in a job, which others run", async () => {
    const of = await opened();
    await isMember(of);
    await submit(of, 1, [100, 200, 300], ["x", "y", "z"]);
    expect(await answered(of, 1)).toMatchObject({ answer: "settled", reason: "" });
    const job = jobOf(of, 1);
    expect(job).toMatchObject({ state: "settled", commons: false });
    const digests = [0, 1, 2].map((task) => job?.accepted.get(task)?.digest);
    expect(digests).toEqual(["x", "y", "z"].map(scriptedDigest));
    const nodes = [...(job?.attempts.values() ?? [])].map(({ node }) => node);
    expect(nodes.length).toBeGreaterThanOrEqual(3);
    expect(nodes).not.toContain("node/own");
    expectConserved(of);
  });

  test("that asks before it has earned anything is refused with the rule", async () => {
    const of = await opened({ msOf: () => 60_000 });
    await until(() => placeOf(of, YOU) === "probation", "probation");
    await submit(of, 1, [100]);
    const { answer, reason } = await answered(of, 1);
    expect(answer).toBe("refused");
    expect(reason).toMatch(/^in-probation: probation ends at 3 verified results/);
  });
});

describe("Network: views", () => {
  test("the lines of an account add up to what the ledger says", async () => {
    const of = await opened();
    await isMember(of);
    await submit(of, 1, [2_000, 1_000]);
    await answered(of, 1);
    const [view] = of.views(contributorsView);
    // what commons work is left waits for the next newcomer, and its price with it
    const isPaid = () => [...(view?.escrows.values() ?? [])].every(({ commons }) => commons);
    await until(isPaid, "no open escrow");
    // a view never runs ahead of the disk, the ledger's state does by a batch
    const lines = (owner: Address) => view?.byAddress.get(owner)?.lines ?? [];
    const isEven = () =>
      [...ledgerOf(of).books.accounts.entries()].every(
        ([owner, { balance, uncleared }]) =>
          lines(owner).reduce((total, { amount }) => total + amount, 0n) === balance + uncleared,
      );
    await until(isEven, "lines that add up to each account");
    const whats = new Set(lines(YOU).map(({ what }) => what));
    expect([...whats].sort()).toEqual(["earned", "held"]);
  });

  test("nodes are shown with what they do, and as away once they said goodbye", async () => {
    const of = await opened();
    const [view] = of.views(nodesView);
    await isMember(of);
    await until(
      () => [...(view?.byAddress.values() ?? [])].every((n) => stateOfNode(n) === "idle"),
      "idle nodes",
    );
    expect([...(view?.byAddress.keys() ?? [])].sort()).toEqual([
      "node/n1",
      "node/n2",
      "node/n3",
      "node/own",
    ]);
    expect(view?.byAddress.get("node/n1" as never)?.done).toBeGreaterThan(0);
    await of.tell({ to: "node/n1" as never, port: "host", message: { type: "OwnerBusy" } });
    await until(() => view?.byAddress.get("node/n1" as never)?.presence === "paused", "a pause");
    await of.tell({ to: "node/n1" as never, port: "host", message: { type: "HostStopping" } });
    await until(() => view?.byAddress.get("node/n1" as never)?.presence === "away", "a goodbye");
  });
});

describe("Network: stopped and started again", () => {
  test("it goes on with a job that was running, and remembers what was", async () => {
    const first = await opened({ msOf: slowOnly(10, 20) });
    await isMember(first);
    await submit(first, 1, [30]);
    await answered(first, 1);
    await submit(first, 2, [10, 20], ["p", "q"]);
    await until(() => jobOf(first, 2)?.attempts.size, "an attempt");
    await first.close();
    const second = await opened();
    expect(demandOf(second, YOU, 1)).toMatchObject({ answer: "settled" });
    expect(await answered(second, 2)).toMatchObject({ answer: "settled" });
    expect(jobOf(second, 2)?.accepted.get(1)?.digest).toBe(scriptedDigest("q"));
    expectConserved(second);
  });

  test("a job that its requester withdraws ends, and what it held comes back", async () => {
    const of = await opened({ msOf: slowOnly(1_000) });
    await isMember(of);
    await submit(of, 1, [1_000]);
    const { job } = await until(() => {
      const known = jobOf(of, 1);
      return known !== undefined && known.attempts.size > 0 && known;
    }, "a job");
    const message = { type: "DemandWithdrawn", job } as never;
    await of.tell({ to: YOU, port: "requester", message });
    expect(await answered(of, 1)).toMatchObject({ answer: "settled", spent: 0n });
    expect(jobOf(of, 1)).toMatchObject({ state: "cancelled", spent: 0n });
    expectConserved(of);
  });
});

describe("Network: its file", () => {
  test("is written at the first start and read at the next", async () => {
    expect(openStateFolder(folder, 5).config.machines).toHaveLength(6);
    expect(openStateFolder(folder, 2).config.machines).toHaveLength(6);
    const file = join(folder, "network.yaml");
    await writeFile(file, `${await readFile(file, "utf8")}\nlimits:\n  probationResults: 9\n`);
    const { limits } = openStateFolder(folder, 2).config;
    expect([limits.probationResults, limits.escrowTasks]).toEqual([9, 2]);
  });

  test("has a chain of its own where that is wanted, and keeps what it began with", () => {
    const { chain, limits, policies } = openStateFolder(folder, 3, true).config;
    expect(chain).toMatchObject({ network: "local", credential: "shown" });
    // rewards are posted as often as the local chain lets them be
    expect([limits.epochUs, policies.rewards]).toMatchObject([60_000_000, { rule: "emission" }]);
    expect(openStateFolder(folder, 3, false).config.chain).toEqual(chain);
    expect(openStateFolder(join(folder, "other"), 3).config.chain).toBeUndefined();
  });

  test.each([
    [{ machines: [], limtis: {} }, /unknown key limtis; did you mean limits\?/],
    [{ machines: [], limits: { jobUs: "soon" } }, /limits\.jobUs.*duration/],
    [{ machines: [{ node: "A b", owner: "you" }] }, /machines.*lower case/],
    [{}, /machines is missing/],
  ])("a mistake in it is one sentence: %j", (given, words) => {
    expect(() => networkConfig(given, "network.yaml")).toThrow(words);
  });

  test("two machines of one name are refused", () => {
    const twin = { node: "n1", owner: "ada" };
    expect(() => networkConfig({ machines: [twin, twin] }, "f")).toThrow(/two machines are named/);
  });
});
