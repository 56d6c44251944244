/** What every kind of lease promises, tried on files and over a live server. */
import { afterAll, describe, expect, it } from "vitest";
import { NatsLeases } from "../../src/adapters/nats/leases.ts";
import { FileLeases } from "../../src/adapters/store/file-leases.ts";
import { LeaseHeld, LeaseLost, type Leases } from "../../src/live/leases.ts";
import { CORE, edgeShard } from "../../src/live/shard.ts";
import { skipNats } from "../nats/test-server.ts";
import { type Arm, Networks, openerOf, withFolder } from "./arms.ts";

/** Leases as seen from a machine whose clock is `aheadUs` of the others'. */
type Machines = (aheadUs?: number) => Promise<Leases>;

const GRACE_US = 2_000_000;
const FOR_US = 10_000_000;
const clock = { us: 1_800_000_000_000_000 };

const networks = new Networks();
afterAll(() => networks.end());

const arms: ReadonlyArray<Arm<Machines>> = [
  {
    name: "files",
    skip: false,
    open: () =>
      withFolder(
        (folder) =>
          async (aheadUs = 0) =>
            new FileLeases({ folder, nowUs: () => clock.us + aheadUs, graceUs: GRACE_US }),
      ),
  },
  {
    name: "NATS",
    skip: skipNats,
    open: async () => {
      const { link, names } = await networks.open();
      const port = (aheadUs = 0) =>
        NatsLeases.on(link, { names, nowUs: () => clock.us + aheadUs, graceUs: GRACE_US });
      return { port, end: async () => {} };
    },
  },
];

for (const arm of arms) {
  describe.skipIf(arm.skip)(`Leases, ${arm.name}`, () => {
    const open = openerOf(arm);

    it("a free shard: is taken, and the lease says until when", async () => {
      const leases = await (await open())();
      const lease = await leases.take(CORE, "first", FOR_US);
      expect(lease).toEqual({
        shard: CORE,
        holder: "first",
        token: 1,
        deadlineUs: clock.us + FOR_US,
      });
    });

    it("another holder: waits for deadline and grace, and not a microsecond less", async () => {
      const leases = await (await open())();
      const lease = await leases.take(CORE, "first", FOR_US);
      const before = clock.us;
      clock.us = lease.deadlineUs + GRACE_US - 1;
      await expect(leases.take(CORE, "second", FOR_US)).rejects.toBeInstanceOf(LeaseHeld);
      clock.us = lease.deadlineUs + GRACE_US;
      const next = await leases.take(CORE, "second", FOR_US);
      expect(next.token).toBeGreaterThan(lease.token);
      clock.us = before;
    });

    it("refused: is told who holds it and until when", async () => {
      const leases = await (await open())();
      const lease = await leases.take(CORE, "first", FOR_US);
      const refused = leases.take(CORE, "second", FOR_US);
      await expect(refused).rejects.toMatchObject({ by: { ...lease } });
    });

    it("renewed in time: the deadline moves on, the token stays", async () => {
      const leases = await (await open())();
      const lease = await leases.take(CORE, "first", FOR_US);
      const renewed = await leases.renew(lease, 3 * FOR_US);
      expect(renewed).toEqual({ ...lease, deadlineUs: clock.us + 3 * FOR_US });
    });

    it("a stale token: can neither renew nor release what is another's by now", async () => {
      const leases = await (await open())();
      const lease = await leases.take(CORE, "first", FOR_US);
      const before = clock.us;
      clock.us = lease.deadlineUs + GRACE_US;
      const next = await leases.take(CORE, "second", FOR_US);
      await expect(leases.renew(lease, FOR_US)).rejects.toBeInstanceOf(LeaseLost);
      await leases.release(lease);
      expect((await leases.renew(next, FOR_US)).token).toBe(next.token);
      clock.us = before;
    });

    it("released: the next holder need not wait, and its token is higher", async () => {
      const leases = await (await open())();
      const lease = await leases.take(CORE, "first", FOR_US);
      await leases.release(lease);
      const next = await leases.take(CORE, "second", FOR_US);
      expect(next.token).toBeGreaterThan(lease.token);
    });

    it("the same holder started anew: takes it at once, with a higher token", async () => {
      const leases = await (await open())();
      const lease = await leases.take(CORE, "first", FOR_US);
      const again = await leases.take(CORE, "first", FOR_US);
      expect(again.token).toBeGreaterThan(lease.token);
      await expect(leases.renew(lease, FOR_US)).rejects.toBeInstanceOf(LeaseLost);
    });

    it("clocks that differ by less than the grace: still one owner at a time", async () => {
      const machines = await open();
      const [slow, fast] = [await machines(), await machines(GRACE_US - 1)];
      const lease = await slow.take(CORE, "slow", FOR_US);
      const before = clock.us;
      // by its own clock the owner is in its last microsecond
      clock.us = lease.deadlineUs - 1;
      await expect(fast.take(CORE, "fast", FOR_US)).rejects.toBeInstanceOf(LeaseHeld);
      expect((await slow.renew(lease, FOR_US)).token).toBe(lease.token);
      clock.us = before;
    });

    it("eight ask at once: one gets it, each other is told who", async () => {
      const machines = await open();
      const asking = Array.from({ length: 8 }, async (_, i) =>
        (await machines()).take(CORE, `holder-${i}`, FOR_US),
      );
      const asked = await Promise.allSettled(asking);
      const won = asked.filter(({ status }) => status === "fulfilled");
      expect(won).toHaveLength(1);
      for (const each of asked) {
        if (each.status === "rejected") expect(each.reason).toBeInstanceOf(LeaseHeld);
      }
    });

    it("shards do not hinder one another", async () => {
      const leases = await (await open())();
      await leases.take(CORE, "first", FOR_US);
      const other = await leases.take(edgeShard("e.1"), "second", FOR_US);
      expect(other.token).toBe(1);
    });
  });
}
