/**
 * Every transaction of a local chain, on disk: a chain may run for years and its memory must not
 * grow with what has happened. Transactions have numbers without gaps; each names the one before
 * it on the same account, so an account's history is walked from its newest backwards.
 *
 * What is here follows from the chain's log by replay. It is made durable before a snapshot stands
 * for it; what lies behind the snapshot's lengths is written again.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { LocalChainError } from "./local-chain-error.ts";

/** Bytes of a transaction (6: where, 4: how long, 6: the one before on its account). */
const TRANSACTION = 16;
/** Bytes of a block (6: first transaction, 4: how many, 6: time). */
const BLOCK = 16;

export interface NewTransaction {
  /** Number of the transaction before it on its account, 0 for none. */
  readonly before: number;
  readonly boc: Uint8Array;
}

export interface BlockRow {
  readonly seqno: number;
  /** Number of its first transaction; blocks without any have that of the next. */
  readonly first: number;
  readonly count: number;
  /** Unix time in seconds. */
  readonly time: number;
}

/** How much of the files counts. */
export interface Lengths {
  readonly blocks: number;
  readonly transactions: number;
  readonly bytes: number;
}

export class TransactionFiles {
  private readonly data: number;
  private readonly index: number;
  private readonly blocks: number;
  private has: Lengths;
  private staged: Lengths;

  /** Opens what is there and forgets all that lies behind `lengths`. */
  constructor(folder: string, lengths: Lengths) {
    mkdirSync(folder, { recursive: true });
    const opened = (name: string, bytes: number) => cut(join(folder, name), bytes);
    this.data = opened("transactions.dat", lengths.bytes);
    this.index = opened("transactions.idx", lengths.transactions * TRANSACTION);
    this.blocks = opened("blocks.idx", lengths.blocks * BLOCK);
    this.has = lengths;
    this.staged = lengths;
  }

  get lengths(): Lengths {
    return this.has;
  }

  /** Writes the next block; it counts once {@link commit} is called, else is written over. */
  stage(time: number, transactions: ReadonlyArray<NewTransaction>): void {
    const { blocks, transactions: known, bytes } = this.has;
    const rows = Buffer.alloc(transactions.length * TRANSACTION);
    let end = bytes;
    for (const [i, { before, boc }] of transactions.entries()) {
      rows.writeUIntBE(end, i * TRANSACTION, 6);
      rows.writeUInt32BE(boc.length, i * TRANSACTION + 6);
      rows.writeUIntBE(before, i * TRANSACTION + 10, 6);
      end += boc.length;
    }
    const block = Buffer.alloc(BLOCK);
    block.writeUIntBE(known + 1, 0, 6);
    block.writeUInt32BE(transactions.length, 6);
    block.writeUIntBE(time, 10, 6);
    write(this.data, Buffer.concat(transactions.map(({ boc }) => boc)), bytes);
    write(this.index, rows, known * TRANSACTION);
    write(this.blocks, block, blocks * BLOCK);
    const count = known + transactions.length;
    this.staged = { blocks: blocks + 1, transactions: count, bytes: end };
  }

  commit(): void {
    this.has = this.staged;
  }

  /** The transaction of that number as a bag of cells, and the one before it on its account. */
  transaction(number: number): NewTransaction | undefined {
    if (number < 1 || number > this.has.transactions) return undefined;
    const row = read(this.index, (number - 1) * TRANSACTION, TRANSACTION);
    const boc = read(this.data, row.readUIntBE(0, 6), row.readUInt32BE(6));
    return { before: row.readUIntBE(10, 6), boc };
  }

  block(seqno: number): BlockRow | undefined {
    if (seqno < 1 || seqno > this.has.blocks) return undefined;
    const row = read(this.blocks, (seqno - 1) * BLOCK, BLOCK);
    const [first, count, time] = [row.readUIntBE(0, 6), row.readUInt32BE(6), row.readUIntBE(10, 6)];
    return { seqno, first, count, time };
  }

  /** The block that holds a transaction. */
  blockOf(number: number): BlockRow | undefined {
    let [low, high] = [1, this.has.blocks];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.block(middle)?.first ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    const found = this.block(low);
    if (found === undefined || number < found.first) return undefined;
    return number < found.first + found.count ? found : undefined;
  }

  /** What counts is on the disk when it returns. */
  sync(): void {
    for (const file of [this.data, this.index, this.blocks]) fsyncSync(file);
  }

  close(): void {
    for (const file of [this.data, this.index, this.blocks]) closeSync(file);
  }
}

function cut(path: string, bytes: number): number {
  const file = openSync(path, openFlags(path));
  const { size } = fstatSync(file);
  if (size < bytes) {
    closeSync(file);
    const words = `${path} is damaged: it has ${size} bytes and should have ${bytes}`;
    throw new LocalChainError("corrupt", `${words}; restore the folder from a copy`);
  }
  ftruncateSync(file, bytes);
  return file;
}

/** Never empties what is there. */
function openFlags(path: string): string {
  closeSync(openSync(path, "a"));
  return "r+";
}

/** Behind what counts: when the disk is full, nothing has happened. */
function write(file: number, bytes: Uint8Array, at: number): void {
  try {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file, bytes, done, bytes.length - done, at + done);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const words = `the chain's history cannot be written: ${code ?? "the system refuses"}`;
    throw new LocalChainError("refused", `${words}; free some space and send it again`);
  }
}

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const count = readSync(file, bytes, done, length - done, at + done);
    if (count === 0) throw new LocalChainError("corrupt", "the chain's files were cut off");
    done += count;
  }
  return bytes;
}
