/** What adapters say about keys, networks and contracts is for the user of a command. */
import { ChainError } from "../../adapters/ton/chain-error.ts";
import { ChainFault } from "../../adapters/ton/chain-fault.ts";
import { BadTonKey } from "../../adapters/ton/keys.ts";
import { JournalError } from "../../live/journal.ts";
import { CommandError } from "../outcome.ts";

/** Runs `does`; a sentence of an adapter ends the command, everything else is a crash of ours. */
export async function told<A>(does: () => Promise<A>): Promise<A> {
  try {
    return await does();
  } catch (error) {
    throw inWords(error);
  }
}

function inWords(error: unknown): unknown {
  if (error instanceof ChainError) return said(error.message, "chain", error.field);
  if (error instanceof BadTonKey) return said(error.message, "key", "key-file");
  if (error instanceof ChainFault) return said(error.message, error.kind);
  if (error instanceof JournalError) return said(error.message, error.reason);
  return error;
}

function said(message: string, code: string, field?: string): CommandError {
  const sentence = message.replace(/\.$/, "");
  return new CommandError(sentence, { code, field });
}
