/** Credentials whose code is in a library: the same words, less rent, and what happens without. */
import { toNano } from "@ton/core";
import { describe, expect, test } from "vitest";
import { CredentialItem, signed, voucherCell } from "../../src/adapters/ton/wrappers/credential.ts";
import { librariesOf, libraryCell } from "../../src/adapters/ton/wrappers/library.ts";
import { compile, sizeOf } from "../build.ts";
import { feesOf, gasOf, NOW } from "./chain.ts";
import { openWorld, signer } from "./issuers.ts";

const DAY = 24 * 3600;

/** What a claim costs and leaves, with the item's code as given. */
async function claimed(kind: "whole" | "published" | "missing") {
  const code = await compile("credential/item");
  const itemCode = kind === "whole" ? code : libraryCell(code);
  const { chain, collection, alice } = await openWorld("old", { "credential/item": itemCode });
  // The machine is shared and remembers libraries: without ours there is another, not none.
  chain.libs = librariesOf(kind === "published" ? code : await compile("rewards/record"));
  const voucher = voucherCell(collection.address, NOW + DAY, {
    kind: "grant",
    owner: alice.address,
    tier: 1,
    epoch: NOW / DAY,
  });
  const signatures = [signed(voucher, 0, signer(0)), signed(voucher, 1, signer(1))] as const;
  const before = await alice.getBalance();
  const options = { value: toNano("0.5"), voucher, signatures };
  const result = await collection.sendPresent(alice.getSender(), options);
  const at = await collection.getItemAddress(alice.address);
  const { accountState } = await chain.getContract(at);
  const state = accountState?.type === "active" ? accountState.state : undefined;
  return {
    code: state?.code,
    fees: feesOf(result),
    gas: gasOf(result, collection.address, at).reduce((sum, each) => sum + each, 0),
    spent: before - (await alice.getBalance()),
    read: () => chain.openContract(new CredentialItem(at)).getCredential(),
  };
}

describe("Library: a credential's code", () => {
  test("published: the same credential, its code a single cell, its claim cheaper", async () => {
    const whole = await claimed("whole");
    const shared = await claimed("published");
    expect(await shared.read()).toEqual(await whole.read());
    expect(sizeOf([shared.code!])).toEqual({ bits: 264, cells: 1 });
    expect(sizeOf([whole.code!]).cells).toBeGreaterThan(20);
    expect(shared.fees).toBeLessThan(whole.fees);
    expect(Math.abs(shared.gas - whole.gas)).toBeLessThan(1_000);
  });

  test("not published, or its rent not paid: nothing runs, what was sent is stuck", async () => {
    const { read, spent } = await claimed("missing");
    await expect(read()).rejects.toThrow();
    expect(spent).toBeGreaterThan(toNano("0.5"));
  });
});
