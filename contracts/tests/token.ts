/** PINGO before and after its distribution: what tests of token, vesting and rewards start from. */
import { toNano } from "@ton/core";
import type { Blockchain, SandboxContract } from "@ton/sandbox";
import {
  Distributor,
  type DistributorTerms,
  distributorSetupCell,
  type Shard,
} from "../wrappers/distributor.ts";
import { type Allocation, JettonWallet, Minter, SUPPLY } from "../wrappers/jetton.ts";
import { onChainMetadata } from "../wrappers/metadata.ts";
import { Vesting, type VestingTerms, vestingTermsCell } from "../wrappers/vesting.ts";
import { codes, deploy, NOW, openChain, type Person, type Prices } from "./chain.ts";

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
}

const content = onChainMetadata({
  name: "PinGo",
  symbol: "PINGO",
  decimals: "9",
  description: "Pays for computing on machines that would be idle.",
});

/** The minter before its distribution. */
export async function openToken(prices: Prices = "old"): Promise<Token> {
  const chain = await openChain(prices);
  const [minterCode, walletCode, vestingCode, distributorCode, recordCode] = await codes(
    "jetton/minter",
    "jetton/wallet",
    "vesting/vesting",
    "rewards/distributor",
    "rewards/record",
  );
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
export async function distributedToken(prices: Prices = "old"): Promise<Token> {
  const token = await openToken(prices);
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

export async function teamVesting(token: Token): Promise<SandboxContract<Vesting>> {
  const [code] = await codes("vesting/vesting");
  const terms = vestingTerms(token);
  const config = { minter: token.minter.address, total: teamTotal, terms };
  return token.chain.openContract(Vesting.of(config, code));
}

export async function distributorIn(token: Token): Promise<SandboxContract<Distributor>> {
  const [code, recordCode] = await codes("rewards/distributor", "rewards/record");
  const setup = distributorSetupCell(distributorTerms(token), everybody);
  const config = { minter: token.minter.address, setup, code, recordCode };
  return token.chain.openContract(Distributor.of(config));
}

/** Two years on: alice holds half of what vests to her. */
export async function spendableToken(prices: Prices = "old"): Promise<Token> {
  const token = await distributedToken(prices);
  token.chain.now = NOW + 2 * YEAR;
  const vesting = await teamVesting(token);
  await vesting.sendRelease(token.alice.getSender(), toNano("1"));
  return token;
}
