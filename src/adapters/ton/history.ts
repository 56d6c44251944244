/**
 * An account's transactions from the newest backwards. Each names the one before it by its hash, so
 * a server that leaves one out, or mixes two states of the chain, is found out. Nothing is
 * remembered between two walks: after a reorganisation the next walk is along what is there now.
 */
import type { Address, Transaction } from "@ton/core";
import { ChainFault } from "./chain-fault.ts";
import type { ChainTransport, Place } from "./transport.ts";

const PAGE = 32;
/** Whoever floods an account with dust makes the walk longer, not endless. */
const MOST_PAGES = 400;

export function placeOf(transaction: Transaction): Place {
  return { lt: transaction.lt, hash: transaction.hash() };
}

function placeBefore({ prevTransactionLt: lt, prevTransactionHash: hash }: Transaction): Place {
  return { lt, hash: Buffer.from(hash.toString(16).padStart(64, "0"), "hex") };
}

export async function* historyOf(
  chain: ChainTransport,
  address: Address,
): AsyncGenerator<Transaction> {
  let next: Place | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const rows = await chain.getTransactions(address, {
      limit: PAGE,
      ...(next === undefined ? {} : { from: next }),
    });
    // servers keep a part of the past only; and a young account has none
    if (rows.length === 0) return;
    for (const row of rows) {
      if (next !== undefined && !isAt(row, next)) throw contradiction(address, next);
      yield row;
      next = placeBefore(row);
      if (next.lt === 0n) return;
    }
  }
}

const isAt = (row: Transaction, { lt, hash }: Place) => row.lt === lt && row.hash().equals(hash);

function contradiction(address: Address, { lt }: Place): ChainFault {
  return new ChainFault(
    "lying",
    `The endpoint's history of ${address.toString()} has a gap before transaction ${lt}: ` +
      "nothing was sent again; ask another endpoint.",
  );
}

/** What became of a message between two accounts: the transaction that it caused. */
export async function causedBy(
  chain: ChainTransport,
  message: { readonly from: Address; readonly to: Address; readonly createdLt: bigint },
): Promise<Transaction | undefined> {
  for await (const transaction of historyOf(chain, message.to)) {
    if (transaction.lt <= message.createdLt) return undefined;
    const info = transaction.inMessage?.info;
    if (info?.type !== "internal" || info.createdLt !== message.createdLt) continue;
    if (info.src.equals(message.from)) return transaction;
  }
  return undefined;
}
