/** Client of `memes/factory.tolk`; what it makes is read like any jetton (`jetton.ts`). */
import { type Address, beginCell, type Cell, type ContractProvider, type Sender } from "@ton/core";
import { InitialClient } from "./client.ts";
import { onChainMetadata } from "./metadata.ts";

export interface FactoryConfig {
  readonly governor: Address;
  readonly treasury: Address;
  /** Nanogram for each jetton; a vote may change it up to `mostFee`. */
  readonly fee: bigint;
  readonly mostFee: bigint;
  readonly minterCode: Cell;
  readonly walletCode: Cell;
}

export interface Meme {
  readonly name: string;
  readonly symbol: string;
  readonly description?: string;
  /** An address of the picture, or the picture itself: at most some four KiB. */
  readonly picture: string | Buffer;
  readonly decimals?: number;
}

/** Throws when what wallets show is missing; the factory would refuse it and keep the fees. */
export function memeContent({ name, symbol, description, picture, decimals = 9 }: Meme): Cell {
  if (name === "" || symbol === "") throw new Error("a jetton needs a name and a symbol");
  if (picture.length === 0) throw new Error("a jetton needs a picture: an address or its bytes");
  return onChainMetadata({
    name,
    symbol,
    decimals: decimals.toString(),
    ...(description === undefined ? {} : { description }),
    ...(typeof picture === "string" ? { image: picture } : { image_data: picture }),
  });
}

export interface CreateOptions {
  readonly salt: bigint;
  readonly supply: bigint;
  readonly content: Cell;
}

export class Factory extends InitialClient {
  static of(config: FactoryConfig, code: Cell): Factory {
    const codes = beginCell().storeRef(config.minterCode).storeRef(config.walletCode).endCell();
    const data = beginCell()
      .storeAddress(config.governor)
      .storeAddress(config.treasury)
      .storeCoins(config.fee)
      .storeCoins(config.mostFee)
      .storeRef(codes)
      .endCell();
    return new Factory(code, data);
  }

  async sendCreate(
    provider: ContractProvider,
    via: Sender,
    options: CreateOptions & { readonly value: bigint },
  ): Promise<void> {
    const body = beginCell()
      .storeUint(0x6d656d65, 32)
      .storeUint(0, 64)
      .storeUint(options.salt, 64)
      .storeCoins(options.supply)
      .storeRef(options.content)
      .endCell();
    await provider.internal(via, { value: options.value, body });
  }

  async getFee(provider: ContractProvider): Promise<bigint> {
    return (await provider.get("get_factory_data", [])).stack.readBigNumber();
  }

  /** Where the creator's jetton with this salt and content is or would be. */
  async getMemeAddress(
    provider: ContractProvider,
    creator: Address,
    options: Pick<CreateOptions, "salt" | "content">,
  ): Promise<Address> {
    const { stack } = await provider.get("get_meme_address", [
      { type: "slice", cell: beginCell().storeAddress(creator).endCell() },
      { type: "int", value: options.salt },
      { type: "cell", cell: options.content },
    ]);
    return stack.readAddress();
  }
}
