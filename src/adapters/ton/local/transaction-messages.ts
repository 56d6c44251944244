/**
 * The messages of a transaction as the very cells that it holds: a message written anew from its
 * parsed form may have another hash, and hashes are how messages are followed.
 */
import { type Cell, Dictionary } from "@ton/core";

export interface MessageCells {
  readonly received: Cell | undefined;
  readonly sent: ReadonlyArray<Cell>;
}

export function messagesOf(transaction: Cell): MessageCells {
  const messages = transaction.refs[0];
  if (messages === undefined) throw new Error("a transaction has a cell of messages");
  const slice = messages.beginParse();
  const received = slice.loadMaybeRef() ?? undefined;
  const sent = slice.loadDict(Dictionary.Keys.Uint(15), Dictionary.Values.Cell());
  return { received, sent: sent.values() };
}
