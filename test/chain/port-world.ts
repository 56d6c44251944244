/**
 * A chain with PinGo's contracts on it, the network's wallet as their publisher, and owners with
 * wallets of their own: what the live port is tried on.
 */
import { Address, Cell, toNano } from "@ton/core";
import { NOW } from "../../contracts/tests/chain.ts";
import { openWorld } from "../../contracts/tests/issuers.ts";
import {
  DISTRIBUTION_VALUE,
  distributorTerms,
  EPOCH,
  openToken,
  vestingTerms,
} from "../../contracts/tests/token.ts";
import { ChainPort, type ChainPortParts } from "../../src/adapters/ton/chain-port.ts";
import { keyOfSeed, walletOf } from "../../src/adapters/ton/keys.ts";
import { type SenderPace, WalletSender } from "../../src/adapters/ton/sender.ts";
import type { ChainTransport } from "../../src/adapters/ton/transport.ts";
import { Distributor, distributorSetupCell } from "../../src/adapters/ton/wrappers/distributor.ts";
import { SUPPLY } from "../../src/adapters/ton/wrappers/jetton.ts";
import { vestingTermsCell } from "../../src/adapters/ton/wrappers/vesting.ts";
import type { Voucher, Wallet } from "../../src/kernel/ports/chain.ts";
import type { Journal } from "../../src/live/journal.ts";
import { MemoryJournal } from "./memory-journal.ts";
import { SandboxChain } from "./sandbox-chain.ts";

export { EPOCH, NOW };
export const EMISSION = 769_000n * 1_000_000_000n;
const percent = (of: bigint) => (SUPPLY * of) / 100n;
const keyNumbered = (n: number) => keyOfSeed(Buffer.alloc(32, n));
/** The keys that contracts/tests/issuers.ts gives the collection. */
const issuers = [1, 2, 3].map(keyNumbered);
const operator = keyNumbered(40);
export const OPERATOR = walletOf(operator, "local").address;
const pace: SenderPace = { pollMs: 0, settleMs: 0, polls: 6 };
const atOnce = () => Promise.resolve();

export interface Opening {
  readonly over?: ChainTransport;
  readonly journal?: Journal;
  readonly change?: Partial<ChainPortParts>;
}

type Places = Pick<ChainPortParts, "collection" | "distributors" | "minter" | "pool">;

export class PortWorld {
  readonly chain: SandboxChain;
  /** What the network's wallet has sent; another port may go on with it. */
  journal = new MemoryJournal();
  private readonly parts: Places;
  private readonly start: ReturnType<SandboxChain["mark"]>;

  private constructor(chain: SandboxChain, parts: Places) {
    this.chain = chain;
    this.parts = parts;
    this.start = chain.mark();
  }

  /** With two distributors each pays half of the owners. */
  static async open(distributed: "one" | "two" = "two"): Promise<PortWorld> {
    const token = await openToken();
    const count = distributed === "one" ? 1n : 2n;
    const terms = distributorTerms(token, { publisher: OPERATOR, emission: EMISSION / count });
    const setups = Array.from({ length: Number(count) }, (_, prefix) =>
      distributorSetupCell(terms, { bits: Number(count) - 1, prefix }),
    );
    const community = setups.map((setup) => ({
      kind: "community" as const,
      amount: percent(85n) / count,
      terms: setup,
    }));
    const side = (share: bigint, beneficiary: typeof token.creator) => ({
      kind: "team" as const,
      amount: percent(share),
      terms: vestingTermsCell(vestingTerms(token, { beneficiary: beneficiary.address })),
    });
    await token.minter.sendDistribute(token.creator.getSender(), {
      value: DISTRIBUTION_VALUE,
      allocations: [...community, side(9n, token.alice), side(6n, token.bob)],
    });
    const { collection } = await openWorld("old", {}, token.chain);
    const chain = SandboxChain.over(token.chain);
    const { distributorCode: code, recordCode } = token;
    const { address: minter } = token.minter;
    const distributors = setups.map(
      (setup) => Distributor.of({ minter, setup, code, recordCode }).address,
    );
    await chain.give(OPERATOR, toNano("20"));
    for (const n of [0, 1, 2]) await chain.give(ownerWallet(n).address, toNano("5"));
    const places = { collection: collection.address, distributors, minter, pool: OPERATOR };
    return new PortWorld(chain, places);
  }

  /** On a chain of which only escrows matter. */
  static bare(chain: SandboxChain, { minter, pool }: Pick<Places, "minter" | "pool">): PortWorld {
    return new PortWorld(chain, { collection: OPERATOR, distributors: [], minter, pool });
  }

  async fresh(): Promise<void> {
    await this.start.back();
    this.journal = new MemoryJournal();
  }

  get collection() {
    return this.parts.collection;
  }

  get distributors() {
    return this.parts.distributors;
  }

  /** The port of a process that has just started. */
  async port({ over, journal, change }: Opening = {}): Promise<ChainPort> {
    const chain = over ?? this.chain;
    const sender = await WalletSender.open({
      chain,
      network: "local",
      key: operator,
      journal: journal ?? this.journal.again(),
      pace,
      wait: atOnce,
    });
    return new ChainPort({
      chain,
      sender,
      pace,
      wait: atOnce,
      issuers,
      verifiers: issuers,
      ...this.parts,
      ...change,
    });
  }

  wallet(n: number): Wallet {
    return ownerWallet(n).address.toRawString() as Wallet;
  }

  /** The owner's wallet sends what the voucher says. */
  async present(n: number, voucher: Voucher): Promise<void> {
    const { chain } = this;
    const journal = new MemoryJournal();
    const key = ownerKey(n);
    const wait = atOnce;
    const sender = await WalletSender.open({ chain, network: "local", key, journal, pace, wait });
    const body = Cell.fromBase64(voucher.body);
    const to = Address.parse(voucher.to);
    await sender.send("voucher", [{ to, value: voucher.value, body }]);
  }

  nowSeconds(): number {
    return this.chain.blockchain.now ?? NOW;
  }

  pass(seconds: number): void {
    this.chain.wait(seconds);
  }
}

const ownerKey = (n: number) => keyNumbered(50 + n);
const ownerWallet = (n: number) => walletOf(ownerKey(n), "local");
