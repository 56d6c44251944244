/** `pingo chain credential link`: tells the network your wallet, by the wallet's own word. */
import { resolve } from "node:path";
import { walletText } from "../../adapters/ton/addresses.ts";
import { walletOf } from "../../adapters/ton/keys.ts";
import { chainNetworks, globalIdOf } from "../../adapters/ton/networks.ts";
import { proveWallet } from "../../adapters/ton/prove-wallet.ts";
import { asked } from "../job/asked.ts";
import { defaultFolder } from "../live/state-folder.ts";
import { CommandError, Exit } from "../outcome.ts";
import { print, printJson } from "../terminal/print.ts";
import type { ChainFlags } from "./hand.ts";
import { told } from "./in-words.ts";
import { ownKey } from "./own-keys.ts";

export interface LinkFlags extends ChainFlags {
  readonly url?: string;
}

export function linkWallet(flags: LinkFlags): Promise<Exit> {
  return told(async () => {
    const { network } = flags;
    const folder = resolve(flags.dir ?? defaultFolder());
    const key = await ownKey(flags, folder, "contributor");
    const wallet = walletText(network, walletOf(key, network).address);
    const status = await asked(flags, async (pingo) => {
      const challenge = await pingo.walletChallenge();
      if (challenge.network !== String(globalIdOf(network))) {
        const theirs = chainNetworks.find((each) => challenge.network === String(globalIdOf(each)));
        throw new CommandError(
          `the gateway's contracts are on ${theirs ?? "another network"}, not on ${network}; ` +
            `add --network ${theirs ?? "testnet or mainnet"}`,
          { code: "network", field: "network" },
        );
      }
      const { domain, payload } = challenge;
      const nowSeconds = Math.floor(Date.now() / 1_000);
      if (flags.dryRun === true) return undefined;
      return pingo.linkWallet(proveWallet(key, { network, domain, payload, nowSeconds }));
    });
    if (flags.json === true) printJson({ wallet, sent: status !== undefined });
    else if (status === undefined) print(`${wallet} would be linked. Nothing was sent.`);
    else print(`${wallet} is yours now: credential and rewards are for it.`);
    return Exit.fine;
  });
}
