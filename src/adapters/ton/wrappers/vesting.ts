/** Client of `vesting/vesting.tolk`. Times are Unix seconds, amounts nano-PINGO. */
import {
  type Address,
  beginCell,
  type Cell,
  type ContractProvider,
  contractAddress,
  type Sender,
} from "@ton/core";
import { ContractClient, wordCell } from "./client.ts";

export interface VestingTerms {
  readonly beneficiary: Address;
  readonly start: number;
  readonly cliff: number;
  readonly duration: number;
}

export function vestingTermsCell({ beneficiary, start, cliff, duration }: VestingTerms): Cell {
  return beginCell()
    .storeAddress(beneficiary)
    .storeUint(start, 32)
    .storeUint(cliff, 32)
    .storeUint(duration, 32)
    .endCell();
}

export interface VestingConfig {
  readonly minter: Address;
  readonly total: bigint;
  readonly terms: VestingTerms;
}

export class Vesting extends ContractClient {
  /** Where the minter puts `total` under these terms. */
  static of(config: VestingConfig, code: Cell): Vesting {
    const data = beginCell()
      .storeAddress(config.minter)
      .storeAddress(null)
      .storeCoins(config.total)
      .storeCoins(0)
      .storeRef(vestingTermsCell(config.terms))
      .endCell();
    return new Vesting(contractAddress(0, { code, data }));
  }

  static releaseBody(queryId = 0): Cell {
    return wordCell(0x1f83d9ab, queryId);
  }

  async sendRelease(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: Vesting.releaseBody() });
  }

  async getData(provider: ContractProvider) {
    const { stack } = await provider.get("get_vesting_data", []);
    return {
      beneficiary: stack.readAddress(),
      start: stack.readNumber(),
      cliff: stack.readNumber(),
      duration: stack.readNumber(),
      total: stack.readBigNumber(),
      released: stack.readBigNumber(),
      vested: stack.readBigNumber(),
      wallet: stack.readAddressOpt(),
    };
  }
}
