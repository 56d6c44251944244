/**
 * Sends what a wallet pays for exactly once. The wallet takes each number once, so two messages
 * with one number can never both be taken: a message is written down, then sent, and sent again
 * with the same number for as long as nobody has used that number up. Only when the wallet's own
 * history shows whose message did is a key done, or signed for under the next number. No answer
 * that fails to come, and no clock, ever leads to a second number.
 */
import {
  type Address,
  beginCell,
  Cell,
  external,
  internal,
  loadMessage,
  type MessageRelaxed,
  SendMode,
  type StateInit,
  storeMessage,
  type Transaction,
} from "@ton/core";
import type { WalletContractV5R1 } from "@ton/ton";
import type { Journal } from "../../live/journal.ts";
import { walletText } from "./addresses.ts";
import { ChainFault } from "./chain-fault.ts";
import { historyOf } from "./history.ts";
import { type TonKey, walletOf } from "./keys.ts";
import type { ChainNetwork } from "./networks.ts";
import { SendJournal, type Sent, type Signed } from "./send-journal.ts";
import type { ChainTransport } from "./transport.ts";

export interface Outgoing {
  readonly to: Address;
  /** Nano; the wallet pays the fees besides. */
  readonly value: bigint;
  readonly body?: Cell;
  readonly init?: StateInit;
  /** False for coins that stay where no contract is yet; else they come back from there. */
  readonly bounce?: boolean;
}

export interface SenderParts {
  readonly chain: ChainTransport;
  readonly network: ChainNetwork;
  readonly key: TonKey;
  /** Of this wallet alone, and open in one process at a time. */
  readonly journal: Journal;
  readonly pace: SenderPace;
  readonly wait?: (ms: number) => Promise<void>;
}

export interface SenderPace {
  /** Between two looks at the wallet. */
  readonly pollMs: number;
  /** A transaction is believed when it is still there after so long. */
  readonly settleMs: number;
  /** Looks before the caller is told that it takes longer. */
  readonly polls: number;
}

/** A local chain is at once what it is; public networks answer from servers that lag apart. */
export function paceOf(network: ChainNetwork): SenderPace {
  return network === "local"
    ? { pollMs: 200, settleMs: 0, polls: 50 }
    : { pollMs: 2_000, settleMs: 4_000, polls: 60 };
}

const VALID_S = 180;
/** Looks in vain, one after the other, at an endpoint that is away: each tries for seconds. */
const AWAY_LOOKS = 4;
/** The wallet's own fees and, for the first message, its deployment: far above what they are. */
const WALLET_FEES = 20_000_000n;
const FEES_A_MESSAGE = 5_000_000n;
const MOST_MESSAGES = 255;
const EXTERNAL_OP = 0x7369676e;
const SIGNATURE_BITS = 512;
const HEADER_BITS = 128;

interface WalletSeen {
  readonly seqno: number;
  readonly isDeployed: boolean;
  readonly balance: bigint;
  readonly seconds: number;
}

interface Wanted {
  readonly key: string;
  readonly messages: ReadonlyArray<Outgoing>;
}

interface Counted {
  readonly key: string;
  /** Messages that the key has in all. */
  readonly count: number;
}

export class WalletSender {
  private readonly parts: SenderParts;
  private readonly journal: SendJournal;
  private readonly wallet: WalletContractV5R1;
  private turn: Promise<unknown> = Promise.resolve();
  /** What the network last said against a message of ours. */
  private objection = "";

  private constructor(parts: SenderParts, journal: SendJournal) {
    this.parts = parts;
    this.journal = journal;
    this.wallet = walletOf(parts.key, parts.network);
  }

  static async open(parts: SenderParts): Promise<WalletSender> {
    const wallet = walletOf(parts.key, parts.network);
    return new WalletSender(
      parts,
      await SendJournal.open(parts.journal, wallet.address.toRawString()),
    );
  }

  get address(): Address {
    return this.wallet.address;
  }

  /**
   * Resolves when all of the key's messages have left the wallet for good. Asked again for a key,
   * whatever happened in between, it goes on or says what was. The messages of a key never change.
   */
  send(key: string, messages: ReadonlyArray<Outgoing>): Promise<Sent> {
    if (messages.length === 0 || messages.length > MOST_MESSAGES) {
      return Promise.reject(new RangeError("one key sends between 1 and 255 messages"));
    }
    return this.inTurn(() => this.untilSent({ key, messages }));
  }

  /** What is known of a key without asking the chain. */
  sent(key: string): Sent | undefined {
    return this.journal.entry(key)?.sent;
  }

  /** Keys that were signed for and are not done, oldest first. */
  keys(): ReadonlyArray<string> {
    return this.journal.keys();
  }

  /**
   * Goes on with what was signed for a key and signs nothing new. Undefined when none of it can be
   * taken any more.
   */
  finish(key: string): Promise<Sent | undefined> {
    return this.inTurn(async () => {
      const { signed = [], departed = [] } = this.journal.entry(key) ?? {};
      const count = departed.length + (signed.at(-1)?.holds.length ?? 0);
      const isOver = () => (this.journal.entry(key)?.signed.length ?? 0) === 0;
      await this.until(isOver, (seen) => this.goOn({ key, count }, seen));
      return this.sent(key);
    });
  }

  /** Forgets a key of which nothing is under way; nobody will ask for it again. */
  done(key: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.journal.entry(key)?.signed.length === 0) await this.journal.done(key);
    });
  }

  /** Lets a key be sent anew; only for one that was sent and provably had no effect. */
  reopen(key: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.sent(key) !== undefined) await this.journal.reopened(key);
    });
  }

  /**
   * Has the next `send` of a key look for its transaction once more, since what it caused is not to
   * be found: the chain may have forgotten it, and then the same message goes out again.
   */
  doubt(key: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.sent(key) !== undefined) await this.journal.doubted(key);
    });
  }

  close(): Promise<void> {
    return this.inTurn(() => this.journal.close());
  }

  /** One after the other: the next message's number is known when the last was taken. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }

  private async untilSent(wanted: Wanted): Promise<Sent> {
    const { key, messages } = wanted;
    const isSent = () => this.sent(key) !== undefined;
    await this.until(isSent, async (seen) => {
      if (await this.goOn({ key, count: messages.length }, seen)) return;
      if (seen.seqno > this.journal.lastSeqno) await this.sign(wanted, seen);
      else throw this.fewer(seen);
    });
    return this.sent(key) as Sent;
  }

  /** Looks at the wallet, does the one thing that follows from it, and looks again until it is. */
  private async until(
    isSo: () => boolean,
    step: (seen: WalletSeen) => Promise<unknown>,
  ): Promise<void> {
    const { polls, pollMs } = this.parts.pace;
    this.objection = "";
    let fault: ChainFault | undefined;
    let away = 0;
    for (let poll = 0; poll < polls; poll++) {
      if (isSo()) return;
      if (poll > 0) await this.wait(pollMs);
      try {
        await step(await this.look());
        [fault, away] = [undefined, 0];
      } catch (error) {
        if (!isPassing(error)) throw error;
        fault = error;
        if (error.kind === "down" && ++away === AWAY_LOOKS) break;
      }
    }
    if (!isSo()) throw fault ?? this.late();
  }

  private late(): ChainFault {
    const seconds = Math.round((this.parts.pace.polls * this.parts.pace.pollMs) / 1_000);
    const said = this.objection === "" ? "" : ` (the endpoint said: ${this.objection})`;
    return new ChainFault(
      "down",
      `The network has not taken the wallet's message for ${seconds} seconds${said}; it is not ` +
        "sent under a second number: ask again later.",
    );
  }

  /** Sends what waits for its turn, or finds out what became of it; false: nothing is under way. */
  private async goOn({ key, count }: Counted, seen: WalletSeen): Promise<boolean> {
    const waiting = this.journal.at(seen.seqno);
    const signed = this.journal.entry(key)?.signed ?? [];
    const last = signed.at(-1);
    if (waiting !== undefined) await this.push(waiting, seen);
    else if (last === undefined) return false;
    else if (seen.seqno > last.seqno) await this.judge({ key, count }, signed, last);
    else throw this.fewer(seen);
    return true;
  }

  private fewer({ seqno }: WalletSeen): ChainFault {
    return new ChainFault(
      "lying",
      `The endpoint counts ${seqno} messages of wallet ${this.text()}, fewer than it showed ` +
        "before: nothing was sent; ask another endpoint if it stays so.",
    );
  }

  private async look(): Promise<WalletSeen> {
    const { chain } = this.parts;
    const account = await chain.getAddressInformation(this.address);
    const isDeployed = account.state === "active";
    const seqno = isDeployed
      ? (await chain.runGetMethod(this.address, "seqno", [])).readNumber()
      : 0;
    return { seqno, isDeployed, balance: account.balance, seconds: account.seconds };
  }

  private async sign({ key, messages }: Wanted, seen: WalletSeen): Promise<void> {
    const done = new Set(this.journal.entry(key)?.departed.map(([place]) => place));
    const open = messages.filter((_, place) => !done.has(place));
    const all = messages.map(({ to, body }, place) => ({ place, name: nameOf(to, body) }));
    const holds = all.filter(({ place }) => !done.has(place));
    this.assertFunded(open, seen);
    const validUntil = seen.seconds + VALID_S;
    const body = await this.wallet.createTransfer({
      seqno: seen.seqno,
      timeout: validUntil,
      sendMode: SendMode.PAY_GAS_SEPARATELY + SendMode.IGNORE_ERRORS,
      messages: open.map(relaxed),
      signer: (cell) => Promise.resolve(this.parts.key.sign(cell.hash())),
    });
    await this.write({ key, seqno: seen.seqno, validUntil, body, holds }, seen);
  }

  private assertFunded(open: ReadonlyArray<Outgoing>, seen: WalletSeen): void {
    const value = open.reduce((sum, each) => sum + each.value, 0n);
    const needed = value + WALLET_FEES + BigInt(open.length) * FEES_A_MESSAGE;
    if (seen.balance >= needed) return;
    throw new ChainFault(
      "unfunded",
      `The wallet ${this.text()} has ${inCoins(seen.balance)} and needs ${inCoins(needed)}: ` +
        `send it ${inCoins(needed - seen.balance)} more.`,
    );
  }

  /** Sends once more what nobody knows the fate of; under the same number, at most one is taken. */
  private async push(waiting: Signed, seen: WalletSeen): Promise<void> {
    if (seen.seconds < waiting.validUntil) return this.post(Buffer.from(waiting.boc, "base64"));
    const validUntil = seen.seconds + VALID_S;
    const body = renewed(bodyOf(waiting), validUntil, this.parts.key);
    const { key, seqno, holds } = waiting;
    await this.write({ key, seqno, validUntil, body, holds }, seen);
  }

  /** Written down, then sent. */
  private async write(
    message: Omit<Signed, "hash" | "boc"> & { readonly body: Cell },
    seen: WalletSeen,
  ): Promise<void> {
    const { body, ...rest } = message;
    const init = seen.isDeployed ? {} : { init: this.wallet.init };
    const whole = external({ to: this.address, body, ...init });
    const boc = beginCell().store(storeMessage(whole)).endCell().toBoc();
    const hash = normalisedHash(this.address, body);
    await this.journal.signed({ ...rest, hash, boc: boc.toString("base64") });
    await this.post(boc);
  }

  private async post(boc: Buffer): Promise<void> {
    try {
      await this.parts.chain.sendBoc(boc);
    } catch (error) {
      // it may have been taken none the less, or an earlier one was: the next look tells
      if (!(error instanceof ChainFault)) throw error;
      this.objection = error.message;
    }
  }

  /** The number is used up: by ours, or by another message of this wallet. */
  private async judge(
    { key, count }: Counted,
    signed: ReadonlyArray<Signed>,
    last: Signed,
  ): Promise<void> {
    const spender = await this.spenderOf(last.seqno);
    if (this.parts.pace.settleMs > 0) {
      await this.wait(this.parts.pace.settleMs);
      const again = await this.spenderOf(last.seqno);
      if (!again.hash().equals(spender.hash())) return;
    }
    const hash = externalHash(spender);
    const ours = signed.find((each) => each.hash === hash);
    if (ours === undefined) return this.journal.displaced(key);
    await this.journal.landed(key, {
      lt: String(spender.lt),
      hash: spender.hash().toString("hex"),
      departed: departedIn(spender, ours),
      of: count,
    });
  }

  /** The wallet's own transaction that took this number. */
  private async spenderOf(seqno: number): Promise<Transaction> {
    for await (const transaction of historyOf(this.parts.chain, this.address)) {
      const number = seqnoIn(transaction);
      if (number === seqno) return transaction;
      if (number !== undefined && number < seqno) break;
    }
    throw new ChainFault(
      "lying",
      `The endpoint counts message ${seqno} of wallet ${this.text()} as sent but does not show ` +
        "it: nothing was sent again; ask another endpoint if it stays so.",
    );
  }

  private text(): string {
    return walletText(this.parts.network, this.address);
  }

  private wait(ms: number): Promise<void> {
    const { wait = sleep } = this.parts;
    return wait(ms);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function isPassing(error: unknown): error is ChainFault {
  return error instanceof ChainFault && error.retryable && error.kind !== "unfunded";
}

function relaxed({ to, value, body, init, bounce = true }: Outgoing): MessageRelaxed {
  return internal({ to, value, bounce, init: init ?? null, body: body ?? Cell.EMPTY });
}

/** TEP-467: the hash by which explorers and servers know an external message however it came. */
function normalisedHash(to: Address, body: Cell): string {
  const message = external({ to, body });
  const cell = beginCell()
    .store(storeMessage(message, { forceRef: true }))
    .endCell();
  return cell.hash().toString("hex");
}

function externalHash({ inMessage }: Transaction): string | undefined {
  if (inMessage?.info.type !== "external-in") return undefined;
  return normalisedHash(inMessage.info.dest, inMessage.body);
}

function bodyOf({ boc }: Signed): Cell {
  return loadMessage(Cell.fromBase64(boc).beginParse()).body;
}

/** The same words with a later end, signed again. */
function renewed(body: Cell, validUntil: number, key: TonKey): Cell {
  const slice = body.beginParse();
  const head = beginCell().storeUint(slice.loadUint(32), 32).storeUint(slice.loadUint(32), 32);
  head.storeUint(validUntil, 32);
  slice.skip(32);
  head.storeBits(slice.loadBits(slice.remainingBits - SIGNATURE_BITS));
  while (slice.remainingRefs > 0) head.storeRef(slice.loadRef());
  const signature = key.sign(head.endCell().hash());
  return beginCell().storeBuilder(head).storeBuffer(signature).endCell();
}

function seqnoIn({ inMessage }: Transaction): number | undefined {
  if (inMessage?.info.type !== "external-in") return undefined;
  const slice = inMessage.body.beginParse();
  if (slice.remainingBits < HEADER_BITS || slice.loadUint(32) !== EXTERNAL_OP) return undefined;
  return slice.skip(64).loadUint(32);
}

/** What a message is known by, whatever the wallet does to it on the way out. */
function nameOf(to: Address, body: Cell = Cell.EMPTY): string {
  return `${to.toRawString()} ${body.hash().toString("hex")}`;
}

/** Which of ours left the wallet: those that there were not enough coins for did not. */
function departedIn({ outMessages }: Transaction, { holds }: Signed) {
  const open = [...holds];
  const departed: Array<{ place: number; to: string; createdLt: string }> = [];
  for (const { info, body } of outMessages.values()) {
    if (info.type !== "internal") continue;
    const name = nameOf(info.dest, body);
    const found = open.findIndex((held) => held.name === name);
    const [one] = found < 0 ? [] : open.splice(found, 1);
    if (one === undefined) continue;
    const { place } = one;
    departed.push({ place, to: info.dest.toRawString(), createdLt: `${info.createdLt}` });
  }
  return departed;
}

/** Coins in words, without zeros behind. */
export function inCoins(nano: bigint): string {
  const digits = nano.toString().padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return `${digits.slice(0, -9)}${fraction === "" ? "" : `.${fraction}`} TON`;
}
