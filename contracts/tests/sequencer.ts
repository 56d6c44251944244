/** An anchor with PINGO in its vault and a bonded sequencer: what its tests start from. */
import { createHash } from "node:crypto";
import { toNano } from "@ton/core";
import type { Blockchain, SandboxContract } from "@ton/sandbox";
import { Anchor } from "../../src/adapters/ton/wrappers/anchor.ts";
import { type Leaf, rootOf } from "../../src/policies/rewards/claims.ts";
import type { Person, Prices } from "./chain.ts";
import { HOUR, type Market, marketAt, marketContracts, openMarket, payIn } from "./jobs.ts";
import { type CodeOf, openKept, type Plan, type Replaced } from "./kept-worlds.ts";

export const WINDOW = 24 * HOUR;
export const PATIENCE = 48 * HOUR;
export const SEQUENCER_BOND = toNano("20");
export const CHALLENGER_BOND = toNano("5");
export const VAULT = 10_000n;
export const NO_ROOT = Buffer.alloc(32);

export interface Layer {
  readonly market: Market;
  readonly anchor: SandboxContract<Anchor>;
  readonly sequencer: Person;
  readonly arbiter: Person;
  readonly slashTo: Person;
}

async function layerAt(chain: Blockchain, code: CodeOf): Promise<Layer> {
  const market = await marketAt(chain, code);
  const { minter, recordCode } = market.token;
  const [sequencer, arbiter, slashTo] = [
    await chain.treasury("sequencer"),
    await chain.treasury("arbiter"),
    await chain.treasury("slash"),
  ];
  const config = {
    minter: minter.address,
    sequencer: sequencer.address,
    arbiter: arbiter.address,
    treasury: slashTo.address,
    windowSeconds: WINDOW,
    arbiterSeconds: PATIENCE,
    sequencerBond: SEQUENCER_BOND,
    challengerBond: CHALLENGER_BOND,
    recordCode,
  };
  const anchor = chain.openContract(Anchor.of(config, await code("roots/anchor")));
  return { market, anchor, sequencer, arbiter, slashTo };
}

const layerPlan: Plan<Layer> = {
  name: "layer",
  contracts: [...marketContracts, "roots/anchor"],
  async below(prices, replaced) {
    return (await openMarket(prices, replaced)).token;
  },
  at: layerAt,
  async build({ market: { token, client, passer }, anchor, sequencer }) {
    await anchor.sendDiscover(passer.getSender(), toNano("1"));
    await payIn(token, { from: client, to: anchor.address, amount: VAULT });
    const bond = { value: SEQUENCER_BOND + toNano("1"), amount: SEQUENCER_BOND };
    await anchor.sendPostBond(sequencer.getSender(), bond);
  },
};

export function openLayer(prices: Prices = "old", replaced: Replaced = {}): Promise<Layer> {
  return openKept(layerPlan, prices, replaced);
}

export const leafOf = (person: Person, cumulative: bigint): Leaf => ({
  workchain: 0,
  hash: person.address.hash,
  cumulative,
});

/** A root's hash is the name of what was computed; nobody reads it here. */
const dataHash = createHash("sha256").update("data").digest();

/** Commits a root over the leaves on top of what is newest. */
export async function commit(
  { anchor, sequencer }: Layer,
  root: Uint8Array | ReadonlyArray<Leaf>,
  change: { readonly previous?: Uint8Array; readonly by?: Person } = {},
) {
  const { newest } = await anchor.getData();
  const previous = Buffer.from(newest.toString(16).padStart(64, "0"), "hex");
  return anchor.sendCommit((change.by ?? sequencer).getSender(), {
    value: toNano("1"),
    previous: change.previous ?? previous,
    root: root instanceof Uint8Array ? root : rootOf(root),
    dataHash,
  });
}
