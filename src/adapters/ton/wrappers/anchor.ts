/**
 * Client of `roots/anchor.tolk`. Bonds are nanogram, amounts nano-PINGO, times Unix seconds; trees
 * and proofs are those of src/policies/rewards/claims.ts.
 */
import { type Address, beginCell, type Cell, type ContractProvider, type Sender } from "@ton/core";
import { addressFor, InitialClient, wordCell } from "./client.ts";
import { type ClaimOptions, Distributor } from "./distributor.ts";

export interface AnchorConfig {
  readonly minter: Address;
  readonly sequencer: Address;
  readonly arbiter: Address;
  readonly treasury: Address;
  readonly windowSeconds: number;
  readonly arbiterSeconds: number;
  readonly sequencerBond: bigint;
  readonly challengerBond: bigint;
  readonly recordCode: Cell;
}

/** The ledger's next root; `dataHash` names what anybody can compute it from. */
export interface Commitment {
  readonly previous: Uint8Array;
  readonly root: Uint8Array;
  readonly dataHash: Uint8Array;
}

const words = {
  retire: 0x31e8a5d2,
  lapse: 0x08b7d145,
  finalize: 0x14d6e2f9,
  discover: 0x6d1a20b4,
};

export class Anchor extends InitialClient {
  static of(config: AnchorConfig, code: Cell): Anchor {
    const limits = beginCell()
      .storeUint(config.windowSeconds, 32)
      .storeUint(config.arbiterSeconds, 32)
      .storeCoins(config.sequencerBond)
      .storeCoins(config.challengerBond)
      .endCell();
    const terms = beginCell()
      .storeAddress(config.sequencer)
      .storeAddress(config.arbiter)
      .storeAddress(config.treasury)
      .storeRef(limits)
      .endCell();
    const vault = beginCell()
      .storeAddress(config.minter)
      .storeAddress(null)
      .storeUint(0, 64)
      .storeUint(0, 64)
      .storeRef(config.recordCode)
      .endCell();
    const data = beginCell()
      .storeCoins(0)
      .storeUint(0, 64)
      .storeUint(0, 256)
      .storeUint(0, 64)
      .storeUint(0, 32)
      .storeMaybeRef(null)
      .storeMaybeRef(null)
      .storeRef(vault)
      .storeRef(terms)
      .endCell();
    return new Anchor(code, data);
  }

  async sendDiscover(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.discover) });
  }

  async sendPostBond(
    provider: ContractProvider,
    via: Sender,
    options: { readonly value: bigint; readonly amount: bigint },
  ): Promise<void> {
    const body = beginCell().storeUint(0x2c11f0a7, 32).storeUint(0, 64).storeCoins(options.amount);
    await provider.internal(via, { value: options.value, body: body.endCell() });
  }

  async sendRetire(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.retire) });
  }

  async sendCommit(
    provider: ContractProvider,
    via: Sender,
    options: Commitment & { readonly value: bigint },
  ): Promise<void> {
    const body = beginCell()
      .storeUint(0x5a90c3e1, 32)
      .storeUint(0, 64)
      .storeBuffer(Buffer.from(options.previous), 32)
      .storeBuffer(Buffer.from(options.root), 32)
      .storeBuffer(Buffer.from(options.dataHash), 32)
      .endCell();
    await provider.internal(via, { value: options.value, body });
  }

  async sendChallenge(
    provider: ContractProvider,
    via: Sender,
    options: { readonly value: bigint; readonly index: number },
  ): Promise<void> {
    const body = beginCell().storeUint(0x66f4b812, 32).storeUint(0, 64);
    const cell = body.storeUint(options.index, 64).endCell();
    await provider.internal(via, { value: options.value, body: cell });
  }

  async sendResolve(
    provider: ContractProvider,
    via: Sender,
    options: { readonly value: bigint; readonly isFraud: boolean },
  ): Promise<void> {
    const body = beginCell().storeUint(0x7d20e9c6, 32).storeUint(0, 64).storeBit(options.isFraud);
    await provider.internal(via, { value: options.value, body: body.endCell() });
  }

  async sendLapse(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.lapse) });
  }

  async sendFinalize(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.finalize) });
  }

  /** Withdraws what the final root says beyond what was withdrawn before. */
  async sendClaim(
    provider: ContractProvider,
    via: Sender,
    options: ClaimOptions & { readonly value: bigint },
  ): Promise<void> {
    const body = Distributor.claimBody(options);
    await provider.internal(via, { value: options.value, body });
  }

  async getData(provider: ContractProvider) {
    const { stack } = await provider.get("get_anchor_data", []);
    return {
      finalIndex: stack.readNumber(),
      finalRoot: stack.readBigNumber(),
      tip: stack.readNumber(),
      newest: stack.readBigNumber(),
      bond: stack.readBigNumber(),
      challenged: stack.readNumber(),
      deposited: stack.readBigNumber(),
      paid: stack.readBigNumber(),
      wallet: stack.readAddressOpt(),
    };
  }

  async getRecordAddress(provider: ContractProvider, owner: Address): Promise<Address> {
    return addressFor(provider, "get_record_address", owner);
  }
}
