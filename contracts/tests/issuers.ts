/** A collection of credentials, its three issuers and two people: what its tests start from. */
import { toNano } from "@ton/core";
import { type KeyPair, keyPairFromSeed, sign } from "@ton/crypto";
import type { Blockchain, SandboxContract } from "@ton/sandbox";
import { Collection, type IssuerKeys } from "../../src/adapters/ton/wrappers/credential.ts";
import { onChainMetadata } from "../../src/adapters/ton/wrappers/metadata.ts";
import { compile } from "../build.ts";
import { deploy, openChain, type Person, type Prices } from "./chain.ts";
import type { Replaced } from "./kept-worlds.ts";

export const pairs: ReadonlyArray<KeyPair> = [1, 2, 3, 4, 5, 6].map((n) =>
  keyPairFromSeed(Buffer.alloc(32, n)),
);
const keyOf = (n: number) => BigInt(`0x${pairs[n]!.publicKey.toString("hex")}`);
const keys: IssuerKeys = [keyOf(0), keyOf(1), keyOf(2)];
export const otherKeys: IssuerKeys = [keyOf(3), keyOf(4), keyOf(5)];
export const signer = (n: number) => (hash: Buffer) => sign(hash, pairs[n]!.secretKey);

export interface World {
  readonly chain: Blockchain;
  readonly owner: Person;
  readonly alice: Person;
  readonly bob: Person;
  readonly collection: SandboxContract<Collection>;
}

export async function openWorld(
  prices: Prices = "old",
  replaced: Replaced = {},
  on?: Blockchain,
): Promise<World> {
  const chain = on ?? (await openChain(prices));
  const code = replaced["credential/collection"] ?? (await compile("credential/collection"));
  const itemCode = replaced["credential/item"] ?? (await compile("credential/item"));
  const owner = await chain.treasury("owner");
  const metadata = onChainMetadata({ name: "PinGo contributors" });
  const config = {
    owner: owner.address,
    issuers: keys,
    metadata,
    base: "https://pin.go/",
    itemCode,
  };
  const bare = Collection.fromConfig(config, code);
  await deploy(chain, owner, { ...bare.init, address: bare.address }, toNano("0.2"));
  return {
    chain,
    owner,
    alice: await chain.treasury("alice"),
    bob: await chain.treasury("bob"),
    collection: chain.openContract(bare),
  };
}
