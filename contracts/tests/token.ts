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
import { type ContractName, compile } from "../build.ts";
import { deploy, NOW, openChain, type Person, type Prices } from "./chain.ts";

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

/** Code to deploy in place of what the sources say. */
export type Replaced = Partial<Record<ContractName, Cell>>;

const content = onChainMetadata({
  name: "PinGo",
  symbol: "PINGO",
  decimals: "9",
  description: "Pays for computing on machines that would be idle.",
});

/** The minter before its distribution. */
export async function openToken(prices: Prices = "old", replaced: Replaced = {}): Promise<Token> {
  const chain = await openChain(prices);
  const code = async (name: ContractName) => replaced[name] ?? (await compile(name));
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
  const bare = Minter.fromConfig(config, minterCode);
  await deploy(chain, creator, { ...bare.init, address: bare.address }, toNano("0.2"));
  return {
    chain,
    creator,
    alice: await chain.treasury("alice"),
    bob: await chain.treasury("bob"),
    minter: chain.openContract(bare),
    vestingCode,
    distributorCode,
    recordCode,
  };
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

/** The minter after it. */
export async function distributedToken(
  prices: Prices = "old",
  replaced: Replaced = {},
): Promise<Token> {
  const token = await openToken(prices, replaced);
  await token.minter.sendDistribute(token.creator.getSender(), {
    value: DISTRIBUTION_VALUE,
    allocations: allocationsOf(token),
  });
  return token;
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

/** Two years on: alice holds half of what vests to her. */
export async function spendableToken(
  prices: Prices = "old",
  replaced: Replaced = {},
): Promise<Token> {
  const token = await distributedToken(prices, replaced);
  token.chain.now = NOW + 2 * YEAR;
  const vesting = teamVesting(token);
  await vesting.sendRelease(token.alice.getSender(), toNano("1"));
  return token;
}
