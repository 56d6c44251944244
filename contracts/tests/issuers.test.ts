/** Who may sign vouchers, and how the three change. */
import { Address } from "@ton/core";
import { describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { dataOf, NOW, type Person } from "./chain.ts";
import { DAY, openHolders, TODAY, VALUE } from "./credential-holders.ts";
import { expectRefusal } from "./expectations.ts";
import { otherKeys } from "./issuers.ts";

const { world, fresh, cellOf, present, grant, held } = await openHolders();

describe("Credential: issuers", () => {
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

test("another workchain's address has no item of its own: the index is the hash", async () => {
  const { alice, collection } = world;
  const base = await collection.getItemAddress(alice.address);
  const master = await collection.getItemAddress(new Address(-1, alice.address.hash));
  expect(base.equals(master)).toBe(true);
});
