/**
 * A deployment carried out from a state folder: the file is written before the first message, so
 * that whoever comes next knows what was begun, and once more when all is there.
 */
import { codeOf } from "../../adapters/ton/code.ts";
import {
  type DeployPlan,
  type DeployStep,
  deployPlan,
  fundsFor,
} from "../../adapters/ton/deploy-plan.ts";
import { openSteps, runDeployment } from "../../adapters/ton/deploy-run.ts";
import { type DeploySettings, defaultSettings } from "../../adapters/ton/deploy-settings.ts";
import {
  type Deployment,
  deploymentOf,
  knownDeployment,
  writeDeployment,
} from "../../adapters/ton/deployment.ts";
import { pricesAt } from "../../adapters/ton/network-facts.ts";
import type { Outgoing } from "../../adapters/ton/sender.ts";
import { TonCenter } from "../../adapters/ton/toncenter.ts";
import { type ChainFlags, type Hand, openHand } from "./hand.ts";
import { issuersOf, ownKey, ownWalletText } from "./own-keys.ts";

export async function carriedOut(
  plan: DeployPlan,
  hand: Hand,
  folder: string,
  say: (line: string) => void,
): Promise<Deployment> {
  const begun = deploymentOf(plan, hand.endpoint.url);
  writeDeployment(folder, begun);
  await runDeployment(plan, {
    providerOf: hand.providerOf,
    send: async (step) => {
      await hand.send(keyOf(step), messageOf(step));
    },
    wasSent: (step) => hand.wasSent(keyOf(step)),
    becomes: hand.becomes,
    onStep: ({ name }, outcome) => say(`${name}: ${outcome}`),
  });
  const deployment = { ...begun, isComplete: true };
  writeDeployment(folder, deployment);
  return deployment;
}

const keyOf = ({ name, to }: DeployStep) => `deploy ${name} ${to.toRawString()}`;

function messageOf({ to, value, stateInit, body }: DeployStep): Outgoing {
  const init = stateInit === undefined ? {} : { init: stateInit };
  return { to, value, bounce: stateInit === undefined, ...init, ...(body && { body }) };
}

export interface LocalPlace {
  /** State folder of the network. */
  readonly folder: string;
  /** Of the local chain, which is up. */
  readonly endpoint: string;
  /** In place of the default rules of a local chain. */
  readonly settings?: Partial<DeploySettings>;
  readonly say: (line: string) => void;
  /** Gives the deployment up; the next start goes on with it. */
  readonly signal?: AbortSignal;
}

/**
 * The contracts of a local chain: deployed at the first start, with keys and coins of its own, and
 * found again at every other. A chain that was deleted has none of them, so they are deployed anew.
 */
export async function localDeployment(place: LocalPlace): Promise<Deployment> {
  const { folder, endpoint, settings, say, signal } = place;
  const known = knownDeployment(folder);
  if (known?.isComplete === true && known.endpoint === endpoint && (await isThere(place, known))) {
    return known;
  }
  const flags: ChainFlags = { network: "local", endpoint };
  const key = await ownKey(flags, folder);
  const hand = await openHand(flags, folder, key, signal);
  try {
    const deployer = ownWalletText(key, "local");
    const issuers = await issuersOf({ network: "local", issuer: [] }, folder, false);
    const fresh: DeploySettings = {
      ...defaultSettings("local", deployer),
      network: "local",
      deployer,
      genesis: Math.floor(Date.now() / 1_000),
      issuers,
      ...settings,
    };
    const plan = deployPlan(known?.settings ?? fresh, codeOf, await pricesAt(hand.endpoint));
    const open = await openSteps(plan, hand.providerOf);
    if (open.length > 0) await hand.fund(fundsFor(open));
    return await carriedOut(plan, hand, folder, say);
  } finally {
    await hand.close();
  }
}

/** One question: the last step of a deployment is there only when all others are. */
async function isThere({ endpoint }: LocalPlace, { contracts }: Deployment): Promise<boolean> {
  const chain = new TonCenter({ endpoint, intervalMs: 0 });
  return (await chain.getAddressInformation(contracts.anchor)).state === "active";
}
