/**
 * Clients of `governance/*.tolk`. Weights are verified work, times Unix seconds, shares
 * ten-thousandths; trees and proofs are those of src/policies/rewards/claims.ts with a weight in
 * place of an amount.
 */
import { createHash } from "node:crypto";
import {
  type Address,
  beginCell,
  type Cell,
  type ContractProvider,
  Dictionary,
  type DictionaryValue,
  type Sender,
} from "@ton/core";
import { ContractClient, InitialClient, wordCell } from "./client.ts";
import { type Neighbour, proofCell } from "./distributor.ts";

export interface CouncilRules {
  readonly publisher: Address;
  readonly guardian: Address;
  /** From then on the guardian has no say any more. */
  readonly vetoUntil: number;
  readonly delaySeconds: number;
  readonly votingSeconds: number;
  readonly timelockSeconds: number;
  readonly quorumShare: number;
  readonly proposerShare: number;
}

export interface CouncilConfig {
  readonly rules: CouncilRules;
  readonly proposalCode: Cell;
  readonly recordCode: Cell;
}

/** Weights of all voters, and their sum. */
export interface Snapshot {
  readonly epoch: number;
  readonly root: Uint8Array;
  readonly total: bigint;
}

/** A voter's leaf in a snapshot, and its way to the root. */
export interface Weight {
  readonly weight: bigint;
  readonly proof: ReadonlyArray<Neighbour>;
}

/** One parameter of one contract, by name. */
export interface Change {
  readonly target: Address;
  readonly name: string;
  readonly value: bigint;
}

const words = {
  vetoSnapshot: 0x4a6f9d03,
  activateSnapshot: 0x2b81e5c7,
  vetoProposal: 0x5e08a3bd,
  execute: 0x3f7ac2e8,
};

/** What contracts know a parameter by. */
export function parameterName(name: string): bigint {
  return BigInt(`0x${createHash("sha256").update(name).digest("hex")}`);
}

function changeCell({ target, name, value }: Change): Cell {
  return beginCell()
    .storeAddress(target)
    .storeUint(parameterName(name), 256)
    .storeUint(value, 128)
    .endCell();
}

export class Council extends InitialClient {
  static of({ rules, proposalCode, recordCode }: CouncilConfig, code: Cell): Council {
    const times = beginCell()
      .storeUint(rules.vetoUntil, 32)
      .storeUint(rules.delaySeconds, 32)
      .storeUint(rules.votingSeconds, 32)
      .storeUint(rules.timelockSeconds, 32)
      .storeUint(rules.quorumShare, 16)
      .storeUint(rules.proposerShare, 16)
      .endCell();
    const inner = beginCell()
      .storeAddress(rules.publisher)
      .storeAddress(rules.guardian)
      .storeRef(times)
      .endCell();
    const none = beginCell().storeUint(0, 32).storeUint(0, 256).storeUint(0, 64).endCell();
    const codes = beginCell().storeRef(proposalCode).storeRef(recordCode).endCell();
    const data = beginCell()
      .storeUint(0, 32)
      .storeRef(none)
      .storeMaybeRef(null)
      .storeRef(inner)
      .storeRef(codes)
      .endCell();
    return new Council(code, data);
  }

  async sendPublishSnapshot(
    provider: ContractProvider,
    via: Sender,
    options: Snapshot & { readonly value: bigint },
  ): Promise<void> {
    const body = beginCell()
      .storeUint(0x736e6170, 32)
      .storeUint(0, 64)
      .storeUint(options.epoch, 32)
      .storeBuffer(Buffer.from(options.root), 32)
      .storeUint(options.total, 64)
      .endCell();
    await provider.internal(via, { value: options.value, body });
  }

  async sendVetoSnapshot(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.vetoSnapshot) });
  }

  async sendActivateSnapshot(
    provider: ContractProvider,
    via: Sender,
    value: bigint,
  ): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.activateSnapshot) });
  }

  async sendPropose(
    provider: ContractProvider,
    via: Sender,
    options: Weight & { readonly value: bigint; readonly change: Change },
  ): Promise<void> {
    const body = beginCell()
      .storeUint(0x70726f70, 32)
      .storeUint(0, 64)
      .storeUint(options.weight, 64)
      .storeUint(options.proof.length, 8)
      .storeRef(proofCell(options.proof))
      .storeRef(changeCell(options.change))
      .endCell();
    await provider.internal(via, { value: options.value, body });
  }

  async getData(provider: ContractProvider) {
    const { stack } = await provider.get("get_council_data", []);
    return {
      nextId: stack.readNumber(),
      epoch: stack.readNumber(),
      root: stack.readBigNumber(),
      total: stack.readBigNumber(),
      pendingEpoch: stack.readNumber(),
      pendingRoot: stack.readBigNumber(),
      activeAt: stack.readNumber(),
    };
  }

  async getProposalAddress(provider: ContractProvider, id: number): Promise<Address> {
    const { stack } = await provider.get("get_proposal_address", [
      { type: "int", value: BigInt(id) },
    ]);
    return stack.readAddress();
  }
}

const statuses = ["unopened", "open", "executed", "vetoed"] as const;

export class Proposal extends ContractClient {
  async sendVote(
    provider: ContractProvider,
    via: Sender,
    options: Weight & { readonly value: bigint; readonly inFavour: boolean },
  ): Promise<void> {
    const body = beginCell()
      .storeUint(0x766f7465, 32)
      .storeUint(0, 64)
      .storeBit(options.inFavour)
      .storeUint(options.weight, 64)
      .storeUint(options.proof.length, 8)
      .storeRef(proofCell(options.proof))
      .endCell();
    await provider.internal(via, { value: options.value, body });
  }

  async sendVeto(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.vetoProposal) });
  }

  async sendExecute(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.execute) });
  }

  async getData(provider: ContractProvider) {
    const { stack } = await provider.get("get_proposal_data", []);
    return {
      status: statuses[stack.readNumber()] ?? "unopened",
      inFavour: stack.readBigNumber(),
      against: stack.readBigNumber(),
      quorum: stack.readBigNumber(),
      endsAt: stack.readNumber(),
      executableAt: stack.readNumber(),
      staleAt: stack.readNumber(),
      isWon: stack.readBoolean(),
    };
  }
}

export interface Parameter {
  readonly value: bigint;
  readonly least: bigint;
  readonly most: bigint;
}

const parameterValue: DictionaryValue<Parameter> = {
  serialize({ value, least, most }, builder) {
    builder.storeUint(value, 128).storeUint(least, 128).storeUint(most, 128);
  },
  parse(slice) {
    return {
      value: slice.loadUintBig(128),
      least: slice.loadUintBig(128),
      most: slice.loadUintBig(128),
    };
  },
};

/** More would make each change dear; a network with more deploys a second contract. */
const MOST_PARAMETERS = 64;

export class Parameters extends InitialClient {
  /** Names, first values and bounds are for good; throws where a value is out of its bounds. */
  static of(governor: Address, values: Readonly<Record<string, Parameter>>, code: Cell) {
    const entries = Object.entries(values);
    if (entries.length > MOST_PARAMETERS) {
      throw new Error(`${entries.length} parameters, at most ${MOST_PARAMETERS}`);
    }
    const table = Dictionary.empty(Dictionary.Keys.BigUint(256), parameterValue);
    for (const [name, parameter] of entries) {
      const { value, least, most } = parameter;
      if (value < least || value > most) {
        throw new Error(`${name} is ${value}: choose a value from ${least} to ${most}`);
      }
      table.set(parameterName(name), parameter);
    }
    const data = beginCell().storeAddress(governor).storeDict(table).endCell();
    return new Parameters(code, data);
  }

  async getParameter(provider: ContractProvider, name: string): Promise<Parameter> {
    const { stack } = await provider.get("get_parameter", [
      { type: "int", value: parameterName(name) },
    ]);
    return {
      value: stack.readBigNumber(),
      least: stack.readBigNumber(),
      most: stack.readBigNumber(),
    };
  }
}
