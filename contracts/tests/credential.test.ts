import { Address, beginCell, Cell, toNano } from "@ton/core";
import { sign } from "@ton/crypto";
import type { Blockchain } from "@ton/sandbox";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  Collection,
  CredentialItem,
  signed,
  type Voucher,
  voucherCell,
} from "../../src/adapters/ton/wrappers/credential.ts";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { balanceOf, dataOf, gasOf, leastValue, NOW, type Person } from "./chain.ts";
import { expectNoTransaction, expectRefusal, expectTransaction } from "./expectations.ts";
import { openWorld, otherKeys, pairs, signer, type World } from "./issuers.ts";

const DAY = 24 * 3600;
const TODAY = NOW / DAY;
const GRACE = 14;
const EXCESSES = 0xd53276db;
const VALUE = toNano("0.2");

describe("Credential", () => {
  let world: World;
  let start: ReturnType<Blockchain["snapshot"]>;
  beforeAll(async () => {
    world = await openWorld();
    start = world.chain.snapshot();
  });
  const fresh = async () => {
    await world.chain.loadFrom(start);
    world.chain.now = NOW;
    return world;
  };
  const cellOf = (voucher: Voucher, validUntil = world.chain.now! + 3600) =>
    voucherCell(world.collection.address, validUntil, voucher);
  const present = (voucher: Cell, by: Person, issuers: readonly [number, number] = [0, 2]) =>
    world.collection.sendPresent(by.getSender(), {
      value: VALUE,
      voucher,
      signatures: [
        signed(voucher, issuers[0], signer(issuers[0])),
        signed(voucher, issuers[1], signer(issuers[1])),
      ],
    });
  const grant = (to: Person, epoch: number, tier = 1) =>
    present(cellOf({ kind: "grant", owner: to.address, tier, epoch }), to);
  const punish = (whom: Person, by = world.bob) =>
    present(cellOf({ kind: "punish", owner: whom.address }), by);
  const recover = (from: Person, to: Person) =>
    present(cellOf({ kind: "recover", from: from.address, to: to.address }), to);
  const itemOf = async (person: Person) =>
    world.chain.openContract(
      new CredentialItem(await world.collection.getItemAddress(person.address)),
    );
  const held = async (person: Person) => (await itemOf(person)).getCredential();

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

  describe("soul-bound", () => {
    test("no transfer, not even by its owner", async () => {
      const { alice, bob } = await fresh();
      await grant(alice, TODAY);
      const item = await itemOf(alice);
      const body = beginCell()
        .storeUint(0x5fcc3d14, 32)
        .storeUint(0, 64)
        .storeAddress(bob.address)
        .storeAddress(null)
        .storeBit(0)
        .storeCoins(0)
        .storeBit(0)
        .endCell();
      for (const by of [alice, bob]) {
        const result = await by.send({ to: item.address, value: VALUE, body });
        expectRefusal(result, item.address, exitCodes.SOUL_BOUND);
      }
    });

    test("proof of ownership: from the owner alone, with the time of revocation", async () => {
      const { alice, bob, chain } = await fresh();
      await grant(alice, TODAY, 4);
      const item = await itemOf(alice);
      const payload = beginCell().storeUint(7, 8).endCell();
      const options = { value: VALUE, dest: bob.address, payload };
      const prove = async () => {
        const result = await item.sendProveOwnership(alice.getSender(), options);
        const { inMessage } = expectTransaction(result, { to: bob.address, op: 0x0524c7ae });
        const slice = inMessage!.body.beginParse().skip(96);
        const index = slice.loadBuffer(32);
        const owner = slice.loadAddress();
        expect(slice.loadRef().equals(payload)).toBe(true);
        const revokedAt = slice.loadUint(64);
        return {
          index,
          owner,
          revokedAt,
          content: slice.loadMaybeRef()?.beginParse().loadStringTail(),
        };
      };
      const proof = await prove();
      expect(proof.owner.equals(alice.address)).toBe(true);
      expect(proof.index.equals(alice.address.hash)).toBe(true);
      expect([proof.revokedAt, proof.content]).toEqual([0, "4.json"]);
      chain.now = NOW + 100 * DAY;
      expect((await prove()).revokedAt).toBe((TODAY + 1 + GRACE) * DAY);
      const stranger = await item.sendProveOwnership(bob.getSender(), options);
      expectRefusal(stranger, item.address, exitCodes.NOT_OWNER);
    });

    test("a proof that nobody takes comes back to the owner", async () => {
      const { alice, collection } = await fresh();
      await grant(alice, TODAY);
      const item = await itemOf(alice);
      const options = { value: VALUE, dest: collection.address, payload: Cell.EMPTY };
      const result = await item.sendProveOwnership(alice.getSender(), options);
      expectTransaction(result, { from: item.address, to: alice.address, op: 0xc18e86d2 });
    });

    test("anybody may have the owner told to anybody", async () => {
      const { alice, bob, owner } = await fresh();
      await grant(alice, TODAY);
      const item = await itemOf(alice);
      const body = beginCell()
        .storeUint(0xd0c3bfea, 32)
        .storeUint(0, 64)
        .storeAddress(owner.address)
        .storeRef(Cell.EMPTY)
        .storeBit(false)
        .endCell();
      const result = await bob.send({ to: item.address, value: VALUE, body });
      const { inMessage } = expectTransaction(result, { to: owner.address, op: 0x0dd607e3 });
      const slice = inMessage!.body.beginParse().skip(96 + 256);
      expect(slice.loadAddress().equals(bob.address)).toBe(true);
      expect(slice.loadAddress().equals(alice.address)).toBe(true);
    });

    test("TEP-62 readers: collection, item, its content and its static data", async () => {
      const { alice, chain, collection, owner } = await fresh();
      await grant(alice, TODAY, 4);
      const item = await itemOf(alice);
      const index = BigInt(`0x${alice.address.hash.toString("hex")}`);
      const inCollection = chain.provider(collection.address);
      const data = (await inCollection.get("get_collection_data", [])).stack;
      expect(data.readBigNumber()).toBe(-1n);
      expect(data.readCell().bits.length).toBeGreaterThan(8);
      expect(data.readAddress().equals(owner.address)).toBe(true);
      const nft = (await chain.provider(item.address).get("get_nft_data", [])).stack;
      expect([nft.readBoolean(), nft.readBigNumber()]).toEqual([true, index]);
      expect(nft.readAddress().equals(collection.address)).toBe(true);
      expect(nft.readAddress().equals(alice.address)).toBe(true);
      const content = await inCollection.get("get_nft_content", [
        { type: "int", value: index },
        { type: "cell", cell: nft.readCell() },
      ]);
      const slice = content.stack.readCell().beginParse();
      expect([slice.loadUint(8), slice.loadStringTail()]).toEqual([1, "https://pin.go/4.json"]);
      const authority = await chain.provider(item.address).get("get_authority_address", []);
      expect(authority.stack.readAddress().equals(collection.address)).toBe(true);
      const body = beginCell().storeUint(0x2fcb26a2, 32).storeUint(0, 64).endCell();
      const asked = await alice.send({ to: item.address, value: VALUE, body });
      const report = expectTransaction(asked, { to: alice.address, op: 0x8b771735 });
      const told = report.inMessage!.body.beginParse().skip(96);
      expect(told.loadUintBig(256)).toBe(index);
    });
  });

  describe("issuers", () => {
    const propose = (by: Person) =>
      world.collection.sendProposeIssuers(by.getSender(), { value: VALUE, keys: otherKeys });

    test("change after seven days, not a second earlier; then the old sign nothing", async () => {
      const { owner, bob, alice, collection, chain } = await fresh();
      await propose(owner);
      chain.now = NOW + 7 * DAY - 1;
      const early = await collection.sendApplyIssuers(bob.getSender(), VALUE);
      expectRefusal(early, collection.address, exitCodes.TOO_EARLY);
      await grant(alice, TODAY);
      expect((await held(alice))?.status).toBe("held");
      chain.now = NOW + 7 * DAY;
      await collection.sendApplyIssuers(bob.getSender(), VALUE);
      expect(await collection.getIssuers()).toEqual({ keys: otherKeys, applicableAt: 0 });
      const refused = await grant(alice, TODAY + 7);
      expectRefusal(refused, collection.address, exitCodes.BAD_SIGNATURE);
    });

    test("only the owner proposes and cancels; a proposal can be withdrawn", async () => {
      const { owner, bob, collection, chain } = await fresh();
      expectRefusal(await propose(bob), collection.address, exitCodes.NOT_OWNER);
      await propose(owner);
      const stranger = await collection.sendCancelIssuers(bob.getSender(), VALUE);
      expectRefusal(stranger, collection.address, exitCodes.NOT_OWNER);
      await collection.sendCancelIssuers(owner.getSender(), VALUE);
      chain.now = NOW + 8 * DAY;
      const nothing = await collection.sendApplyIssuers(owner.getSender(), VALUE);
      expectRefusal(nothing, collection.address, exitCodes.NOTHING_PENDING);
    });

    test("the owner alone grants nothing", async () => {
      const { owner, alice, collection, chain } = await fresh();
      const voucher = cellOf({ kind: "grant", owner: alice.address, tier: 1, epoch: TODAY });
      const item = await collection.getItemAddress(alice.address);
      const refused = await present(voucher, owner);
      expectRefusal(refused, collection.address, exitCodes.OTHER_CLAIMANT);
      expect(await dataOf(chain, item)).not.toBe("active");
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

test("another workchain's address has no item of its own: the index is the hash", async () => {
  const world = await openWorld();
  const { alice, collection } = world;
  const base = await collection.getItemAddress(alice.address);
  const master = await collection.getItemAddress(new Address(-1, alice.address.hash));
  expect(base.equals(master)).toBe(true);
});
