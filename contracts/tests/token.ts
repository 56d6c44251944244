/** PINGO before and after its distribution: what tests of token, vesting and rewards start from. */
import { type Cell, toNano } from "@ton/core";
import type { Blockchain, SandboxContract } from "@ton/sandbox";
import {
  Distributor,
  type DistributorTerms,
  distributorSetupCell,
  type Shard,
} from "../../src/adapters/ton/wrappers/distributor.ts";
import {
  type Allocation,
  JettonWallet,
  Minter,
  SUPPLY,
} from "../../src/adapters/ton/wrappers/jetton.ts";
import { onChainMetadata } from "../../src/adapters/ton/wrappers/metadata.ts";
import {
  Vesting,
  type VestingTerms,
  vestingTermsCell,
} from "../../src/adapters/ton/wrappers/vesting.ts";
import type { ContractName } from "../build.ts";
import { deploy, NOW, type Person, type Prices } from "./chain.ts";
import { type CodeOf, openKept, type Plan, type Replaced } from "./kept-worlds.ts";

export const EPOCH = 24 * 3600;
export const YEAR = 365 * EPOCH;
export const everybody: Shard = { bits: 0, prefix: 0 };
const percent = (of: bigint) => (SUPPLY * of) / 100n;

export interface Token {
  readonly chain: Blockchain;
  readonly creator: Person;
  readonly alice: Person;
  readonly bob: Person;
  readonly minter: SandboxContract<Minter>;
  readonly vestingCode: Cell;
  readonly distributorCode: Cell;
  readonly recordCode: Cell;
}

const content = onChainMetadata({
  name: "PinGo",
  symbol: "PINGO",
  decimals: "9",
  description: "Pays for computing on machines that would be idle.",
});

/** Every contract that knows the token's code. */
export const tokenContracts: ReadonlyArray<ContractName> = [
  "jetton/minter",
  "jetton/wallet",
  "vesting/vesting",
  "rewards/distributor",
  "rewards/record",
];

export async function tokenAt(chain: Blockchain, code: CodeOf): Promise<Token> {
  const minterCode = await code("jetton/minter");
  const walletCode = await code("jetton/wallet");
  const vestingCode = await code("vesting/vesting");
  const distributorCode = await code("rewards/distributor");
  const recordCode = await code("rewards/record");
  const creator = await chain.treasury("creator");
  const config = {
    creator: creator.address,
    content,
    walletCode,
    vestingCode,
    distributorCode,
    recordCode,
  };
  return {
    chain,
    creator,
    alice: await chain.treasury("alice"),
    bob: await chain.treasury("bob"),
    minter: chain.openContract(Minter.fromConfig(config, minterCode)),
    vestingCode,
    distributorCode,
    recordCode,
  };
}

const bareToken: Plan<Token> = {
  name: "token",
  contracts: tokenContracts,
  at: tokenAt,
  async build({ chain, creator, minter }) {
    await deploy(chain, creator, { ...minter.init, address: minter.address }, toNano("0.2"));
  },
};

/** The minter before its distribution. */
export function openToken(prices: Prices = "old", replaced: Replaced = {}): Promise<Token> {
  return openKept(bareToken, prices, replaced);
}

export function distributorTerms(token: Token, change: Partial<DistributorTerms> = {}) {
  const terms: DistributorTerms = {
    publisher: token.creator.address,
    guardian: token.bob.address,
    genesis: NOW,
    epochSeconds: EPOCH,
    delaySeconds: EPOCH,
    emission: 769_000n * 1_000_000_000n,
    halvingEpochs: 730,
    ...change,
  };
  return terms;
}

export function vestingTerms(token: Token, change: Partial<VestingTerms> = {}): VestingTerms {
  return {
    beneficiary: token.alice.address,
    start: NOW,
    cliff: YEAR,
    duration: 4 * YEAR,
    ...change,
  };
}

/** 81 % community, 4 % treasury, 9 % team, 6 % investors: the shares of docs/rewards.md. */
export function allocationsOf(token: Token): ReadonlyArray<Allocation> {
  const side = (change: Partial<VestingTerms>) => vestingTermsCell(vestingTerms(token, change));
  return [
    {
      kind: "community",
      amount: percent(81n),
      terms: distributorSetupCell(distributorTerms(token), everybody),
    },
    { kind: "treasury", amount: percent(4n), terms: side({ beneficiary: token.creator.address }) },
    { kind: "team", amount: percent(9n), terms: side({}) },
    { kind: "team", amount: percent(6n), terms: side({ beneficiary: token.bob.address }) },
  ];
}

export const DISTRIBUTION_VALUE = toNano("5");

const distributed: Plan<Token> = {
  name: "distributed token",
  contracts: tokenContracts,
  below: openToken,
  at: tokenAt,
  async build(token) {
    await token.minter.sendDistribute(token.creator.getSender(), {
      value: DISTRIBUTION_VALUE,
      allocations: allocationsOf(token),
    });
  },
};

/** The minter after it. */
export function distributedToken(prices: Prices = "old", replaced: Replaced = {}): Promise<Token> {
  return openKept(distributed, prices, replaced);
}

export async function walletOf(
  token: Token,
  owner: Person["address"],
): Promise<SandboxContract<JettonWallet>> {
  return token.chain.openContract(new JettonWallet(await token.minter.getWalletAddress(owner)));
}

/** Alice's part of the team's: 9 % of the supply over four years. */
export const teamTotal = percent(9n);

export function teamVesting(token: Token): SandboxContract<Vesting> {
  const terms = vestingTerms(token);
  const config = { minter: token.minter.address, total: teamTotal, terms };
  return token.chain.openContract(Vesting.of(config, token.vestingCode));
}

export function distributorIn(token: Token): SandboxContract<Distributor> {
  const { distributorCode: code, recordCode } = token;
  const setup = distributorSetupCell(distributorTerms(token), everybody);
  const config = { minter: token.minter.address, setup, code, recordCode };
  return token.chain.openContract(Distributor.of(config));
}

const spendable: Plan<Token> = {
  name: "spendable token",
  contracts: tokenContracts,
  below: distributedToken,
  at: tokenAt,
  async build(token) {
    token.chain.now = NOW + 2 * YEAR;
    await teamVesting(token).sendRelease(token.alice.getSender(), toNano("1"));
  },
};

/** Two years on: alice holds half of what vests to her. */
export function spendableToken(prices: Prices = "old", replaced: Replaced = {}): Promise<Token> {
  return openKept(spendable, prices, replaced);
}
