/**
 * What the contracts do, as plain books: credentials, the distributor with its records, escrows. It
 * knows no time but what it is told, no delay and no failure. test/chain/economics.test.ts holds it
 * against the contracts themselves.
 */
import { DAY } from "../../kernel/duration.ts";
import { nanoPingo } from "../../kernel/policies/rewards.ts";
import type {
  CredentialShown,
  EscrowShown,
  RewardsShown,
  Wallet,
} from "../../kernel/ports/chain.ts";
import { isUnder, type Neighbour } from "../../policies/rewards/claims.ts";
import { leafOfWallet } from "../../policies/rewards/wallet-claims.ts";

/** Days after the last one of a contribution until a credential lapses. */
const GRACE_DAYS = 14;
const DAY_US = DAY;

interface Item {
  readonly tier: number;
  readonly epoch: number;
  readonly since: number;
  readonly status: "held" | "punished" | "moved";
}

interface Root {
  readonly epoch: number;
  readonly root: string;
  readonly cap: bigint;
}

export interface Escrow {
  readonly price: bigint;
  readonly bond: bigint;
  readonly client: Wallet;
  readonly worker: Wallet;
  /** Hash of the result that the worker submitted. */
  readonly result: string;
}

/** Whether the contract took a message; `early`: it will, later. */
export type Taken = "taken" | "early" | "refused";

export interface DistributorRules {
  readonly genesisUs: number;
  readonly epochUs: number;
  /** From a publication until the root is in force. */
  readonly delayUs: number;
  /** Most by which one epoch raises the cap; runs are shorter than the time until it halves. */
  readonly emission: bigint;
}

/** Of a price, what is the pool's: a fifth, rounded down. */
const POOL_PART = 5n;

export class Contracts {
  /** Nano-PINGO by wallet, paid by the distributor or an escrow. */
  readonly balances = new Map<Wallet, bigint>();
  pool = 0n;
  /** Roots that were published. */
  publishedRoots = 0;
  /** Paid under all roots. */
  paid = 0n;
  active: Root = { epoch: 0, root: "0".repeat(64), cap: 0n };
  pending: (Root & { readonly sinceUs: number }) | undefined;
  private readonly rules: DistributorRules;
  private readonly items = new Map<Wallet, Item>();
  private readonly records = new Map<Wallet, bigint>();
  private readonly escrows = new Map<Wallet, Escrow & { isDone: boolean }>();

  constructor(rules: DistributorRules) {
    this.rules = rules;
  }

  /** Makes the credential or renews it; an older day changes nothing, as does one that ended. */
  grant(wallet: Wallet, { tier, epoch }: { readonly tier: number; readonly epoch: number }): void {
    const item = this.items.get(wallet);
    if (item !== undefined && (item.status !== "held" || epoch <= item.epoch)) return;
    this.items.set(wallet, { tier, epoch, since: item?.since ?? epoch, status: "held" });
  }

  /** Ends the credential of one wallet and gives its history to another. */
  move(from: Wallet, to: Wallet): void {
    const item = this.items.get(from);
    // a wallet is no heir of itself
    if (item?.status !== "held" || from === to) return;
    this.items.set(from, { ...item, status: "moved" });
    const heir = this.items.get(to);
    if (heir !== undefined && heir.status !== "held") return;
    const newer = heir !== undefined && heir.epoch >= item.epoch ? heir : item;
    const since = Math.min(item.since, heir?.since ?? item.since);
    this.items.set(to, { tier: newer.tier, epoch: newer.epoch, since, status: "held" });
  }

  /** False where there was nothing to end. */
  punish(wallet: Wallet): boolean {
    const item = this.items.get(wallet);
    if (item?.status !== "held") return false;
    this.items.set(wallet, { ...item, status: "punished" });
    return true;
  }

  credential(wallet: Wallet, atUs: number): CredentialShown {
    const item = this.items.get(wallet);
    if (item === undefined) {
      return { type: "CredentialShown", state: "none", tier: 0, epoch: 0, untilUs: 0 };
    }
    const { tier, epoch, status } = item;
    const untilUs = (epoch + 1 + GRACE_DAYS) * DAY_US;
    const state = status !== "held" ? "revoked" : atUs < untilUs ? "valid" : "lapsed";
    return { type: "CredentialShown", state, tier, epoch, untilUs };
  }

  /** The newest epoch that has ended. */
  endedEpoch(atUs: number): number {
    return Math.floor((atUs - this.rules.genesisUs) / this.rules.epochUs);
  }

  publish(next: Root, atUs: number): Taken {
    const { pending, rules } = this;
    if (pending !== undefined && atUs < pending.sinceUs + rules.delayUs) return "early";
    const active = pending ?? this.active;
    if (next.epoch <= active.epoch || next.epoch > this.endedEpoch(atUs)) return "early";
    const raised = next.cap - active.cap;
    if (raised < 0n) return "refused";
    // each epoch that ends allows more
    if (raised > rules.emission * BigInt(next.epoch - active.epoch)) return "early";
    this.active = active;
    this.pending = { ...next, sinceUs: atUs };
    this.publishedRoots += 1;
    return "taken";
  }

  /** Anybody may put a root in force when its delay is over. */
  activate(atUs: number): boolean {
    const { pending, rules } = this;
    if (pending === undefined || atUs < pending.sinceUs + rules.delayUs) return false;
    this.active = pending;
    this.pending = undefined;
    return true;
  }

  /** A root whose delay is over is in force, whether or not somebody has said so. */
  rewards(atUs: number): RewardsShown {
    const { paid, rules } = this;
    const isRipe = this.pending !== undefined && atUs >= this.pending.sinceUs + rules.delayUs;
    const active = (isRipe ? this.pending : undefined) ?? this.active;
    const pending = isRipe ? undefined : this.pending;
    return {
      type: "RewardsShown",
      epoch: active.epoch === 0 ? -1 : active.epoch,
      root: active.epoch === 0 ? "" : active.root,
      cap: nanoPingo(active.cap),
      paid: nanoPingo(paid),
      pendingEpoch: pending?.epoch ?? -1,
      claimableUs: pending === undefined ? 0 : pending.sinceUs + rules.delayUs,
    };
  }

  /** Pays what is new in the claim; what it paid, 0n where it refused or nothing was new. */
  claim(wallet: Wallet, cumulative: bigint, proof: ReadonlyArray<Neighbour>): bigint {
    const { active } = this;
    const root = Uint8Array.from(active.root.match(/../g) ?? [], (byte) =>
      Number.parseInt(byte, 16),
    );
    if (!isUnder(root, leafOfWallet({ wallet, cumulative }), proof)) return 0n;
    const due = cumulative - (this.records.get(wallet) ?? 0n);
    if (due <= 0n || this.paid + due > active.cap) return 0n;
    this.records.set(wallet, cumulative);
    this.paid += due;
    this.pay(wallet, due);
    return due;
  }

  /** What one wallet was paid by the distributor. */
  claimed(wallet: Wallet): bigint {
    return this.records.get(wallet) ?? 0n;
  }

  /** An escrow whose price and bond are there and whose worker has submitted a result. */
  submitted(at: Wallet, escrow: Escrow): void {
    this.escrows.set(at, { ...escrow, isDone: false });
  }

  /** Its judging time never ends: what deadlines do is tried on the contract. */
  escrow(at: Wallet): EscrowShown {
    const known = this.escrows.get(at);
    const { client = "", worker = "", result = "", price = 0n, bond = 0n } = known ?? {};
    const isOpen = known?.isDone === false;
    return {
      type: "EscrowShown",
      state: known === undefined ? "absent" : isOpen ? "submitted" : "done",
      client,
      worker,
      price: nanoPingo(price),
      bond: nanoPingo(bond),
      demand: "",
      result,
      leftUs: isOpen ? DAY : 0,
      judgeUs: known === undefined ? 0 : DAY,
      threshold: 1,
      ours: 1,
    };
  }

  /** Pays once; an escrow that is over takes no verdict, one that is not there takes none yet. */
  settle(at: Wallet, result: string, verdict: "good" | "wrong"): Taken {
    const escrow = this.escrows.get(at);
    if (escrow === undefined) return "early";
    if (escrow.isDone || escrow.result !== result) return "refused";
    escrow.isDone = true;
    const { price, bond, client, worker } = escrow;
    if (verdict === "good") {
      const part = price / POOL_PART;
      this.pool += part;
      this.pay(worker, price - part + bond);
    } else {
      this.pool += bond;
      this.pay(client, price);
    }
    return "taken";
  }

  private pay(wallet: Wallet, amount: bigint): void {
    this.balances.set(wallet, (this.balances.get(wallet) ?? 0n) + amount);
  }
}
