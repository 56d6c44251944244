/** A council with three voters, a registry and the pool under it: what its tests start from. */
import { toNano } from "@ton/core";
import type { Blockchain, SandboxContract } from "@ton/sandbox";
import {
  type Change,
  Council,
  type CouncilRules,
  Parameters,
  Proposal,
} from "../../src/adapters/ton/wrappers/governance.ts";
import { type Leaf, proofOf, rootOf } from "../../src/policies/rewards/claims.ts";
import { type ContractName, compile } from "../build.ts";
import { NOW, openChain, type Person, type Prices } from "./chain.ts";
import type { Replaced } from "./kept-worlds.ts";
import { leafOf } from "./sequencer.ts";

const HOUR = 3600;
export const DELAY = 24 * HOUR;
export const VOTING = 72 * HOUR;
export const TIMELOCK = 48 * HOUR;
export const VETO_UNTIL = NOW + 365 * 24 * HOUR;
const ONE = toNano("1");

export interface Assembly {
  readonly chain: Blockchain;
  readonly publisher: Person;
  readonly guardian: Person;
  /** Weights 50, 30, 15 and 5 of a hundred; the last may not propose. */
  readonly voters: ReadonlyArray<Person>;
  readonly leaves: ReadonlyArray<Leaf>;
  readonly council: SandboxContract<Council>;
  readonly parameters: SandboxContract<Parameters>;
}

const weights = [50n, 30n, 15n, 5n];
export const PRICE_NAME = "price per unit";

export async function openAssembly(
  prices: Prices = "old",
  replaced: Replaced = {},
  on?: Blockchain,
): Promise<Assembly> {
  const chain = on ?? (await openChain(prices));
  const code = async (name: ContractName) => replaced[name] ?? (await compile(name));
  const publisher = await chain.treasury("publisher");
  const guardian = await chain.treasury("guardian");
  const voters = await Promise.all(weights.map((_, n) => chain.treasury(`voter ${n}`)));
  const rules: CouncilRules = {
    publisher: publisher.address,
    guardian: guardian.address,
    vetoUntil: VETO_UNTIL,
    delaySeconds: DELAY,
    votingSeconds: VOTING,
    timelockSeconds: TIMELOCK,
    quorumShare: 4000,
    proposerShare: 1000,
  };
  const config = {
    rules,
    proposalCode: await code("governance/proposal"),
    recordCode: await code("rewards/record"),
  };
  const council = chain.openContract(Council.of(config, await code("governance/council")));
  await council.sendDeploy(publisher.getSender(), ONE);
  const values = { [PRICE_NAME]: { value: 100n, least: 50n, most: 200n } };
  const parameters = chain.openContract(
    Parameters.of(council.address, values, await code("governance/parameters")),
  );
  await parameters.sendDeploy(publisher.getSender(), ONE);
  const leaves = voters.map((voter, n) => leafOf(voter, weights[n] ?? 0n));
  return { chain, publisher, guardian, voters, leaves, council, parameters };
}

export function snapshotOf({ leaves }: Assembly, epoch = 1) {
  const total = leaves.reduce((sum, { cumulative }) => sum + cumulative, 0n);
  return { value: ONE, epoch, root: rootOf(leaves), total };
}

/** With the snapshot in force. */
export async function seated(prices: Prices = "old", replaced: Replaced = {}): Promise<Assembly> {
  const assembly = await openAssembly(prices, replaced);
  const { council, publisher, chain } = assembly;
  await council.sendPublishSnapshot(publisher.getSender(), snapshotOf(assembly));
  chain.now = NOW + DELAY;
  await council.sendActivateSnapshot(publisher.getSender(), ONE);
  return assembly;
}

export const weightOf = ({ leaves }: Assembly, voter: number) => ({
  weight: leaves[voter]?.cumulative ?? 0n,
  proof: proofOf(leaves, voter),
});

export async function propose(
  assembly: Assembly,
  options: {
    readonly by?: number;
    readonly change?: Partial<Change>;
    readonly value?: bigint;
  } = {},
) {
  const { by = 0, change, value = ONE } = options;
  const { council, voters, parameters } = assembly;
  return council.sendPropose(voters[by]!.getSender(), {
    value,
    ...weightOf(assembly, by),
    change: { target: parameters.address, name: PRICE_NAME, value: 150n, ...change },
  });
}

export async function proposalNo(
  { chain, council }: Assembly,
  id: number,
): Promise<SandboxContract<Proposal>> {
  return chain.openContract(new Proposal(await council.getProposalAddress(id)));
}

export async function vote(
  assembly: Assembly,
  proposal: SandboxContract<Proposal>,
  options: { readonly by: number; readonly inFavour: boolean; readonly value?: bigint },
) {
  const { by, inFavour, value = ONE } = options;
  const sender = assembly.voters[by]!.getSender();
  return proposal.sendVote(sender, { value, inFavour, ...weightOf(assembly, by) });
}
