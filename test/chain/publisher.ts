/** What a network's operator does on chain, by hand: roots of rewards and vouchers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readDeployment } from "../../src/adapters/ton/deployment.ts";
import { issuerKeyFile } from "../../src/adapters/ton/key-files.ts";
import { readKeyFile, type TonKey, walletOf } from "../../src/adapters/ton/keys.ts";
import {
  Collection,
  signed,
  type Voucher,
  voucherCell,
} from "../../src/adapters/ton/wrappers/credential.ts";
import { Distributor } from "../../src/adapters/ton/wrappers/distributor.ts";
import { openHand } from "../../src/app/chain/hand.ts";
import { ownKey } from "../../src/app/chain/own-keys.ts";
import { hexOf, proofOf, rootOf } from "../../src/policies/rewards/claims.ts";
import { dev } from "./served-chain.ts";

const ONE = 1_000_000_000n;

export interface Operated {
  readonly folder: string;
  readonly endpoint: string;
  readonly url: string;
}

/**
 * The root of everybody's rewards, in force after the delay; files with the proofs of those who
 * have a part in it.
 */
export async function publishRewards(
  { folder, endpoint, url }: Operated,
  epoch: number,
  amounts: ReadonlyArray<readonly [TonKey, bigint]>,
): Promise<ReadonlyArray<string>> {
  const leaves = amounts.map(([key, cumulative]) => {
    return { workchain: 0, hash: walletOf(key, "local").address.hash, cumulative };
  });
  const root = rootOf(leaves);
  const cap = leaves.reduce((sum, { cumulative }) => sum + cumulative, 0n);
  const flags = { network: "local", endpoint } as const;
  const hand = await openHand(flags, folder, await ownKey(flags, folder));
  const [rewards] = readDeployment(folder).distributors;
  await dev(url, "time", { advance: 120 });
  const body = Distributor.publishBody({ epoch, cap, hash: root });
  await hand.send(`publish ${epoch}`, { to: rewards!.address, value: ONE, body });
  await hand.close();
  await dev(url, "time", { advance: 60 });
  return amounts.map(([, cumulative], at) => {
    const proof = proofOf(leaves, at).map(({ side, hash }) => ({ side, hash: hexOf(hash) }));
    const file = join(folder, `proof-${epoch}-${at}.json`);
    const claim = { epoch, root: hexOf(root), cumulative: `${cumulative}`, proof };
    writeFileSync(file, JSON.stringify(claim));
    return file;
  });
}

/** A file with a voucher that two of the folder's issuers signed. */
export async function voucherIn(
  folder: string,
  name: string,
  { voucher, validUntil }: { readonly voucher: Voucher; readonly validUntil: number },
): Promise<string> {
  const { collection } = readDeployment(folder).contracts;
  const cell = voucherCell(collection, validUntil, voucher);
  const sign = async (n: number) => {
    const key = await readKeyFile(issuerKeyFile(folder, n));
    return signed(cell, n, key.sign);
  };
  const body = Collection.presentBody(cell, await sign(0), await sign(2));
  const file = join(folder, `${name}.json`);
  const boc = body.toBoc().toString("base64");
  writeFileSync(file, JSON.stringify({ to: collection.toString(), body: boc }));
  return file;
}
