/**
 * Keeps its own books of what the chain did: every intent takes effect once at the most, nobody is
 * paid more than the ledger granted, and all that was paid is under the cap.
 */
import type { IssuingState } from "../../actors/ledger/rewards-epoch.ts";
import type { Address } from "../../kernel/address.ts";
import type { Wallet } from "../../kernel/ports/chain.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Findings } from "./findings.ts";

export const CHAIN_CHECKER = "chain-paid-once";

export class ChainBooks {
  private readonly findings: Findings;
  private readonly contracts: Contracts;
  private readonly effects = new Set<string>();
  private readonly paid = new Map<Address, bigint>();

  constructor(findings: Findings, contracts: Contracts) {
    this.findings = findings;
    this.contracts = contracts;
  }

  effect(intent: string): void {
    if (this.effects.has(intent)) this.find(`${intent} took effect twice`);
    this.effects.add(intent);
  }

  claimed(owner: Address, wallet: Wallet, amount: bigint): void {
    this.paid.set(owner, (this.paid.get(owner) ?? 0n) + amount);
    const { paid, active } = this.contracts;
    if (paid > active.cap) this.find(`${wallet} was paid beyond the cap: ${paid} > ${active.cap}`);
  }

  /** What each owner was paid, with all of its wallets, against what the ledger granted. */
  recount({ rewards }: Pick<IssuingState, "rewards">): void {
    let sum = 0n;
    for (const [owner, paid] of this.paid) {
      sum += paid;
      const holding = rewards?.issue.holdings.get(owner);
      const granted =
        holding?.grants.reduce((all, { amount }) => all + amount, holding.settled as bigint) ?? 0n;
      if (paid > granted) this.find(`${owner} was paid ${paid} and granted ${granted}`);
    }
    if (sum !== this.contracts.paid) {
      this.find(`owners were paid ${sum}, the contract says ${this.contracts.paid}`);
    }
  }

  private find(message: string): void {
    this.findings.add(CHAIN_CHECKER, "safety", message);
  }
}
