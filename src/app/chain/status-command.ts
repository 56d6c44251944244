/** `pingo chain status` and `roots show`: what the contracts of this network hold and know. */
import { type DeploySettings, roleNames } from "../../adapters/ton/deploy-settings.ts";
import { inCoins } from "../../adapters/ton/sender.ts";
import { Anchor } from "../../adapters/ton/wrappers/anchor.ts";
import { Distributor } from "../../adapters/ton/wrappers/distributor.ts";
import { Minter } from "../../adapters/ton/wrappers/jetton.ts";
import type { Exit } from "../outcome.ts";
import { tableLines } from "../terminal/table.ts";
import { type Here, look, type Shown } from "./act.ts";
import { clientAt } from "./client-at.ts";
import type { ChainFlags } from "./hand.ts";
import { inPingo } from "./plan-text.ts";

const HEX_WIDTH = 64;
const hex = (hash: bigint) => hash.toString(16).padStart(HEX_WIDTH, "0");
const instant = (seconds: number) => `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;

export function status(flags: ChainFlags): Promise<Exit> {
  return look(flags, async (here) => {
    const { deployment, chain, endpoint, network } = here;
    const contracts = await Promise.all(
      Object.entries(deployment.contracts).map(async ([name, address]) => {
        const { balance, state } = await chain.getAddressInformation(address);
        return { name, address: here.text(address), state, balance };
      }),
    );
    const isThere = contracts.every(({ state }) => state === "active");
    const minter = here.open(new Minter(deployment.contracts.minter));
    const isDistributed = isThere && (await minter.getIsDistributed());
    const supply = isThere ? await minter.getSupply() : 0n;
    const verifiers = verifiersOf(deployment.settings);
    const roles = roleNames.map((name) => [name, deployment.settings.roles[name]]);
    return {
      json: {
        network,
        endpoint: endpoint.url,
        isComplete: deployment.isComplete,
        isDistributed,
        supply,
        contracts,
        roles: deployment.settings.roles,
        issuers: deployment.settings.issuers,
        verifiers,
      },
      lines: [
        `${network} at ${endpoint.url}`,
        isDistributed
          ? `${inPingo(supply)} PINGO, distributed`
          : "The deployment is not complete: run pingo chain deploy again.",
        "",
        ...tableLines(
          [{ title: "contract" }, { title: "address" }, { title: "state" }, { title: "coins" }],
          contracts.map(({ name, address, state, balance }) => [
            name,
            address,
            state,
            inCoins(balance),
          ]),
        ),
        "",
        ...tableLines([{ title: "role" }, { title: "held by" }], roles),
        "",
        "Verifiers of this network, for the terms of an escrow:",
        "verifiers:",
        `  threshold: ${verifiers.threshold}`,
        "  keys:",
        ...verifiers.keys.map((key) => `    - "${key}"`),
      ],
    };
  });
}

/** Who signs vouchers judges escrows as well; more than half of them must agree. */
function verifiersOf({ issuers: keys }: DeploySettings) {
  return { threshold: Math.floor(keys.length / 2) + 1, keys };
}

export function showRoots(flags: ChainFlags): Promise<Exit> {
  return look(flags, async (here) => {
    const rewards = await Promise.all(
      here.deployment.distributors.map(async ({ address, shard }) => {
        const data = await here.open(new Distributor(address)).getData();
        const { wallet: _, root, pendingRoot, ...rest } = data;
        const roots = { root: hex(root), pendingRoot: hex(pendingRoot) };
        return { address: here.text(address), ...shard, ...rest, ...roots };
      }),
    );
    return withAnchor(here, rewards);
  });
}

interface RewardsRow {
  readonly address: string;
  readonly epoch: number;
  readonly root: string;
  readonly cap: bigint;
  readonly paid: bigint;
  readonly pendingEpoch: number;
  readonly claimableAt: number;
}

async function withAnchor(here: Here, rewards: ReadonlyArray<RewardsRow>): Promise<Shown> {
  const { anchor } = here.deployment.contracts;
  const ledger = await here.open(clientAt(Anchor, anchor)).getData();
  const lines = rewards.flatMap((row) => [
    `Rewards ${row.address}`,
    row.epoch === 0
      ? "  no root is in force yet"
      : `  epoch ${row.epoch} in force, root ${row.root}`,
    `  ${inPingo(row.paid)} of at most ${inPingo(row.cap)} PINGO paid`,
    ...(row.pendingEpoch === 0
      ? []
      : [`  epoch ${row.pendingEpoch} can be claimed from ${instant(row.claimableAt)} on`]),
  ]);
  const { finalIndex, finalRoot, tip, bond, challenged, deposited, paid } = ledger;
  const challenge = challenged === 0 ? "no challenge" : `root ${challenged} challenged`;
  return {
    json: { rewards, anchor: { ...ledger, address: here.text(anchor), wallet: undefined } },
    lines: [
      ...lines,
      `Ledger ${here.text(anchor)}`,
      `  root ${finalIndex} is final (${hex(finalRoot)}), ${tip - finalIndex} waiting`,
      `  bond ${inCoins(bond)}, ${challenge}`,
      `  ${inPingo(paid)} of ${inPingo(deposited)} PINGO withdrawn`,
    ],
  };
}
