/** People with credentials and issuers who sign for them: what the credential's stories share. */
import { type Cell, toNano } from "@ton/core";
import {
  CredentialItem,
  signed,
  type Voucher,
  voucherCell,
} from "../../src/adapters/ton/wrappers/credential.ts";
import { NOW, type Person } from "./chain.ts";
import { openWorld, signer } from "./issuers.ts";

export const DAY = 24 * 3600;
export const TODAY = NOW / DAY;
export const GRACE = 14;
export const EXCESSES = 0xd53276db;
export const VALUE = toNano("0.2");

/** One world for a file of stories; `fresh` brings it back to its beginning. */
export async function openHolders() {
  const world = await openWorld();
  const start = world.chain.snapshot();
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
  return { world, fresh, cellOf, present, grant, punish, recover, itemOf, held };
}
