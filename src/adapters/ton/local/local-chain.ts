/**
 * A whole chain in one process: TON's virtual machine, accounts in memory, history on disk. What
 * is accepted is in the log before anybody is told, so a process killed at any moment loses only
 * what it had acknowledged to nobody. One external message makes one block: everything that it sets
 * off is in it, done or not accepted as a whole.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  Address,
  beginCell,
  Cell,
  loadMessage,
  loadShardAccount,
  type Message,
  type ShardAccount,
  storeMessage,
  type TupleItem,
} from "@ton/core";
import type { Journal } from "../../../live/journal.ts";
import {
  type Account,
  ADVICE,
  type ChainRecord,
  type ChainSnapshot,
  parseRecord,
  parseSnapshot,
} from "./chain-log.ts";
import { LocalChainError } from "./local-chain-error.ts";
import { demandWorkchain, emptyAccount, externalOf, giftTo, refused } from "./outside-messages.ts";
import { type BlockRow, type NewTransaction, TransactionFiles } from "./transaction-files.ts";
import { messagesOf } from "./transaction-messages.ts";
import { type Answer, startConfig, VirtualMachine } from "./virtual-machine.ts";

export interface LocalChainParts {
  /** Where transactions are kept. */
  readonly folder: string;
  /** Holds the log and the newest snapshot; the chain closes it. */
  readonly journal: Journal;
  /** Unix time in seconds. */
  readonly clock?: () => number;
  /** Smaller ones in tests: what one message may set off, and what comes before a snapshot. */
  readonly limits?: { readonly block: number; readonly snapshot: number };
  /** Hears why a snapshot could not be written; the chain goes on without. */
  readonly say?: (line: string) => void;
}

/** Logical time between two transactions; messages that one sends have times in between. */
export const LT_STEP = 1_000_000n;
/**
 * Transactions in a block, since contracts that answer each other for ever would keep everybody
 * waiting; and between two snapshots, which are run again at the next start after a crash.
 */
const LIMITS = { block: 4_096, snapshot: 1_000 };
/** Where there are many accounts a snapshot takes longer, and comes more seldom. */
const ACCOUNTS_EACH = 4;
const MAX_TIME = 2 ** 32 - 1;

/** A transaction as it is found in the files. */
export interface Found extends NewTransaction {
  readonly number: number;
}

interface Draft {
  readonly now: number;
  readonly seqno: number;
  readonly transactions: Array<NewTransaction>;
  readonly changed: Map<string, Account>;
  hash: string;
}

export class LocalChain {
  /** Tells this chain from others. */
  readonly id: string;
  readonly folder: string;
  private readonly parts: LocalChainParts;
  /** The network's parameters, a bag of cells, base64. */
  readonly config: string;
  private readonly machine: VirtualMachine;
  private readonly files: TransactionFiles;
  private readonly accounts: Map<string, Account>;
  private length = 0;
  private snapshotAt = 0;
  private lastTime: number;
  private ahead: number;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(parts: LocalChainParts, start: ChainSnapshot, machine: VirtualMachine) {
    this.parts = parts;
    this.folder = parts.folder;
    this.id = start.id;
    this.config = start.config;
    this.machine = machine;
    this.files = new TransactionFiles(parts.folder, start.lengths);
    this.accounts = new Map(Object.entries(start.accounts));
    this.snapshotAt = start.lengths.transactions;
    this.lastTime = start.now;
    this.ahead = start.ahead;
  }

  /** Goes on where the folder left off; an empty one becomes a new chain. */
  static async open(parts: LocalChainParts): Promise<LocalChain> {
    const { journal, clock = wallClock } = parts;
    const snapshot = await journal.latest();
    const from = snapshot?.at ?? 0;
    const tail: ChainRecord[] = [];
    for await (const text of journal.read(from)) tail.push(parseRecord(text));
    let start: ChainSnapshot;
    if (snapshot !== undefined) start = parseSnapshot(snapshot.text);
    else {
      const first = tail[0] ?? (await born(clock()));
      if (tail.length === 0) await journal.append(0, [JSON.stringify(first)]);
      else tail.shift();
      start = emptyChain(first);
    }
    const chain = new LocalChain(parts, start, await VirtualMachine.load(start.config));
    chain.length = snapshot === undefined ? 1 : from;
    try {
      for (const record of tail) await chain.replay(record);
    } catch (error) {
      chain.files.close();
      throw error;
    }
    return chain;
  }

  /** Blocks so far. */
  get seqno(): number {
    return this.files.lengths.blocks;
  }

  get transactionCount(): number {
    return this.files.lengths.transactions;
  }

  get accountCount(): number {
    return this.accounts.size;
  }

  /** The chain's time in seconds; never goes back. */
  now(): number {
    const { clock = wallClock } = this.parts;
    return Math.max(this.lastTime, clock() + this.ahead);
  }

  /** Runs an external message and all that it sets off; durable when it resolves. */
  send(boc: Uint8Array): Promise<void> {
    return this.inTurn(async () => {
      const message = externalOf(boc);
      const draft = await this.run(message, this.now());
      await this.accept(draft, {
        type: "Sent",
        boc: Buffer.from(boc).toString("base64"),
        ...outcomeOf(draft),
      });
    });
  }

  /** New coins for an address, in nanogram: worth nothing anywhere else. */
  give(to: Address, amount: bigint): Promise<void> {
    return this.inTurn(async () => {
      const draft = await this.run(giftTo(to, amount), this.now());
      await this.accept(draft, {
        type: "Given",
        to: to.toRawString(),
        amount: `${amount}`,
        ...outcomeOf(draft),
      });
    });
  }

  /** Puts the chain's clock on; it goes on from there as the machine's does. */
  setTime(now: number): Promise<number> {
    return this.inTurn(async () => {
      if (!Number.isSafeInteger(now) || now > MAX_TIME) {
        throw refused(`the time is a whole number of seconds up to ${MAX_TIME}`);
      }
      if (now < this.now()) {
        throw refused(`a chain's time never goes back: it is ${this.now()} and would be ${now}`);
      }
      const { clock = wallClock } = this.parts;
      const ahead = now - clock();
      await this.append({ type: "TimeSet", now, ahead });
      this.lastTime = now;
      this.ahead = ahead;
      return now;
    });
  }

  /** The account; undefined where no transaction has touched it. */
  account(address: Address): { readonly shard: ShardAccount; readonly last: number } | undefined {
    const account = this.accounts.get(address.toRawString());
    if (account === undefined) return undefined;
    return { shard: loadShardAccount(Cell.fromBase64(account.boc).beginParse()), ...account };
  }

  transaction(number: number): Found | undefined {
    const found = this.files.transaction(number);
    return found === undefined ? undefined : { number, ...found };
  }

  block(seqno: number): BlockRow | undefined {
    return this.files.block(seqno);
  }

  blockOf(transaction: number): BlockRow | undefined {
    return this.files.blockOf(transaction);
  }

  /** Runs a get-method; undefined where there is no code to run. */
  async ask(
    address: Address,
    methodId: number,
    stack: Array<TupleItem>,
  ): Promise<Answer | undefined> {
    const account = this.account(address)?.shard.account;
    if (account?.storage.state.type !== "active") return undefined;
    const { code, data } = account.storage.state.state;
    return await this.machine.ask({
      address,
      code: code ?? Cell.EMPTY,
      data: data ?? Cell.EMPTY,
      balance: account.storage.balance.coins,
      methodId,
      stack,
      now: this.now(),
      seed: this.seed(this.seqno + 1),
    });
  }

  /** The transaction that an external message would make first; changes nothing. */
  async estimate(message: Message, ignoreSignature: boolean): Promise<Cell> {
    const { dest } = message.info;
    const to = demandWorkchain(dest as Address);
    const ran = await this.machine.run({
      account: this.accounts.get(to.toRawString())?.boc ?? emptyAccount(to),
      message: beginCell().store(storeMessage(message)).endCell(),
      lt: LT_STEP * BigInt(this.transactionCount + 1),
      now: this.now(),
      seed: this.seed(this.seqno + 1),
      ignoreSignature,
    });
    if (!("transaction" in ran)) throw notAccepted(ran.exitCode, ran.why);
    return ran.transaction;
  }

  /** Finishes what is under way and leaves a snapshot, so that the next start runs nothing. */
  async close(): Promise<void> {
    await this.turn;
    // without a snapshot the next start runs the log again: slower, and the same
    if (this.snapshotAt < this.transactionCount) await this.tidied();
    this.files.close();
    await this.parts.journal.close();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }

  /** All transactions of one message, as if they were accepted; nothing is changed yet. */
  private async run(first: Cell, now: number): Promise<Draft> {
    const { block } = this.parts.limits ?? LIMITS;
    const seqno = this.seqno + 1;
    const draft: Draft = { now, seqno, transactions: [], changed: new Map(), hash: "" };
    const seed = this.seed(seqno);
    const queue = [first];
    for (let at = 0; at < queue.length; at++) {
      if (at === block) {
        throw refused(`the message sets off more than ${block} transactions; send less with it`);
      }
      const message = queue[at] as Cell;
      const { dest } = loadMessage(message.beginParse()).info;
      if (!Address.isAddress(dest)) continue;
      const raw = demandWorkchain(dest).toRawString();
      const before = draft.changed.get(raw) ?? this.accounts.get(raw);
      const number = this.transactionCount + draft.transactions.length + 1;
      const ran = await this.machine.run({
        account: before?.boc ?? emptyAccount(dest),
        message,
        lt: LT_STEP * BigInt(number),
        now,
        seed,
      });
      if (!("transaction" in ran)) throw notAccepted(ran.exitCode, ran.why);
      draft.changed.set(raw, { boc: ran.account, last: number });
      draft.transactions.push({ before: before?.last ?? 0, boc: ran.transaction.toBoc() });
      draft.hash = ran.transaction.hash().toString("hex");
      queue.push(...messagesOf(ran.transaction).sent);
    }
    return draft;
  }

  /** Durable first, then true. */
  private async accept(draft: Draft, record: ChainRecord): Promise<void> {
    this.files.stage(draft.now, draft.transactions);
    await this.append(record);
    this.apply(draft);
    const { snapshot } = this.parts.limits ?? LIMITS;
    const due = Math.max(snapshot, Math.floor(this.accounts.size / ACCOUNTS_EACH));
    if (this.transactionCount - this.snapshotAt >= due) void this.inTurn(() => this.tidied());
  }

  private apply(draft: Draft): void {
    this.files.commit();
    for (const [raw, account] of draft.changed) this.accounts.set(raw, account);
    this.lastTime = draft.now;
  }

  private async append(record: ChainRecord): Promise<void> {
    this.length = await this.parts.journal.append(this.length, [JSON.stringify(record)]);
  }

  private async tidied(): Promise<void> {
    try {
      await this.snapshot();
    } catch (error) {
      // tried again after as many more
      this.snapshotAt = this.transactionCount;
      this.parts.say?.(`no snapshot of the chain: ${(error as Error).message}`);
    }
  }

  private async snapshot(): Promise<void> {
    this.files.sync();
    const snapshot: ChainSnapshot = {
      version: 1,
      id: this.id,
      config: this.config,
      now: this.lastTime,
      ahead: this.ahead,
      lengths: this.files.lengths,
      accounts: Object.fromEntries(this.accounts),
    };
    await this.parts.journal.compact({ at: this.length, text: JSON.stringify(snapshot) });
    this.snapshotAt = this.transactionCount;
  }

  private async replay(record: ChainRecord): Promise<void> {
    if (record.type === "TimeSet") {
      this.lastTime = record.now;
      this.ahead = record.ahead;
    } else if (record.type !== "Born") {
      const first =
        record.type === "Sent"
          ? externalOf(Buffer.from(record.boc, "base64"))
          : giftTo(Address.parse(record.to), BigInt(record.amount));
      const draft = await this.run(first, record.now);
      if (draft.hash !== record.hash) {
        const words = `block ${draft.seqno} comes out otherwise than when it was made`;
        throw new LocalChainError("corrupt", `${words}; ${ADVICE}`);
      }
      this.files.stage(draft.now, draft.transactions);
      this.apply(draft);
    }
    this.length++;
  }

  /** Contracts draw from it; the same whenever the block is run. */
  private seed(seqno: number): Buffer {
    return createHash("sha256").update(`${this.id} ${seqno}`).digest();
  }
}

function wallClock(): number {
  return Math.floor(Date.now() / 1_000);
}

async function born(now: number): Promise<ChainRecord> {
  return { type: "Born", now, id: randomUUID(), config: await startConfig() };
}

function emptyChain(first: ChainRecord): ChainSnapshot {
  if (first.type !== "Born") {
    throw new LocalChainError(
      "corrupt",
      `the chain's log does not begin with its birth; ${ADVICE}`,
    );
  }
  const { id, config, now } = first;
  const lengths = { blocks: 0, transactions: 0, bytes: 0 };
  return { version: 1, id, config, now, ahead: 0, lengths, accounts: {} };
}

function outcomeOf({ now, transactions, hash }: Draft) {
  return { now, count: transactions.length, hash };
}

function notAccepted(exitCode: number | undefined, why: string): LocalChainError {
  if (exitCode === undefined) return refused(`the message cannot be run: ${why}`);
  const words = `its contract did not accept the message, exitcode=${exitCode}`;
  const advice = "look at its seqno, its validity and its signature";
  return new LocalChainError("unaccepted", `${words}; ${advice}`);
}
