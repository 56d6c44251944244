/**
 * `pingo chain deploy`: shows everything that will be sent before it sends anything, asks where
 * coins are worth something, and goes on with what an earlier run left open.
 */
import { resolve } from "node:path";
import { codeOf } from "../../adapters/ton/code.ts";
import { type DeployPlan, deployPlan, fundsFor } from "../../adapters/ton/deploy-plan.ts";
import { openSteps } from "../../adapters/ton/deploy-run.ts";
import {
  checkedSettings,
  type DeploySettings,
  defaultSettings,
} from "../../adapters/ton/deploy-settings.ts";
import { type Deployment, deploymentFile, knownDeployment } from "../../adapters/ton/deployment.ts";
import type { TonKey } from "../../adapters/ton/keys.ts";
import { pricesAt } from "../../adapters/ton/network-facts.ts";
import type { ChainNetwork } from "../../adapters/ton/networks.ts";
import { knownPrices, type Prices } from "../../adapters/ton/prices.ts";
import { inCoins } from "../../adapters/ton/sender.ts";
import { defaultFolder } from "../live/state-folder.ts";
import { CommandError, Exit } from "../outcome.ts";
import { note, print, printJson } from "../terminal/print.ts";
import { carriedOut } from "./carry-out.ts";
import { type ChainFlags, confirmed, endpointFor, openHand } from "./hand.ts";
import { told } from "./in-words.ts";
import { exampleKey, issuersOf, knownKey, ownKey, ownWalletText } from "./own-keys.ts";
import { planJson, planLines } from "./plan-text.ts";
import { settingsFrom } from "./settings-file.ts";

export interface DeployFlags extends ChainFlags {
  readonly network: ChainNetwork;
  readonly settings?: string;
  readonly issuer: ReadonlyArray<string>;
}

export function deploy(flags: DeployFlags): Promise<Exit> {
  return told(() => (flags.dryRun === true ? showPlan(flags) : carryOut(flags)));
}

/** Asks nobody: neither a network nor a key is needed to see what would be sent. */
async function showPlan(flags: DeployFlags): Promise<Exit> {
  const folder = resolve(flags.dir ?? defaultFolder());
  const key = await knownKey(flags, folder);
  const plan = await planFor(flags, folder, { key: key ?? exampleKey, prices: knownPrices });
  const notes = [
    ...(key === undefined
      ? ["No key was named: addresses are those of an example key; name yours by --key-file."]
      : []),
    "Fees are reckoned by the prices before April 2026, about six times those of today.",
  ];
  const endpoint = endpointFor(flags, folder).url;
  if (flags.json === true) printJson({ dryRun: true, endpoint, ...planJson(plan), notes });
  else for (const line of [...planLines(plan), "", ...notes, nothingSent]) print(line);
  return Exit.fine;
}

const nothingSent = "Nothing was sent.";

async function carryOut(flags: DeployFlags): Promise<Exit> {
  const folder = resolve(flags.dir ?? defaultFolder());
  const key = await ownKey(flags, folder);
  const hand = await openHand(flags, folder, key);
  try {
    const prices = await pricesAt(hand.endpoint);
    const plan = await planFor(flags, folder, { key, prices });
    const open = await openSteps(plan, hand.providerOf);
    if (flags.json !== true) for (const line of planLines(plan, open)) print(line);
    if (open.length > 0) {
      const needed = fundsFor(open);
      await hand.fund(needed);
      const from = ownWalletText(key, flags.network);
      await confirmed(flags, `Send up to ${inCoins(needed)} from ${from} on ${flags.network}?`);
    }
    await carriedOut(plan, hand, folder, (line) => note(`  ${line}`));
    const file = deploymentFile(folder);
    if (flags.json === true) printJson({ dryRun: false, file, ...planJson(plan) });
    else print(`All ${plan.steps.length} steps are done. Addresses are in ${file}.`);
    return Exit.fine;
  } finally {
    await hand.close();
  }
}

/** The plan of a deployment that was begun is never another: its addresses are promised already. */
async function planFor(
  flags: DeployFlags,
  folder: string,
  from: { readonly key: TonKey; readonly prices: Prices },
): Promise<DeployPlan> {
  const { key, prices } = from;
  const begun = knownDeployment(folder);
  if (begun !== undefined) {
    const settings = continued(flags, folder, begun, key);
    return deployPlan(settings, codeOf, prices);
  }
  const issuers = await issuersOf(flags, folder, flags.dryRun === true);
  const deployer = ownWalletText(key, flags.network);
  const base: DeploySettings = {
    ...defaultSettings(flags.network, deployer),
    network: flags.network,
    deployer,
    genesis: Math.floor(Date.now() / 1_000),
    issuers,
  };
  const settings = flags.settings === undefined ? base : settingsFrom(flags.settings, base);
  return deployPlan(checkedSettings(settings), codeOf, prices);
}

function continued(
  flags: DeployFlags,
  folder: string,
  { settings }: Deployment,
  key: TonKey,
): DeploySettings {
  const file = deploymentFile(folder);
  if (settings.network !== flags.network) {
    throw new CommandError(
      `${file} is a deployment on ${settings.network}, not on ${flags.network}; name another ` +
        "folder by --dir",
      { code: "network", field: "network" },
    );
  }
  if (flags.settings !== undefined || flags.issuer.length > 0) {
    throw new CommandError(
      `${file} was begun with settings of its own, which cannot change any more; leave out ` +
        "--settings and --issuer, or name another folder by --dir",
      { code: "settings", field: "settings" },
    );
  }
  const own = ownWalletText(key, settings.network);
  if (own !== settings.deployer && key !== exampleKey) {
    throw new CommandError(
      `${file} was begun by the wallet ${settings.deployer}, and this key has ${own}; name that ` +
        "wallet's key by --key-file",
      { code: "key", field: "key-file" },
    );
  }
  return settings;
}
