/** A scenario's chain: its treasurer, its port, the people who use it, and who checks them. */

import type { OnChainState } from "../../actors/ledger/on-chain.ts";
import type { IssuingState } from "../../actors/ledger/rewards-epoch.ts";
import { toVcu } from "../../kernel/credit.ts";
import { NANO_PER_PINGO } from "../../kernel/policies/rewards.ts";
import { CHAIN } from "../../kernel/ports/chain.ts";
import { Contracts } from "../chain/contracts.ts";
import { SimChain } from "../chain/sim-chain.ts";
import { WalletOwners } from "../chain/wallet-owners.ts";
import { CHAIN_CHECKER, ChainBooks } from "../checkers/chain-books.ts";
import type { Findings } from "../checkers/findings.ts";
import type { CheckResult } from "./result.ts";
import { TREASURER } from "./treasury.ts";
import { LEDGER, type World } from "./world.ts";

/** On chain epochs are short and their emission ample: the ledger's own rule binds. */
const CHAIN_EPOCH_US = 60_000_000;
const EMISSION = 1_000_000_000n * NANO_PER_PINGO;

export interface ChainArm {
  readonly contracts: Contracts;
  readonly chain: SimChain;
  readonly owners: WalletOwners;
  readonly books: ChainBooks;
}

/** The port; before the actors start. */
export function chainOf(
  { sim, scenario, startUs }: World,
  seed: number,
): Pick<ChainArm, "contracts" | "chain"> | undefined {
  const { chain: config } = scenario;
  if (config === undefined) return undefined;
  const contracts = new Contracts({
    genesisUs: startUs,
    epochUs: CHAIN_EPOCH_US,
    delayUs: config.delay,
    emission: EMISSION,
  });
  const chain = new SimChain({ sim, config, contracts, seed, startUs });
  sim.ports.set(CHAIN, chain);
  return { contracts, chain };
}

/** The people of the chain and its books; once the actors are there. */
export function peopleOfChain(
  { sim, scenario, contributors, startUs, endUs }: World,
  seed: number,
  of: {
    readonly port: Pick<ChainArm, "contracts" | "chain"> | undefined;
    readonly findings: Findings;
  },
): ChainArm | undefined {
  const { port, findings } = of;
  const { chain: config } = scenario;
  if (port === undefined || config === undefined) return undefined;
  const treasurer = sim.actor(TREASURER);
  const times = { seed, startUs, endUs };
  const owners = new WalletOwners({ ...port, ...times, sim, config, treasurer, contributors });
  const books = new ChainBooks(findings, port.contracts);
  port.chain.onEffect = (intent) => books.effect(intent);
  owners.onClaim = (owner, wallet, paid) => books.claimed(owner, wallet, paid);
  owners.start();
  return { ...port, owners, books };
}

/** At the end of a run: what was paid against what was granted. */
export function recountChain({ sim }: World, arm: ChainArm | undefined): void {
  const state = sim.actors.get(LEDGER)?.state as IssuingState | undefined;
  if (arm !== undefined && state !== undefined) arm.books.recount(state);
}

/** What the books found; no check where there is no chain. */
export function chainChecks(parts: {
  readonly chain: ChainArm | undefined;
  readonly findings: Findings;
}): ReadonlyArray<CheckResult> {
  if (parts.chain === undefined) return [];
  const value = parts.findings.count(CHAIN_CHECKER);
  return [{ name: CHAIN_CHECKER, value, bound: "= 0 violations", pass: value === 0 }];
}

const nothing = { chainClaimed: 0, chainCredentials: 0, chainRoots: 0, chainCalls: 0 };

export function chainMetrics({ sim, scenario }: World, arm: ChainArm | undefined) {
  const state = sim.actors.get(LEDGER)?.state as OnChainState<IssuingState> | undefined;
  if (scenario.chain === undefined || arm === undefined || state === undefined) return nothing;
  const seen = state.onChain.seen.entries();
  const isValid = ([, { state: how, untilUs }]: (typeof seen)[number]) =>
    how === "valid" && untilUs > sim.nowUs;
  return {
    chainClaimed: toVcu(arm.contracts.paid),
    chainCredentials: seen.filter(isValid).length,
    chainRoots: arm.contracts.publishedRoots,
    chainCalls: arm.chain.counts.calls,
  };
}
