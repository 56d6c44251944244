/**
 * From settings to everything that a deployment sends: to whom, how much, with which code, and what
 * becomes of the coins. Pure: addresses follow from code and settings, known before anything is
 * sent, costs from sizes, gas and prices. The order is free but for the distribution, which needs
 * its minter.
 */
import { Address, type Cell, type StateInit } from "@ton/core";
import type { ContractName } from "./code.ts";
import { costOf, type StepCost, type StepKind } from "./deploy-cost.ts";
import { checkedSettings, type DeploySettings, PLAN_LASTS_S, WHOLE } from "./deploy-settings.ts";
import type { Prices } from "./prices.ts";
import { Anchor } from "./wrappers/anchor.ts";
import { wordCell } from "./wrappers/client.ts";
import { Collection, type IssuerKeys } from "./wrappers/credential.ts";
import {
  Distributor,
  type DistributorTerms,
  distributorSetupCell,
  type Shard,
} from "./wrappers/distributor.ts";
import { Council, Parameters } from "./wrappers/governance.ts";
import { type Allocation, Minter, SUPPLY } from "./wrappers/jetton.ts";
import { Factory } from "./wrappers/memes.ts";
import { onChainMetadata } from "./wrappers/metadata.ts";
import { Pool } from "./wrappers/payments.ts";
import { Vesting, vestingTermsCell } from "./wrappers/vesting.ts";

const DAY_S = 24 * 3600;
const DISCOVER = 0x6d1a20b4;
/** Of 2, as a fraction of a million, rounded up: what a halving's first epoch emits of all. */
const LN2_MILLIONTHS = 693_148n;
const MILLION = 1_000_000n;

/** Contracts of which a network has one. */
export const singleContracts = [
  "minter",
  "council",
  "collection",
  "pool",
  "parameters",
  "factory",
  "anchor",
] as const;
export type SingleContract = (typeof singleContracts)[number];

export interface DeployStep {
  readonly name: SingleContract | "distribution";
  /** For people: what is there afterwards. */
  readonly what: string;
  readonly to: Address;
  readonly value: bigint;
  readonly stateInit?: StateInit;
  readonly body?: Cell;
  readonly cost: StepCost;
}

export interface PlannedDistributor {
  readonly address: Address;
  readonly shard: Shard;
  readonly amount: bigint;
}

export interface PlannedVesting {
  readonly address: Address;
  readonly for: "treasury" | "team" | "investors";
  readonly beneficiary: Address;
  readonly amount: bigint;
}

export interface DeployPlan {
  readonly settings: DeploySettings;
  readonly steps: ReadonlyArray<DeployStep>;
  readonly contracts: Readonly<Record<SingleContract, Address>>;
  readonly distributors: ReadonlyArray<PlannedDistributor>;
  readonly vestings: ReadonlyArray<PlannedVesting>;
}

export type CodeOf = (name: ContractName) => Cell;

/** What one shard of owners has, and under which terms. */
interface Line extends Allocation {
  readonly shard?: Shard;
}

/** A contract's client that knows where it will be, and with what it is made. */
interface Made {
  readonly address: Address;
  readonly init?: StateInit | undefined;
}

/** Throws a ChainError where the contracts would refuse the settings. */
export function deployPlan(given: DeploySettings, read: CodeOf, prices: Prices): DeployPlan {
  const settings = checkedSettings(given);
  const codeOf = keeping(read);
  const made = contractsOf(settings, codeOf);
  const minter = made.minter.address;
  const community = communityLines(settings);
  const side = sideLines(settings);
  const contracts = Object.fromEntries(
    singleContracts.map((name) => [name, made[name].address]),
  ) as Record<SingleContract, Address>;
  return {
    settings,
    steps: stepsOf(settings, { made, community, side }, prices),
    contracts,
    distributors: community.map(({ terms: setup, amount, shard }) => {
      const [code, recordCode] = [codeOf("rewards/distributor"), codeOf("rewards/record")];
      const { address } = Distributor.of({ minter, setup, code, recordCode });
      return { address, amount, shard: shard ?? { bits: 0, prefix: 0 } };
    }),
    vestings: settings.vestings.map((each, at) => {
      const amount = side[at]?.amount ?? 0n;
      const config = { minter, total: amount, terms: vestingTerms(settings, at) };
      const { address } = Vesting.of(config, codeOf("vesting/vesting"));
      return { address, for: each.for, beneficiary: Address.parse(each.beneficiary), amount };
    }),
  };
}

function contractsOf(settings: DeploySettings, codeOf: CodeOf): Record<SingleContract, Made> {
  const minter = minterOf(settings, codeOf);
  const council = councilOf(settings, codeOf);
  const above = { minter: minter.address, council: council.address };
  const registry = codeOf("governance/parameters");
  return {
    minter,
    council,
    collection: collectionOf(settings, codeOf),
    pool: poolOf(settings, codeOf, above),
    parameters: Parameters.of(council.address, settings.parameters, registry),
    factory: factoryOf(settings, codeOf, council.address),
    anchor: anchorOf(settings, codeOf, minter.address),
  };
}

interface Parts {
  readonly made: Readonly<Record<SingleContract, Made>>;
  readonly community: ReadonlyArray<Line>;
  readonly side: ReadonlyArray<Line>;
}

function stepsOf(
  { token }: DeploySettings,
  { made, community, side }: Parts,
  prices: Prices,
): ReadonlyArray<DeployStep> {
  const step = (name: SingleContract, what: string): DeployStep => {
    const { address: to, init: stateInit } = made[name];
    if (stateInit === undefined) throw new Error(`${name} has no code to deploy`);
    const kind: StepKind = name === "pool" || name === "anchor" ? "discovering" : "bare";
    const body = kind === "discovering" ? wordCell(DISCOVER) : undefined;
    const cost = costOf(prices, { kind, stateInit, body });
    return { name, what, to, value: cost.value, stateInit, ...(body && { body }), cost };
  };
  const lines = [...community, ...side];
  const body = Minter.distributeBody(lines);
  const cost = costOf(prices, { kind: "distribution", body, lines: lines.length });
  const distribution: DeployStep = {
    name: "distribution",
    what: `all of the supply: ${community.length} to rewards, ${side.length} vesting`,
    to: made.minter.address,
    value: cost.value,
    body,
    cost,
  };
  return [
    step("minter", `the master of ${token.symbol}, before its only distribution`),
    distribution,
    step("council", "who decides about parameters, by verified work"),
    step("collection", "credentials, with the keys of three issuers"),
    step("pool", "the network's part of prices; it asks for its wallet"),
    step("parameters", "numbers that votes may change"),
    step("factory", "meme tokens"),
    step("anchor", "roots of the ledger; it asks for its wallet"),
  ];
}

/** Several contracts hold the same code, and unpacking it takes longer than all the rest. */
function keeping(read: CodeOf): CodeOf {
  const known = new Map<ContractName, Cell>();
  return (name) => {
    const code = known.get(name) ?? read(name);
    known.set(name, code);
    return code;
  };
}

/** The most that the deployer's wallet can be without during the plan; what comes back included. */
export function fundsFor(steps: ReadonlyArray<DeployStep>): bigint {
  return steps.reduce((sum, { cost }) => sum + cost.value + cost.walletFee, 0n);
}

function minterOf({ deployer, token }: DeploySettings, codeOf: CodeOf): Minter {
  const { image, ...texts } = token;
  const config = {
    creator: Address.parse(deployer),
    content: onChainMetadata({
      ...texts,
      decimals: "9",
      ...(image === undefined ? {} : { image }),
    }),
    walletCode: codeOf("jetton/wallet"),
    vestingCode: codeOf("vesting/vesting"),
    distributorCode: codeOf("rewards/distributor"),
    recordCode: codeOf("rewards/record"),
  };
  return Minter.fromConfig(config, codeOf("jetton/minter"));
}

function councilOf({ council, roles, genesis }: DeploySettings, codeOf: CodeOf): Council {
  const { vetoDays, ...times } = council;
  const rules = {
    ...times,
    publisher: Address.parse(roles.publisher),
    guardian: Address.parse(roles.guardian),
    vetoUntil: genesis + vetoDays * DAY_S,
  };
  const proposalCode = codeOf("governance/proposal");
  const config = { rules, proposalCode, recordCode: codeOf("rewards/record") };
  return Council.of(config, codeOf("governance/council"));
}

function collectionOf(settings: DeploySettings, codeOf: CodeOf): Collection {
  const [zero, one, two] = settings.issuers;
  const key = (digits: string) => BigInt(`0x${digits}`);
  const issuers: IssuerKeys = [key(zero), key(one), key(two)];
  const config = {
    owner: Address.parse(settings.roles.collectionOwner),
    issuers,
    metadata: onChainMetadata({ name: settings.credentials.name }),
    base: settings.credentials.base,
    itemCode: codeOf("credential/item"),
  };
  return Collection.fromConfig(config, codeOf("credential/collection"));
}

function poolOf(
  { roles, pool }: DeploySettings,
  codeOf: CodeOf,
  above: { readonly minter: Address; readonly council: Address },
): Pool {
  const terms = {
    governor: above.council,
    edges: Address.parse(roles.edges),
    treasury: Address.parse(roles.treasury),
    ...pool,
  };
  return Pool.of(above.minter, terms, codeOf("payments/pool"));
}

function factoryOf({ roles, memes }: DeploySettings, codeOf: CodeOf, council: Address): Factory {
  const config = {
    governor: council,
    treasury: Address.parse(roles.treasury),
    ...memes,
    minterCode: codeOf("memes/minter"),
    walletCode: codeOf("jetton/wallet"),
  };
  return Factory.of(config, codeOf("memes/factory"));
}

function anchorOf({ roles, anchor }: DeploySettings, codeOf: CodeOf, minter: Address): Anchor {
  const config = {
    minter,
    sequencer: Address.parse(roles.sequencer),
    arbiter: Address.parse(roles.arbiter),
    treasury: Address.parse(roles.treasury),
    ...anchor,
    recordCode: codeOf("rewards/record"),
  };
  return Anchor.of(config, codeOf("roots/anchor"));
}

const shareOf = (share: number) => (SUPPLY * BigInt(share)) / BigInt(WHOLE);

/** What does not vest, in equal parts to the shards; the first has what rounding leaves. */
function communityLines(settings: DeploySettings): ReadonlyArray<Line> {
  const { rewards, roles, genesis, vestings } = settings;
  const amount = SUPPLY - vestings.reduce((sum, { share }) => sum + shareOf(share), 0n);
  const count = 2 ** rewards.shardBits;
  const each = amount / BigInt(count);
  const halvingEpochs = Math.max(1, Math.floor(rewards.halvingSeconds / rewards.epochSeconds));
  const first = (amount * LN2_MILLIONTHS) / (MILLION * BigInt(halvingEpochs));
  const terms: DistributorTerms = {
    publisher: Address.parse(roles.publisher),
    guardian: Address.parse(roles.guardian),
    genesis,
    epochSeconds: rewards.epochSeconds,
    delaySeconds: rewards.delaySeconds,
    emission: first / BigInt(count) + 1n,
    halvingEpochs,
  };
  return Array.from({ length: count }, (_, prefix) => {
    const shard = { bits: rewards.shardBits, prefix };
    const rest = prefix === 0 ? amount - each * BigInt(count) : 0n;
    const setup = distributorSetupCell(terms, shard);
    return { kind: "community", amount: each + rest, terms: setup, shard } as const;
  });
}

function sideLines(settings: DeploySettings): ReadonlyArray<Line> {
  return settings.vestings.map(({ for: whom, share }, at) => ({
    kind: whom === "treasury" ? "treasury" : "team",
    amount: shareOf(share),
    terms: vestingTermsCell(vestingTerms(settings, at)),
  }));
}

function vestingTerms({ vestings, genesis }: DeploySettings, at: number) {
  const line = vestings[at];
  if (line === undefined) throw new Error(`no vesting ${at}`);
  return {
    beneficiary: Address.parse(line.beneficiary),
    start: genesis + PLAN_LASTS_S,
    cliff: line.cliffDays * DAY_S,
    duration: line.durationDays * DAY_S,
  };
}
