/** A factory and who uses it: what its tests start from. */
import { toNano } from "@ton/core";
import type { Blockchain, SandboxContract } from "@ton/sandbox";
import { JettonWallet, Minter } from "../../src/adapters/ton/wrappers/jetton.ts";
import { type CreateOptions, Factory, memeContent } from "../../src/adapters/ton/wrappers/memes.ts";
import { type ContractName, compile } from "../build.ts";
import { openChain, type Person, type Prices } from "./chain.ts";
import type { Replaced } from "./kept-worlds.ts";

export const FEE = toNano("0.7");
export const MOST_FEE = toNano("2");
export const MEME_SUPPLY = 1_000_000n;

export interface Fair {
  readonly chain: Blockchain;
  readonly governor: Person;
  readonly treasury: Person;
  readonly alice: Person;
  readonly bob: Person;
  readonly factory: SandboxContract<Factory>;
}

/** As many bytes as a picture has, no two cells of them alike. */
export function bytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, n) => (n * 37) % 251));
}

/** A jetton with the address of a picture, and one with a picture of four KiB. */
export const plain = memeContent({
  name: "Dog of the Day",
  symbol: "DOG",
  description: "Barks.",
  picture: "https://pin.go/dog.png",
});
export const pictured = memeContent({
  name: "Dog of the Night",
  symbol: "DON",
  picture: bytes(4096),
});

export async function openFair(
  prices: Prices = "old",
  replaced: Replaced = {},
  on?: Blockchain,
): Promise<Fair> {
  const chain = on ?? (await openChain(prices));
  const code = async (name: ContractName) => replaced[name] ?? (await compile(name));
  const [governor, treasury, alice, bob] = [
    await chain.treasury("governor"),
    await chain.treasury("treasury"),
    await chain.treasury("alice"),
    await chain.treasury("bob"),
  ];
  const config = {
    governor: governor.address,
    treasury: treasury.address,
    fee: FEE,
    mostFee: MOST_FEE,
    minterCode: await code("memes/minter"),
    walletCode: await code("jetton/wallet"),
  };
  const factory = chain.openContract(Factory.of(config, await code("memes/factory")));
  await factory.sendDeploy(governor.getSender(), toNano("1"));
  return { chain, governor, treasury, alice, bob, factory };
}

export function create(
  { factory }: Fair,
  by: Person,
  options: Partial<CreateOptions> & { readonly value?: bigint } = {},
) {
  const { salt = 0n, supply = MEME_SUPPLY, content = plain, value = toNano("3") } = options;
  return factory.sendCreate(by.getSender(), { salt, supply, content, value });
}

export async function memeBy(
  { chain, factory }: Fair,
  creator: Person,
  options: Partial<CreateOptions> = {},
): Promise<SandboxContract<Minter>> {
  const { salt = 0n, content = plain } = options;
  const at = await factory.getMemeAddress(creator.address, { salt, content });
  return chain.openContract(new Minter(at));
}

export async function holding(
  { chain }: Fair,
  meme: SandboxContract<Minter>,
  owner: Person,
): Promise<SandboxContract<JettonWallet>> {
  return chain.openContract(new JettonWallet(await meme.getWalletAddress(owner.address)));
}
