/** What wallets, explorers and other contracts see of a credential. */
import { beginCell, Cell } from "@ton/core";
import { describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { NOW } from "./chain.ts";
import { DAY, GRACE, openHolders, TODAY, VALUE } from "./credential-holders.ts";
import { expectRefusal, expectTransaction } from "./expectations.ts";

const { fresh, grant, itemOf } = await openHolders();

describe("Credential: soul-bound", () => {
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
