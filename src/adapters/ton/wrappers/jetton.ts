/**
 * Clients of `jetton/minter.tolk` and `jetton/wallet.tolk`. Amounts are nano-PINGO, values
 * nanogram.
 */
import {
  type Address,
  beginCell,
  Cell,
  type ContractProvider,
  contractAddress,
  type Sender,
} from "@ton/core";
import { addressFor, ContractClient, RootClient } from "./client.ts";

export const SUPPLY = 1_000_000_000n * 1_000_000_000n;

export const allocationKinds = { community: 0, treasury: 1, team: 2 } as const;

/** `terms` are those of a distributor for the community and of a vesting for everybody else. */
export interface Allocation {
  readonly kind: keyof typeof allocationKinds;
  readonly amount: bigint;
  readonly terms: Cell;
}

export interface MinterConfig {
  readonly creator: Address;
  readonly content: Cell;
  readonly walletCode: Cell;
  readonly vestingCode: Cell;
  readonly distributorCode: Cell;
  readonly recordCode: Cell;
}

export class Minter extends RootClient {
  static fromConfig(config: MinterConfig, code: Cell): Minter {
    const plan = beginCell()
      .storeAddress(config.creator)
      .storeRef(config.vestingCode)
      .storeRef(config.distributorCode)
      .storeRef(config.recordCode)
      .endCell();
    const data = beginCell()
      .storeCoins(0)
      .storeRef(config.walletCode)
      .storeRef(config.content)
      .storeMaybeRef(plan)
      .endCell();
    return new Minter(contractAddress(0, { code, data }), { code, data });
  }

  /** Puts the lines in the order of their terms' hashes, as the minter wants them. */
  static distributeBody(allocations: ReadonlyArray<Allocation>, queryId = 0): Cell {
    let first: Cell | null = null;
    const sorted = [...allocations].sort((a, b) => Buffer.compare(b.terms.hash(), a.terms.hash()));
    for (const { kind, amount, terms } of sorted) {
      first = beginCell()
        .storeUint(allocationKinds[kind], 2)
        .storeCoins(amount)
        .storeRef(terms)
        .storeMaybeRef(first)
        .endCell();
    }
    return beginCell()
      .storeUint(0x62a1c9f0, 32)
      .storeUint(queryId, 64)
      .storeRef(first ?? Cell.EMPTY)
      .endCell();
  }

  async sendDistribute(
    provider: ContractProvider,
    via: Sender,
    options: { readonly value: bigint; readonly allocations: ReadonlyArray<Allocation> },
  ): Promise<void> {
    const body = Minter.distributeBody(options.allocations);
    await provider.internal(via, { value: options.value, body });
  }

  async getIsDistributed(provider: ContractProvider): Promise<boolean> {
    return (await provider.get("is_distributed", [])).stack.readBoolean();
  }

  async getSupply(provider: ContractProvider): Promise<bigint> {
    return (await provider.get("get_jetton_data", [])).stack.readBigNumber();
  }

  async getWalletAddress(provider: ContractProvider, owner: Address): Promise<Address> {
    return addressFor(provider, "get_wallet_address", owner);
  }
}

export interface TransferOptions {
  readonly amount: bigint;
  readonly recipient: Address;
  readonly excessesTo?: Address | null;
  readonly forwardValue?: bigint;
  /** As a reference; without it the payload is empty and inline. */
  readonly forwardPayload?: Cell;
}

export class JettonWallet extends ContractClient {
  static transferBody(options: TransferOptions, queryId = 0): Cell {
    return beginCell()
      .storeUint(0x0f8a7ea5, 32)
      .storeUint(queryId, 64)
      .storeCoins(options.amount)
      .storeAddress(options.recipient)
      .storeAddress(options.excessesTo ?? null)
      .storeMaybeRef(null)
      .storeCoins(options.forwardValue ?? 0n)
      .storeMaybeRef(options.forwardPayload ?? null)
      .endCell();
  }

  static burnBody(amount: bigint, excessesTo: Address | null, queryId = 0): Cell {
    return beginCell()
      .storeUint(0x595f07bc, 32)
      .storeUint(queryId, 64)
      .storeCoins(amount)
      .storeAddress(excessesTo)
      .storeMaybeRef(null)
      .endCell();
  }

  async sendTransfer(
    provider: ContractProvider,
    via: Sender,
    options: TransferOptions & { readonly value: bigint },
  ): Promise<void> {
    await provider.internal(via, {
      value: options.value,
      body: JettonWallet.transferBody(options),
    });
  }

  async sendBurn(
    provider: ContractProvider,
    via: Sender,
    options: { readonly value: bigint; readonly amount: bigint },
  ): Promise<void> {
    const body = JettonWallet.burnBody(options.amount, via.address ?? null);
    await provider.internal(via, { value: options.value, body });
  }

  /** Nought where no wallet has been deployed yet. */
  async getBalance(provider: ContractProvider): Promise<bigint> {
    const { state } = await provider.getState();
    if (state.type !== "active") return 0n;
    return (await provider.get("get_wallet_data", [])).stack.readBigNumber();
  }
}
