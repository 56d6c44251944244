/**
 * Messages from outside a local chain, checked before anything is run, and what an account is
 * before its first: whatever is wrong with them is said in a sentence.
 */
import {
  Address,
  beginCell,
  Cell,
  loadMessage,
  type Message,
  storeMessage,
  storeShardAccount,
} from "@ton/core";
import { LocalChainError } from "./local-chain-error.ts";

/** Where coins of the faucet come from: nobody's address on the masterchain, as for new coins. */
const MINT = new Address(-1, Buffer.alloc(32));
/** As the network has it. */
const MAX_MESSAGE_BYTES = 65_535;
const MAX_GIFT = 10n ** 18n;

export function refused(words: string): LocalChainError {
  return new LocalChainError("refused", words);
}

export function demandWorkchain(to: Address): Address {
  if (to.workChain === 0 || to.workChain === -1) return to;
  throw refused(`there is no workchain ${to.workChain}; use an address of 0 or -1`);
}

/** Throws in words when the bytes are no external message. */
export function externalOf(boc: Uint8Array): Cell {
  if (boc.length > MAX_MESSAGE_BYTES) {
    throw refused(`a message has at most ${MAX_MESSAGE_BYTES} bytes, this one ${boc.length}`);
  }
  const [cell, ...more] = cellsOf(boc);
  if (cell === undefined || more.length > 0) throw refused("send a bag of cells with one root");
  const { info } = messageOf(cell);
  if (info.type !== "external-in") {
    throw refused("only external messages are taken; have a wallet send it");
  }
  return cell;
}

function cellsOf(boc: Uint8Array): ReadonlyArray<Cell> {
  try {
    return Cell.fromBoc(Buffer.from(boc));
  } catch {
    throw refused("these bytes are no bag of cells; send what toBoc() gives");
  }
}

function messageOf(cell: Cell): Message {
  try {
    return loadMessage(cell.beginParse());
  } catch {
    throw refused("the cell is no message; build one with external() and storeMessage()");
  }
}

/** New coins. */
export function giftTo(to: Address, amount: bigint): Cell {
  if (amount < 1n || amount > MAX_GIFT) {
    throw refused(`the faucet gives from 1 to ${MAX_GIFT} nanogram at once, not ${amount}`);
  }
  const info = {
    type: "internal",
    ihrDisabled: true,
    bounce: false,
    bounced: false,
    src: MINT,
    dest: demandWorkchain(to),
    value: { coins: amount },
    ihrFee: 0n,
    forwardFee: 0n,
    createdLt: 0n,
    createdAt: 0,
  } as const;
  return beginCell()
    .store(storeMessage({ info, body: Cell.EMPTY }))
    .endCell();
}

export function emptyAccount(addr: Address): string {
  const storage = { lastTransLt: 0n, balance: { coins: 0n }, state: { type: "uninit" } } as const;
  const used = { cells: 0n, bits: 0n };
  const storageStats = { used, lastPaid: 0, duePayment: null, storageExtra: null };
  const account = { addr, storage, storageStats };
  return beginCell()
    .store(storeShardAccount({ account, lastTransactionLt: 0n, lastTransactionHash: 0n }))
    .endCell()
    .toBoc()
    .toString("base64");
}
