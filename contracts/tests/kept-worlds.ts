/**
 * Worlds that tests start from are built once in a process: message by message the first time,
 * from the state that this left every time after. Code that was replaced makes another world.
 */
import type { Cell } from "@ton/core";
import type { Blockchain, BlockchainSnapshot } from "@ton/sandbox";
import { type ContractName, compile } from "../build.ts";
import { openChain, type Prices } from "./chain.ts";

/** Code to deploy in place of what the sources say. */
export type Replaced = Partial<Record<ContractName, Cell>>;

export type CodeOf = (name: ContractName) => Promise<Cell>;

function codeIn(replaced: Replaced): CodeOf {
  return async (name) => replaced[name] ?? (await compile(name));
}

export interface Plan<World> {
  readonly name: string;
  /** Every contract whose code is in the world's state. */
  readonly contracts: ReadonlyArray<ContractName>;
  /** Opens people and contracts on a chain; nothing is sent but what makes people. */
  readonly at: (chain: Blockchain, code: CodeOf) => Promise<World>;
  /** Sends what brings the world from nothing, or from the world below it, to where it starts. */
  readonly build: (world: World, chain: Blockchain) => Promise<void>;
  /** The world that this one stands on. */
  readonly below?: (prices: Prices, replaced: Replaced) => Promise<{ readonly chain: Blockchain }>;
}

const kept = new Map<string, BlockchainSnapshot>();

export async function openKept<World>(
  plan: Plan<World>,
  prices: Prices,
  replaced: Replaced,
): Promise<World> {
  const code = codeIn(replaced);
  const hashes = await Promise.all(plan.contracts.map(async (name) => (await code(name)).hash()));
  const key = [plan.name, prices, ...hashes.map((hash) => hash.toString("hex"))].join(" ");
  const before = kept.get(key);
  if (before !== undefined) {
    const chain = await openChain(prices);
    await chain.loadFrom(before);
    return plan.at(chain, code);
  }
  const chain =
    plan.below === undefined ? await openChain(prices) : (await plan.below(prices, replaced)).chain;
  const world = await plan.at(chain, code);
  await plan.build(world, chain);
  kept.set(key, chain.snapshot());
  return world;
}
