/** A lease whose store falls silent: nothing is written meanwhile, and nothing is given up. */
import { afterEach, describe, expect, test } from "vitest";
import { LeaseKeeper } from "./lease-keeper.ts";
import { type FencingToken, type Lease, LeaseLost, type Leases } from "./leases.ts";
import { CORE } from "./shard.ts";

const FOR_US = 30_000;

/** A store that can be switched off, or give the shard to somebody else. */
class Store implements Leases {
  nowUs = 0;
  away = false;
  others = false;
  renewals = 0;

  take(): Promise<Lease> {
    return Promise.resolve(this.lease());
  }

  renew(): Promise<Lease> {
    if (this.away) return Promise.reject(new Error("nobody answers"));
    if (this.others) return Promise.reject(new LeaseLost("another owns it"));
    this.renewals++;
    return Promise.resolve(this.lease());
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  private lease(): Lease {
    const token = 1 as FencingToken;
    return { shard: CORE, holder: "one", token, deadlineUs: this.nowUs + FOR_US };
  }
}

let keeper: LeaseKeeper | undefined;
afterEach(() => keeper?.end());

async function kept(store: Store) {
  const lost: string[] = [];
  const troubles: string[] = [];
  keeper = await LeaseKeeper.take({
    leases: store,
    shard: CORE,
    holder: "one",
    forUs: FOR_US,
    nowUs: () => store.nowUs,
    lost: (words) => lost.push(words),
    troubled: (words) => troubles.push(words),
  });
  return { keeper, lost, troubles };
}

describe("Lease: kept by an owner", () => {
  test("a store that is silent past the deadline: held again when it answers", async () => {
    const store = new Store();
    const { keeper: own, lost, troubles } = await kept(store);
    expect(own.isHeld).toBe(true);
    store.away = true;
    store.nowUs += 2 * FOR_US;
    expect(own.isHeld).toBe(false);
    const again = own.held();
    await expect.poll(() => troubles).toHaveLength(1);
    expect(troubles[0]).toContain("waiting: nobody answers");
    store.away = false;
    expect(await again).toBe(true);
    expect(own.isHeld).toBe(true);
    expect(lost).toEqual([]);
  });

  test("another took it while the store was silent: lost, and who waited is told", async () => {
    const store = new Store();
    const { keeper: own, lost } = await kept(store);
    store.away = true;
    store.nowUs += 2 * FOR_US;
    const again = own.held();
    store.others = true;
    store.away = false;
    expect(await again).toBe(false);
    expect(lost).toEqual([expect.stringContaining("another owns it")]);
    expect(await own.held()).toBe(false);
  });

  test("it is let go while somebody waits: they wait no longer", async () => {
    const store = new Store();
    const { keeper: own, lost } = await kept(store);
    store.away = true;
    store.nowUs += 2 * FOR_US;
    const again = own.held();
    await own.release();
    expect(await again).toBe(false);
    expect(lost).toEqual([]);
  });
});
