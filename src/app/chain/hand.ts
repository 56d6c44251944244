/**
 * What a command about the chain works with: an endpoint that serves the network it should, the
 * contracts of the state folder, and for those that send, a wallet. A message is sent exactly once
 * whatever happens; a command that was killed goes on when it is run again.
 */

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Address, type ContractProvider, type Transaction } from "@ton/core";
import { FileJournals } from "../../adapters/store/file-journal.ts";
import { walletText } from "../../adapters/ton/addresses.ts";
import { ChainError } from "../../adapters/ton/chain-error.ts";
import { ChainFault } from "../../adapters/ton/chain-fault.ts";
import { knownDeployment } from "../../adapters/ton/deployment.ts";
import { causedBy } from "../../adapters/ton/history.ts";
import { type TonKey, walletOf } from "../../adapters/ton/keys.ts";
import { type Endpoint, networkAt } from "../../adapters/ton/network-facts.ts";
import { type ChainNetwork, publicEndpoints } from "../../adapters/ton/networks.ts";
import { providerOf } from "../../adapters/ton/provider.ts";
import type { Departure } from "../../adapters/ton/send-journal.ts";
import { inCoins, type Outgoing, paceOf, WalletSender } from "../../adapters/ton/sender.ts";
import { intervalFor, TonCenter } from "../../adapters/ton/toncenter.ts";
import type { ChainTransport } from "../../adapters/ton/transport.ts";
import type { FencingToken } from "../../live/leases.ts";
import type { ShardId } from "../../live/shard.ts";
import { makePrivateFolder } from "../gateway/private-file.ts";
import { CommandError } from "../outcome.ts";
import { refusalIn } from "./refusals.ts";

export interface ChainFlags {
  readonly network: ChainNetwork;
  readonly endpoint?: string;
  readonly keyFile?: string;
  readonly dir?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const LOCAL_ENDPOINT = "http://127.0.0.1:7470/api/v2/jsonRPC";
const ONLY = 1 as FencingToken;
const LOOK_MS = { local: 100, testnet: 1_500, mainnet: 1_500 } as const;
const LOOKS = 60;
/** Keys of messages that one command sends and no other asks for. */
const ONCE = "once/";
/** A local faucet gives a little more than is asked for: a wallet's fees come on top. */
const EXTRA = 1_000_000_000n;

/** The flag, the environment, the deployment's own, or the network's public one. */
export function endpointFor({ network, endpoint }: ChainFlags, folder: string): Endpoint {
  const { PINGO_TON_ENDPOINT: wanted, PINGO_TON_API_KEY: apiKey } = process.env;
  const own = knownDeployment(folder);
  const kept = own?.settings.network === network ? own.endpoint : undefined;
  const fallback = network === "local" ? LOCAL_ENDPOINT : publicEndpoints[network];
  return { url: endpoint ?? wanted ?? kept ?? fallback, apiKey };
}

export interface View {
  readonly network: ChainNetwork;
  readonly endpoint: Endpoint;
  readonly chain: ChainTransport;
  readonly providerOf: (address: Address) => ContractProvider;
  /** Looks until it is so, or for as long as a message takes at most; false then. */
  readonly becomes: (isSo: () => Promise<boolean>) => Promise<boolean>;
}

/** Refuses an endpoint of another network before anything is believed or sent. */
export async function openView(
  flags: ChainFlags,
  folder: string,
  signal?: AbortSignal,
): Promise<View> {
  const endpoint = endpointFor(flags, folder);
  const found = await networkAt(endpoint);
  if (found !== flags.network) {
    throw new CommandError(
      `${endpoint.url} serves ${found}, and --network says ${flags.network}; correct one of them`,
      { code: "network", field: "network" },
    );
  }
  const { url, apiKey } = endpoint;
  const intervalMs = intervalFor(flags.network, apiKey);
  const chain = new TonCenter({ endpoint: url, apiKey, intervalMs, signal });
  return {
    network: flags.network,
    endpoint,
    chain,
    providerOf: (address) => providerOf(chain, address),
    becomes: async (isSo) => {
      for (let look = 0; look < LOOKS; look += 1) {
        if (await isSo()) return true;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS[flags.network]));
      }
      return false;
    },
  };
}

export interface Hand extends View {
  readonly address: Address;
  /** Makes sure of so many nanogram: from a local chain's faucet, by a sentence elsewhere. */
  readonly fund: (needed: bigint) => Promise<void>;
  readonly wasSent: (key: string) => boolean;
  /**
   * Sends once for this key; sent in vain before, it is sent anew. Ends with the receiver's
   * transaction, and throws in words when the contract refused.
   */
  readonly send: (key: string, message: Outgoing) => Promise<Transaction>;
  /** Sends under a key of its own, which is forgotten when the receiver has answered. */
  readonly sendOnce: (message: Outgoing) => Promise<void>;
  /**
   * Brings to its end what {@link sendOnce} began in a process that was killed: only then the chain
   * shows what there is left to do.
   */
  readonly finish: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** With a signal all that it does can be given up: it goes on when it is begun again. */
export async function openHand(
  flags: ChainFlags,
  folder: string,
  key: TonKey,
  signal?: AbortSignal,
): Promise<Hand> {
  const view = await openView(flags, folder, signal);
  const { chain, network } = view;
  const { address } = walletOf(key, network);
  const kept = join(folder, "chain", "sent");
  makePrivateFolder(kept);
  const shard = `${network}-${address.hash.toString("hex").slice(0, 16)}` as ShardId;
  const journal = await new FileJournals({ folder: kept }).open(shard, ONLY);
  const sender = await WalletSender.open({ chain, network, key, journal, pace: paceOf(network) });
  const arrived = async ({ to, createdLt }: Departure): Promise<Transaction> => {
    const receiver = Address.parse(to);
    let caused: Transaction | undefined;
    await view.becomes(async () => {
      caused = await causedBy(chain, { from: address, to: receiver, createdLt: BigInt(createdLt) });
      return caused !== undefined;
    });
    if (caused === undefined) throw late(receiver);
    return caused;
  };
  const taken = async (name: string, message: Outgoing): Promise<Transaction> => {
    const { departures } = await sender.send(name, [message]);
    const [left] = departures;
    if (left === undefined) throw new ChainError(`the wallet kept the message "${name}"`);
    return arrived(left);
  };
  return {
    ...view,
    address,
    fund: (needed) => fund(view, address, needed),
    wasSent: (name) => sender.sent(name) !== undefined,
    send: async (name, message) => {
      if (sender.sent(name) !== undefined) await sender.reopen(name);
      return accepted(await taken(name, message));
    },
    sendOnce: async (message) => {
      const name = `${ONCE}${randomUUID()}`;
      const caused = await taken(name, message);
      await sender.done(name);
      accepted(caused);
    },
    finish: async () => {
      for (const name of sender.keys().filter((each) => each.startsWith(ONCE))) {
        const sent = await sender.finish(name);
        for (const departure of sent?.departures ?? []) await arrived(departure);
        await sender.done(name);
      }
    },
    close: () => sender.close(),
  };
}

/** Throws in words when the receiver refused; the coins came back. */
function accepted(caused: Transaction): Transaction {
  const refusal = refusalIn(caused);
  if (refusal !== undefined) throw new ChainFault("refused", refusal);
  return caused;
}

function late(to: Address): ChainFault {
  return new ChainFault(
    "down",
    `The message left the wallet and ${to.toString()} has not taken it yet: look again later.`,
  );
}

async function fund({ chain, network, endpoint }: View, address: Address, needed: bigint) {
  const { balance } = await chain.getAddressInformation(address);
  if (balance >= needed) return;
  if (network === "local") return gift(endpoint, address, needed - balance + EXTRA);
  const text = walletText(network, address);
  throw new ChainFault(
    "unfunded",
    `The wallet ${text} has ${inCoins(balance)} and needs ${inCoins(needed)}: send it ` +
      `${inCoins(needed - balance)} more, then run the command again.`,
  );
}

/** Coins of a local chain, which are worth nothing. */
async function gift({ url }: Endpoint, to: Address, amount: bigint): Promise<void> {
  const response = await fetch(new URL("/dev/faucet", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ address: to.toRawString(), amount: amount.toString() }),
  });
  if (response.ok) return;
  throw new ChainFault("unfunded", `The faucet of ${url} gave nothing: ${await response.text()}`);
}

/** Asks before coins that are worth something leave; without a terminal `--yes` must say it. */
export async function confirmed({ network, yes }: ChainFlags, question: string): Promise<void> {
  if (network !== "mainnet" || yes === true) return;
  if (!process.stdin.isTTY) {
    throw new CommandError("nobody is there to be asked before mainnet; add --yes", {
      code: "confirm",
      field: "yes",
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} Type yes: `);
  terminal.close();
  if (answer.trim().toLowerCase() === "yes") return;
  throw new CommandError("nothing was sent; type yes to go on", { code: "confirm" });
}
