/**
 * A chain in this process behind the transport that every network has: the real virtual machine,
 * with a history, and what can go wrong with a chain: lost answers, lies, reorganisations.
 */
import {
  type Address,
  Cell,
  loadMessage,
  type Transaction,
  type TupleItem,
  TupleReader,
} from "@ton/core";
import type { Blockchain } from "@ton/sandbox";
import { openChain } from "../../contracts/tests/chain.ts";
import { ChainFault } from "../../src/adapters/ton/chain-fault.ts";
import { placeOf } from "../../src/adapters/ton/history.ts";
import type { AccountSeen, ChainTransport, Place } from "../../src/adapters/ton/transport.ts";

export class SandboxChain implements ChainTransport {
  readonly blockchain: Blockchain;
  private history: ReadonlyMap<string, ReadonlyArray<Transaction>> = new Map();
  /** External messages that were taken. */
  taken = 0;

  private constructor(blockchain: Blockchain) {
    this.blockchain = blockchain;
  }

  static async open(): Promise<SandboxChain> {
    return new SandboxChain(await openChain());
  }

  /** What others did on it before is not in its history. */
  static over(blockchain: Blockchain): SandboxChain {
    return new SandboxChain(blockchain);
  }

  /** Coins from nowhere. */
  async give(to: Address, value: bigint): Promise<void> {
    const rich = await this.blockchain.treasury("rich");
    const { transactions } = await rich.send({ to, value, bounce: false });
    this.keep(transactions);
  }

  async sendBoc(boc: Buffer): Promise<void> {
    const message = loadMessage(Cell.fromBoc(boc)[0]!.beginParse());
    try {
      const { transactions } = await this.blockchain.sendMessage(message);
      this.keep(transactions);
      this.taken += 1;
    } catch (cause) {
      throw new ChainFault("refused", "the wallet does not take the message", { cause });
    }
  }

  async runGetMethod(
    address: Address,
    method: string,
    args: ReadonlyArray<TupleItem>,
  ): Promise<TupleReader> {
    try {
      const { stack } = await this.blockchain.runGetMethod(address, method, [...args]);
      return new TupleReader(stack);
    } catch (cause) {
      throw new ChainFault("refused", `${method} does not answer`, { cause });
    }
  }

  async getAddressInformation(address: Address): Promise<AccountSeen> {
    const { accountState, balance } = await this.blockchain.getContract(address);
    const active = accountState?.type === "active" ? accountState.state : undefined;
    const last = this.history.get(address.toRawString())?.at(-1);
    return {
      balance,
      state: active === undefined ? "uninitialized" : "active",
      code: active?.code?.toBoc() ?? null,
      data: active?.data?.toBoc() ?? null,
      last: last === undefined ? undefined : placeOf(last),
      seconds: this.blockchain.now!,
    };
  }

  getTransactions(
    address: Address,
    { limit, from }: { readonly limit: number; readonly from?: Place },
  ): Promise<ReadonlyArray<Transaction>> {
    const all = this.history.get(address.toRawString()) ?? [];
    const upTo = from === undefined ? all : all.filter(({ lt }) => lt <= from.lt);
    return Promise.resolve(upTo.slice(-limit).reverse());
  }

  /** What the chain is now; `back` makes it forget all that came later. */
  mark(): { readonly back: () => Promise<void> } {
    const state = this.blockchain.snapshot();
    const { history } = this;
    const { now } = this.blockchain;
    return {
      back: async () => {
        await this.blockchain.loadFrom(state);
        this.blockchain.now = now;
        this.history = history;
      },
    };
  }

  wait(seconds: number): void {
    this.blockchain.now = this.blockchain.now! + seconds;
  }

  private keep(transactions: ReadonlyArray<Transaction>): void {
    const history = new Map(this.history);
    for (const transaction of transactions) {
      const key = `0:${transaction.address.toString(16).padStart(64, "0")}`;
      history.set(key, [...(history.get(key) ?? []), transaction]);
    }
    this.history = history;
  }
}
