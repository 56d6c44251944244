import { beginCell, toNano } from "@ton/core";
import { sign } from "@ton/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Collection,
  CredentialItem,
  signed,
  type Voucher,
  voucherCell,
} from "../../src/adapters/ton/wrappers/credential.ts";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { balanceOf, dataOf, gasOf, leastValue, NOW } from "./chain.ts";
import { DAY, EXCESSES, GRACE, openHolders, TODAY, VALUE } from "./credential-holders.ts";
import { expectNoTransaction, expectRefusal, expectTransaction } from "./expectations.ts";
import { openWorld, pairs, signer } from "./issuers.ts";

const { world, fresh, cellOf, present, grant, punish, recover, itemOf, held } = await openHolders();

describe("Credential", () => {
  describe("claims", () => {
    test("two of three issuers: the claimer pays, has it at once, and the rest back", async () => {
      const { alice, chain } = await fresh();
      const coins = await balanceOf(chain, alice.address);
      const result = await grant(alice, TODAY, 3);
      expectTransaction(result, { to: alice.address, op: EXCESSES });
      expect(await held(alice)).toEqual({
        tier: 3,
        epoch: TODAY,
        since: TODAY,
        status: "held",
        validUntil: (TODAY + 1 + GRACE) * DAY,
        isLive: true,
      });
      expect(coins - (await balanceOf(chain, alice.address))).toBeLessThan(toNano("0.06"));
      const item = await itemOf(alice);
      const gas = gasOf(result, world.collection.address, item.address);
      expect(gas.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(10_500);
    });

    test("every pair of issuers will do; one twice or a stranger's key will not", async () => {
      const { alice } = await fresh();
      let epoch = TODAY;
      for (const pair of [
        [0, 1],
        [1, 2],
        [2, 0],
      ] as const) {
        epoch += 1;
        await present(cellOf({ kind: "grant", owner: alice.address, tier: 1, epoch }), alice, pair);
        expect((await held(alice))?.epoch).toBe(epoch);
      }
      const voucher = cellOf({ kind: "grant", owner: alice.address, tier: 1, epoch: epoch + 1 });
      const good = signed(voucher, 0, signer(0));
      const bad = [
        [good, { issuer: 1, bytes: sign(voucher.hash(), pairs[3]!.secretKey) }],
        [good, { issuer: 1, bytes: good.bytes }],
        [signed(voucher, 1, signer(0)), signed(voucher, 0, signer(1))],
      ] as const;
      expect(() => Collection.presentBody(voucher, good, good)).toThrow("cannot sign twice");
      for (const signatures of bad) {
        const options = { value: VALUE, voucher, signatures };
        const result = await world.collection.sendPresent(alice.getSender(), options);
        expectRefusal(result, world.collection.address, exitCodes.BAD_SIGNATURE);
      }
    });

    test("another's voucher, an expired one, another collection's, an unknown kind", async () => {
      const { alice, bob, collection } = await fresh();
      const voucher: Voucher = { kind: "grant", owner: alice.address, tier: 1, epoch: TODAY };
      const stolen = await present(cellOf(voucher), bob);
      expectRefusal(stolen, collection.address, exitCodes.OTHER_CLAIMANT);
      const late = await present(cellOf(voucher, NOW - 1), alice);
      expectRefusal(late, collection.address, exitCodes.VOUCHER_EXPIRED);
      const foreign = await present(voucherCell(bob.address, NOW + 1, voucher), alice);
      expectRefusal(foreign, collection.address, exitCodes.OTHER_COLLECTION);
      const odd = await present(beginCell().storeUint(0x58585858, 32).endCell(), alice);
      expectTransaction(odd, { to: collection.address, aborted: true });
      expect(await held(alice)).toBeUndefined();
    });

    test("replay: the same voucher again changes nothing and the coins return", async () => {
      const { alice, chain } = await fresh();
      const voucher = cellOf({ kind: "grant", owner: alice.address, tier: 1, epoch: TODAY });
      await present(voucher, alice);
      const item = await itemOf(alice);
      const before = await dataOf(chain, item.address);
      const coins = await balanceOf(chain, alice.address);
      const result = await present(voucher, alice);
      expectTransaction(result, { from: item.address, to: alice.address, op: EXCESSES });
      expect(await dataOf(chain, item.address)).toBe(before);
      expect(coins - (await balanceOf(chain, alice.address))).toBeLessThan(toNano("0.02"));
    });

    test("an older voucher than the last: nothing", async () => {
      const { alice } = await fresh();
      await grant(alice, TODAY, 2);
      await grant(alice, TODAY - 1, 9);
      expect(await held(alice)).toMatchObject({ tier: 2, epoch: TODAY, since: TODAY });
    });

    test("from the masterchain and with too few coins: refused", async () => {
      const { chain, collection, alice } = await fresh();
      const master = await chain.treasury("master", { workchain: -1 });
      const result = await grant(master, TODAY);
      expectRefusal(result, collection.address, exitCodes.WRONG_WORKCHAIN);
      const voucher = cellOf({ kind: "grant", owner: alice.address, tier: 1, epoch: TODAY });
      const signatures = [signed(voucher, 0, signer(0)), signed(voucher, 1, signer(1))] as const;
      const poor = { value: toNano("0.01"), voucher, signatures };
      const refused = await collection.sendPresent(alice.getSender(), poor);
      expectRefusal(refused, collection.address, exitCodes.NOT_ENOUGH_VALUE);
    });

    test.each(["old", "reduced"] as const)(
      "%s prices: the least value is enough",
      async (prices) => {
        const cheap = await openWorld(prices);
        const { collection, alice, chain } = cheap;
        const voucher = voucherCell(collection.address, NOW + 1, {
          kind: "grant",
          owner: alice.address,
          tier: 1,
          epoch: TODAY,
        });
        const signatures = [signed(voucher, 0, signer(0)), signed(voucher, 1, signer(1))] as const;
        const send = (value: bigint) =>
          collection.sendPresent(alice.getSender(), { value, voucher, signatures });
        const result = await send(await leastValue(chain, collection.address, send));
        expectNoTransaction(result, { aborted: true });
        const item = new CredentialItem(await collection.getItemAddress(alice.address));
        expect((await chain.openContract(item).getCredential())?.isLive).toBe(true);
        const moved = voucherCell(collection.address, NOW + 1, {
          kind: "recover",
          from: alice.address,
          to: cheap.bob.address,
        });
        const signs = [signed(moved, 0, signer(0)), signed(moved, 1, signer(1))] as const;
        const recovery = (value: bigint) =>
          collection.sendPresent(cheap.bob.getSender(), {
            value,
            voucher: moved,
            signatures: signs,
          });
        const least = await leastValue(chain, collection.address, recovery);
        expectNoTransaction(await recovery(least), { aborted: true });
      },
    );
  });

  describe("time", () => {
    test("valid until 14 idle days have passed, then lapsed without any message", async () => {
      const { alice, chain } = await fresh();
      await grant(alice, TODAY);
      const item = await itemOf(alice);
      const until = (TODAY + 1 + GRACE) * DAY;
      chain.now = until - 1;
      expect([(await held(alice))?.isLive, await item.getRevokedTime()]).toEqual([true, 0]);
      chain.now = until;
      expect([(await held(alice))?.isLive, await item.getRevokedTime()]).toEqual([false, until]);
    });

    test("a lapse is recoverable: a later voucher revives it, history kept", async () => {
      const { alice, chain } = await fresh();
      await grant(alice, TODAY);
      chain.now = NOW + 100 * DAY;
      expect((await held(alice))?.isLive).toBe(false);
      await grant(alice, TODAY + 100, 2);
      expect(await held(alice)).toMatchObject({ tier: 2, since: TODAY, isLive: true });
    });
  });

  describe("punishment", () => {
    test("is final: no later voucher, no recovery, no second chance by destroying", async () => {
      const { alice, bob, chain } = await fresh();
      await grant(alice, TODAY);
      await punish(alice);
      const item = await itemOf(alice);
      expect(await held(alice)).toMatchObject({ status: "punished", isLive: false });
      expect(await item.getRevokedTime()).toBe(NOW);
      chain.now = NOW + DAY;
      await grant(alice, TODAY + 1);
      expect((await held(alice))?.status).toBe("punished");
      await recover(alice, bob);
      expect(await held(bob)).toBeUndefined();
      await item.sendDestroy(alice.getSender(), VALUE);
      await grant(alice, TODAY + 2);
      expect(await held(alice)).toMatchObject({ status: "destroyed", isLive: false });
      expect(await item.getRevokedTime()).toBe(NOW);
    });

    test("of nobody: the coins go back to who paid", async () => {
      const { bob, alice, chain } = await fresh();
      const coins = await balanceOf(chain, bob.address);
      const result = await punish(alice);
      expectTransaction(result, { to: bob.address, op: EXCESSES });
      expect(coins - (await balanceOf(chain, bob.address))).toBeLessThan(toNano("0.02"));
    });

    test("needs issuers: nobody else may revoke, grant, move or bequeath", async () => {
      const { alice, bob, owner, chain } = await fresh();
      await grant(alice, TODAY);
      const item = await itemOf(alice);
      const before = await dataOf(chain, item.address);
      const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);
      const forgeries = [
        [word(0x6f89f5e3).storeAddress(bob.address), exitCodes.NOT_COLLECTION],
        [
          word(0x2f2f7a51)
            .storeUint(9, 8)
            .storeUint(TODAY + 9, 32),
          exitCodes.NOT_COLLECTION,
        ],
        [word(0x3f3f7b52).storeBuffer(bob.address.hash, 32), exitCodes.NOT_COLLECTION],
        [
          word(0x4f4f7c53).storeBuffer(bob.address.hash, 32).storeUint(9, 8).storeUint(1, 64),
          exitCodes.NOT_ITEM,
        ],
      ] as const;
      for (const [body, code] of forgeries) {
        for (const by of [alice, bob, owner]) {
          const message = { to: item.address, value: VALUE, body: body.endCell() };
          expectRefusal(await by.send(message), item.address, code);
        }
      }
      expect(await dataOf(chain, item.address)).toBe(before);
    });
  });

  describe("recovery", () => {
    test("the same contributor's new wallet: tier and history move, the old one ends", async () => {
      const { alice, bob, chain } = await fresh();
      await grant(alice, TODAY - 30, 2);
      await grant(alice, TODAY, 3);
      const result = await recover(alice, bob);
      expectTransaction(result, { to: bob.address, op: EXCESSES });
      expect(await held(bob)).toMatchObject({
        tier: 3,
        epoch: TODAY,
        since: TODAY - 30,
        isLive: true,
      });
      expect(await held(alice)).toMatchObject({ status: "moved", isLive: false });
      chain.now = NOW + DAY;
      await grant(alice, TODAY + 1);
      expect((await held(alice))?.status).toBe("moved");
    });

    test("again, or to oneself, or from nobody: nothing, and the coins return", async () => {
      const { alice, bob, owner, chain } = await fresh();
      await grant(alice, TODAY);
      await recover(alice, alice);
      expect((await held(alice))?.isLive).toBe(true);
      await recover(alice, bob);
      for (const from of [alice, owner]) {
        const coins = await balanceOf(chain, bob.address);
        const before = await held(bob);
        expectTransaction(await recover(from, bob), { to: bob.address, op: EXCESSES });
        expect(await held(bob)).toEqual(before);
        expect(coins - (await balanceOf(chain, bob.address))).toBeLessThan(toNano("0.02"));
      }
    });

    test("into a wallet that has one: the newer says the tier, the older since when", async () => {
      const { alice, bob } = await fresh();
      await grant(alice, TODAY - 30, 2);
      await grant(bob, TODAY, 1);
      await recover(alice, bob);
      expect(await held(bob)).toMatchObject({ tier: 1, epoch: TODAY, since: TODAY - 30 });
    });

    test("a thief with the voucher but not the new wallet gets nothing", async () => {
      const { alice, bob, owner, collection } = await fresh();
      await grant(alice, TODAY);
      const voucher = cellOf({ kind: "recover", from: alice.address, to: bob.address });
      expectRefusal(await present(voucher, owner), collection.address, exitCodes.OTHER_CLAIMANT);
    });
  });

  test("any history: epochs rise, and an end is an end", async () => {
    const { alice, bob } = world;
    const people = [alice, bob];
    const step = fc.record({
      act: fc.constantFrom("grant", "grant", "grant", "punish", "recover", "wait"),
      who: fc.nat(1),
      days: fc.integer({ min: -2, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
        await fresh();
        const before = [await held(alice), await held(bob)];
        for (const { act, who, days } of steps) {
          const person = people[who]!;
          const today = Math.floor(world.chain.now! / DAY);
          if (act === "grant") await grant(person, today + days);
          if (act === "punish") await punish(person);
          if (act === "recover") await recover(people[1 - who]!, person);
          if (act === "wait") world.chain.now = world.chain.now! + Math.max(days, 0) * DAY;
          for (const [n, each] of people.entries()) {
            const was = before[n];
            const is = await held(each);
            expect(is?.epoch ?? 0).toBeGreaterThanOrEqual(was?.epoch ?? 0);
            if (was?.status !== "held" && was !== undefined) expect(is?.status).toBe(was.status);
            if (is?.isLive) expect(is.status).toBe("held");
            before[n] = is;
          }
        }
      }),
      { numRuns: 10 },
    );
  });
});
