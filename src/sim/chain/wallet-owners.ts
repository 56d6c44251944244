/**
 * What people do on the chain: they link a wallet, claim vouchers and rewards when they get round
 * to it, and some take another wallet halfway. Each draws from a stream of its own.
 */
import type { TreasurerContext } from "../../actors/treasurer/state.ts";
import { type Address, portAddress } from "../../kernel/address.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { Stream } from "../../kernel/entropy.ts";
import type { Wallet, WalletClaim } from "../../kernel/ports/chain.ts";
import { sha256 } from "../../kernel/sha256.ts";
import { hexOf, levelsOf, proofIn } from "../../policies/rewards/claims.ts";
import { leafOfWallet } from "../../policies/rewards/wallet-claims.ts";
import type { Hosted } from "../core/hosted.ts";
import type { Simulator } from "../core/simulator.ts";
import type { ChainConfig } from "./config.ts";
import type { Contracts } from "./contracts.ts";
import { present, type SimChain } from "./sim-chain.ts";

export interface WalletOwnersParts {
  readonly sim: Simulator;
  readonly config: ChainConfig;
  readonly contracts: Contracts;
  readonly chain: SimChain;
  readonly treasurer: Hosted;
  readonly contributors: ReadonlyArray<Address>;
  readonly seed: number;
  readonly startUs: number;
  readonly endUs: number;
}

/** The n-th wallet of a contributor. */
function walletNamed(owner: Address, n: number): Wallet {
  return `0:${hexOf(sha256(new TextEncoder().encode(`${owner} wallet ${n}`)))}` as Wallet;
}

export class WalletOwners {
  /** Whose a wallet is, and what it was paid: for whoever keeps books. */
  onClaim: ((owner: Address, wallet: Wallet, paid: bigint) => void) | undefined;
  readonly counts = { links: 0, presented: 0, claims: 0 };
  readonly wallets = new Map<Wallet, Address>();
  private readonly parts: WalletOwnersParts;

  constructor(parts: WalletOwnersParts) {
    this.parts = parts;
  }

  start(): void {
    const { sim, config, contributors, seed, startUs, endUs, chain, contracts } = this.parts;
    for (const owner of contributors) {
      const draw = new Stream(seed, `wallets/${owner}`);
      const linkUs = startUs + Math.floor(draw.unit() * config.linkWithin);
      sim.schedule(linkUs, () => this.link(owner, 0));
      if (draw.unit() >= config.moves) continue;
      const moveUs = startUs + Math.floor(((endUs - startUs) * (1 + draw.unit())) / 3);
      sim.schedule(Math.max(moveUs, linkUs + 1), () => this.link(owner, 1));
    }
    const claiming = new Stream(seed, "wallets/claiming");
    chain.onVoucher = (voucher) => {
      sim.schedule(sim.nowUs + Math.floor(claiming.unit() * config.claimWithin), () => {
        if (chain.isAway) return;
        this.counts.presented += 1;
        present(contracts, voucher, sim.nowUs);
      });
    };
    this.claimLater();
  }

  private link(owner: Address, n: number): void {
    const { sim, treasurer } = this.parts;
    const wallet = walletNamed(owner, n);
    this.wallets.set(wallet, owner);
    this.counts.links += 1;
    const message = { type: "WalletLinked", owner, wallet } as const;
    sim.tell(treasurer, "desk", message);
  }

  private claimLater(): void {
    const { sim, config } = this.parts;
    sim.schedule(sim.nowUs + config.rewardsEvery, () => {
      this.claimAll();
      this.claimLater();
    });
  }

  /** Everybody claims with every wallet that it ever had. */
  claimAll(): void {
    const { contracts, chain, sim } = this.parts;
    if (chain.isAway) return;
    contracts.activate(sim.nowUs);
    const claims = this.claimsUnder(contracts.active.root);
    const levels = levelsOf(claims.map(leafOfWallet));
    for (const [index, { wallet, cumulative }] of claims.entries()) {
      const paid = contracts.claim(wallet, cumulative, proofIn(levels, index));
      if (paid === 0n) continue;
      this.counts.claims += 1;
      this.onClaim?.(this.wallets.get(wallet) ?? portAddress("nobody"), wallet, paid);
    }
  }

  /** What the treasurer shows of this root. */
  private claimsUnder(root: string): ReadonlyArray<WalletClaim> {
    const { context } = this.parts.treasurer.state as ChartState<TreasurerContext>;
    const posted = context.roots.find((each) => each.root === root);
    return (posted?.claims ?? []).map(([wallet, cumulative]) => ({ wallet, cumulative }));
  }
}
