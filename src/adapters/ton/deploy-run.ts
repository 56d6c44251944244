/**
 * Carries a plan out, and goes on with one that was interrupted: each step looks at the chain first
 * and is skipped where it has been done. The sender sees to it that a message whose fate is unknown
 * is not sent twice; a second one would do no harm but cost its fees.
 */
import type { Address, ContractProvider } from "@ton/core";
import { ChainError } from "./chain-error.ts";
import type { DeployPlan, DeployStep } from "./deploy-plan.ts";
import { Minter } from "./wrappers/jetton.ts";

/** A chain to read from: of a client over HTTP, or of a virtual machine in this process. */
export type ProviderOf = (address: Address) => ContractProvider;

export interface DeployHands {
  readonly providerOf: ProviderOf;
  /** Whether an earlier run sent this step's message; it may still be on its way. */
  readonly wasSent: (step: DeployStep) => boolean;
  /** Ends when the message has left the wallet; throws when it could not be sent. */
  readonly send: (step: DeployStep) => Promise<void>;
  /** Looks until it is so, or for as long as a message takes at most; false then. */
  readonly becomes: (isSo: () => Promise<boolean>) => Promise<boolean>;
  readonly onStep: (step: DeployStep, outcome: "sending" | "done" | "skipped") => void;
}

export async function runDeployment(plan: DeployPlan, hands: DeployHands): Promise<void> {
  const { providerOf, wasSent, send, becomes, onStep } = hands;
  for (const step of plan.steps) {
    const isThere = () => isDone(step, providerOf);
    if (await isThere()) {
      onStep(step, "skipped");
      continue;
    }
    onStep(step, "sending");
    const arrived = wasSent(step) && (await becomes(isThere));
    if (!arrived) {
      await send(step);
      if (!(await becomes(isThere))) {
        throw new ChainError(
          `the step "${step.name}" was sent and changed nothing; look at ${step.to.toString()}, ` +
            "then run the same command again",
        );
      }
    }
    onStep(step, "done");
  }
}

/** Those that are still to do. */
export async function openSteps(
  plan: DeployPlan,
  providerOf: ProviderOf,
): Promise<ReadonlyArray<DeployStep>> {
  const open: Array<DeployStep> = [];
  for (const step of plan.steps) if (!(await isDone(step, providerOf))) open.push(step);
  return open;
}

async function isDone({ name, to }: DeployStep, providerOf: ProviderOf): Promise<boolean> {
  const provider = providerOf(to);
  if ((await provider.getState()).state.type !== "active") return false;
  if (name === "distribution") return new Minter(to).getIsDistributed(provider);
  // Deployed and told its wallet are two transactions: in between it is not done yet.
  if (name === "pool") return (await walletIn(provider, "get_pool_data", 0)) !== null;
  if (name === "anchor") return (await walletIn(provider, "get_anchor_data", 8)) !== null;
  return true;
}

async function walletIn(provider: ContractProvider, method: string, place: number) {
  const { stack } = await provider.get(method, []);
  stack.skip(place);
  return stack.readAddressOpt();
}
