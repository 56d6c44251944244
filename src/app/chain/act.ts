/** Commands that read contracts or send them one message each: what they all do around it. */
import { resolve } from "node:path";
import type { Address, Contract } from "@ton/core";
import { type OpenedContract, openContract } from "@ton/core";
import { contractText, parseAddress, walletText } from "../../adapters/ton/addresses.ts";
import { ChainError } from "../../adapters/ton/chain-error.ts";
import { type Deployment, readDeployment } from "../../adapters/ton/deployment.ts";
import { walletOf } from "../../adapters/ton/keys.ts";
import { pricesAt } from "../../adapters/ton/network-facts.ts";
import type { Prices } from "../../adapters/ton/prices.ts";
import { inCoins, type Outgoing } from "../../adapters/ton/sender.ts";
import { defaultFolder } from "../live/state-folder.ts";
import { Exit } from "../outcome.ts";
import { print, printJson } from "../terminal/print.ts";
import { type ChainFlags, confirmed, type Hand, openHand, openView, type View } from "./hand.ts";
import { told } from "./in-words.ts";
import { knownKey, ownKey, type Whose } from "./own-keys.ts";

/** What is shown in the end, by man or by machine. */
export interface Shown {
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: ReadonlyArray<string>;
}

export interface Here extends View {
  readonly folder: string;
  readonly deployment: Deployment;
  /** A contract's client that reads from this chain. */
  readonly open: <C extends Contract>(contract: C) => OpenedContract<C>;
  /** The chain's own clock, Unix seconds. */
  readonly now: () => Promise<number>;
  readonly text: (address: Address) => string;
}

export interface Desk extends Here {
  readonly wallet: Address;
  readonly prices: Prices;
}

/** One message: why it is sent, and what is there to show when it is through. */
export interface Action {
  readonly what: string;
  readonly message: Outgoing;
  /** Sent before, when the contract needs it; each may refuse by itself. */
  readonly first?: ReadonlyArray<Omit<Action, "after">>;
  readonly after: () => Promise<Shown>;
}

/** Nothing to do is no failure: it is said, and nothing is sent. */
export interface Nothing {
  readonly nothing: Shown;
}

export function look(flags: ChainFlags, show: (here: Here) => Promise<Shown>): Promise<Exit> {
  return told(async () => {
    const { folder, deployment } = contractsOf(flags);
    const view = await openView(flags, folder);
    tell(flags, await show(hereOf(view, folder, deployment)));
    return Exit.fine;
  });
}

export function act(
  flags: ChainFlags,
  prepare: (desk: Desk) => Promise<Action | Nothing>,
  whose: Whose = "contributor",
): Promise<Exit> {
  return told(async () => {
    const { folder, deployment } = contractsOf(flags);
    const key = await ownKey(flags, folder, whose);
    const wallet = walletOf(key, flags.network).address;
    const deskOf = async (view: View): Promise<Desk> => {
      const prices = await pricesAt(view.endpoint);
      return { ...hereOf(view, folder, deployment), wallet, prices };
    };
    if (flags.dryRun === true) {
      const view = await openView(flags, folder);
      showPlanned(flags, view, await prepare(await deskOf(view)));
      return Exit.fine;
    }
    const hand = await openHand(flags, folder, key);
    try {
      await hand.finish();
      return await perform(flags, hand, await prepare(await deskOf(hand)));
    } finally {
      await hand.close();
    }
  });
}

async function perform(flags: ChainFlags, hand: Hand, planned: Action | Nothing): Promise<Exit> {
  if ("nothing" in planned) {
    tell(flags, planned.nothing);
    return Exit.fine;
  }
  const all = [...(planned.first ?? []), planned];
  const value = all.reduce((sum, { message }) => sum + message.value, 0n);
  await hand.fund(value + FEES * BigInt(all.length));
  const words = all.map(({ what }) => what).join(", then ");
  await confirmed(flags, `${words}, with up to ${inCoins(value)}?`);
  for (const { message } of all) await hand.sendOnce(message);
  tell(flags, await planned.after());
  return Exit.fine;
}

/** What the sender wants a wallet to have beside the values, and a little. */
const FEES = 30_000_000n;

function contractsOf(flags: ChainFlags): { folder: string; deployment: Deployment } {
  const folder = resolve(flags.dir ?? defaultFolder());
  const deployment = readDeployment(folder);
  const { network } = deployment.settings;
  if (network !== flags.network) {
    throw new ChainError(
      `the contracts of ${folder} are on ${network}; add --network ${network}, or name another ` +
        "folder by --dir",
      "network",
    );
  }
  return { folder, deployment };
}

function hereOf(view: View, folder: string, deployment: Deployment): Here {
  return {
    ...view,
    folder,
    deployment,
    open: (contract) => openContract(contract, ({ address }) => view.providerOf(address)),
    now: async () => (await view.chain.getAddressInformation(deployment.contracts.minter)).seconds,
    text: (address) => contractText(view.network, address),
  };
}

function showPlanned(flags: ChainFlags, view: View, planned: Action | Nothing): void {
  if ("nothing" in planned) {
    tell(flags, planned.nothing);
    return;
  }
  const messages = [...(planned.first ?? []), planned].map(({ what, message }) => ({
    what,
    to: contractText(view.network, message.to),
    value: message.value,
    body: message.body?.toBoc().toString("base64"),
  }));
  const lines = messages.map(
    ({ what, to, value }) => `${what}: ${inCoins(value)} to ${to}; what is not used comes back.`,
  );
  tell(flags, { json: { dryRun: true, messages }, lines: [...lines, "Nothing was sent."] });
}

function tell({ json }: ChainFlags, shown: Shown): void {
  if (json === true) printJson(shown.json);
  else for (const line of shown.lines) print(line);
}

/** The account that a command is about: the one that is named, or one's own. */
export async function accountFor(
  flags: ChainFlags,
  folder: string,
  named: string | undefined,
): Promise<Address> {
  if (named !== undefined) return parseAddress(named, "wallet");
  const key = await knownKey(flags, folder, "contributor");
  if (key !== undefined) return walletOf(key, flags.network).address;
  throw new ChainError("name a wallet, or a key by --key-file", "wallet");
}

export const walletShown = ({ network }: View, address: Address) => walletText(network, address);
