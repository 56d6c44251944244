/**
 * Clients of `rewards/distributor.tolk` and `rewards/record.tolk`. Amounts are nano-PINGO, times
 * Unix seconds. Trees and proofs are those of src/policies/rewards/claims.ts.
 */
import {
  type Address,
  beginCell,
  Cell,
  type ContractProvider,
  contractAddress,
  type Sender,
} from "@ton/core";
import { addressFor, ContractClient, wordCell } from "./client.ts";

export interface DistributorTerms {
  readonly publisher: Address;
  readonly guardian: Address;
  readonly genesis: number;
  readonly epochSeconds: number;
  readonly delaySeconds: number;
  readonly emission: bigint;
  readonly halvingEpochs: number;
}

/** Owners whose address hash begins with `prefix`, of `bits` bits; 0 bits: everybody. */
export interface Shard {
  readonly bits: number;
  readonly prefix: number;
}

export function distributorSetupCell(terms: DistributorTerms, shard: Shard): Cell {
  const inner = beginCell()
    .storeAddress(terms.publisher)
    .storeAddress(terms.guardian)
    .storeUint(terms.genesis, 32)
    .storeUint(terms.epochSeconds, 32)
    .storeUint(terms.delaySeconds, 32)
    .storeUint(terms.emission, 64)
    .storeUint(terms.halvingEpochs, 32)
    .endCell();
  return beginCell().storeUint(shard.bits, 8).storeUint(shard.prefix, 16).storeRef(inner).endCell();
}

/** `cap`: the most that may have been paid under this root, all owners and epochs together. */
export interface Root {
  readonly epoch: number;
  readonly cap: bigint;
  readonly hash: Uint8Array;
}

/** One level of a proof: the neighbour's hash and its side. */
export interface Neighbour {
  readonly side: "left" | "right";
  readonly hash: Uint8Array;
}

const LEVELS_A_CELL = 3;

/** Three levels a cell, the leaf's level first. */
export function proofCell(proof: ReadonlyArray<Neighbour>): Cell {
  let rest: Cell | undefined;
  const first = proof.length - (proof.length % LEVELS_A_CELL || LEVELS_A_CELL);
  for (let from = Math.max(0, first); from >= 0; from -= LEVELS_A_CELL) {
    const cell = beginCell();
    for (const { side, hash } of proof.slice(from, from + LEVELS_A_CELL)) {
      cell.storeBit(side === "left").storeBuffer(Buffer.from(hash), 32);
    }
    if (rest !== undefined) cell.storeRef(rest);
    rest = cell.endCell();
  }
  return rest ?? Cell.EMPTY;
}

export interface ClaimOptions {
  readonly cumulative: bigint;
  readonly proof: ReadonlyArray<Neighbour>;
}

export interface DistributorConfig {
  readonly minter: Address;
  readonly setup: Cell;
  readonly code: Cell;
  readonly recordCode: Cell;
}

export class Distributor extends ContractClient {
  /** Where the minter puts an allocation with this setup. */
  static of(config: DistributorConfig): Distributor {
    const setup = config.setup.beginParse();
    const none = beginCell().storeUint(0, 32).storeUint(0, 64).storeUint(0, 256).endCell();
    const data = beginCell()
      .storeAddress(config.minter)
      .storeAddress(null)
      .storeBits(setup.loadBits(24))
      .storeUint(0, 64)
      .storeRef(setup.loadRef())
      .storeRef(none)
      .storeRef(config.recordCode)
      .storeMaybeRef(null)
      .endCell();
    return new Distributor(contractAddress(0, { code: config.code, data }));
  }

  static claimBody({ cumulative, proof }: ClaimOptions, queryId = 0): Cell {
    return beginCell()
      .storeUint(0x2b7e1516, 32)
      .storeUint(queryId, 64)
      .storeUint(cumulative, 128)
      .storeUint(proof.length, 8)
      .storeRef(proofCell(proof))
      .endCell();
  }

  static publishBody({ epoch, cap, hash }: Root, queryId = 0): Cell {
    return beginCell()
      .storeUint(0x762e7160, 32)
      .storeUint(queryId, 64)
      .storeUint(epoch, 32)
      .storeUint(cap, 64)
      .storeBuffer(Buffer.from(hash), 32)
      .endCell();
  }

  async sendClaim(
    provider: ContractProvider,
    via: Sender,
    options: ClaimOptions & { readonly value: bigint },
  ): Promise<void> {
    await provider.internal(via, { value: options.value, body: Distributor.claimBody(options) });
  }

  async sendPublish(
    provider: ContractProvider,
    via: Sender,
    options: Root & { readonly value: bigint },
  ): Promise<void> {
    await provider.internal(via, { value: options.value, body: Distributor.publishBody(options) });
  }

  async sendVeto(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    const body = wordCell(0xf38b4da5);
    await provider.internal(via, { value, body });
  }

  async sendActivate(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    const body = wordCell(0x6a784d90);
    await provider.internal(via, { value, body });
  }

  async getData(provider: ContractProvider) {
    const { stack } = await provider.get("get_distributor_data", []);
    return {
      wallet: stack.readAddressOpt(),
      paid: stack.readBigNumber(),
      epoch: stack.readNumber(),
      cap: stack.readBigNumber(),
      root: stack.readBigNumber(),
      pendingEpoch: stack.readNumber(),
      pendingRoot: stack.readBigNumber(),
      claimableAt: stack.readNumber(),
    };
  }

  async getRecordAddress(provider: ContractProvider, owner: Address): Promise<Address> {
    return addressFor(provider, "get_record_address", owner);
  }
}

export class ClaimRecord extends ContractClient {
  /** Nought before the first claim. */
  async getClaimed(provider: ContractProvider): Promise<bigint> {
    const { state } = await provider.getState();
    if (state.type !== "active") return 0n;
    const { stack } = await provider.get("get_record_data", []);
    stack.skip(2);
    return stack.readBigNumber();
  }
}
