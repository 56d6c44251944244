/**
 * The local chain of a state folder, served while its scope is open: `pingo chain up` and
 * `pingo up` share it. The virtual machine is large and is loaded here, when one is wanted.
 */
import { join } from "node:path";
import { Effect, type Scope } from "effect";
import { JournalError } from "../../live/journal.ts";
import type { FencingToken } from "../../live/leases.ts";
import type { ShardId } from "../../live/shard.ts";
import { makePrivateFolder } from "../gateway/private-file.ts";
import { CommandError, Exit } from "../outcome.ts";

export interface OpenLocalChain {
  /** For TonClient: toncenter's second API. */
  readonly endpoint: string;
  /** Where /dev/faucet and /dev/time are. */
  readonly url: string;
  readonly folder: string;
  /** Blocks that were there at the start. */
  readonly seqno: number;
}

const LOG = "log" as ShardId;
const ONLY = 1 as FencingToken;

/** A second journal of one process would take the first one's folder over. */
const openHere = new Set<string>();

/**
 * Opens the chain that is kept under `folder`, or begins one, and serves it on loopback; port 0
 * takes any free one. Fails with {@link CommandError} in one sentence.
 */
export function openLocalChain(
  folder: string,
  port: number,
  say: (line: string) => void,
): Effect.Effect<OpenLocalChain, unknown, Scope.Scope> {
  const own = join(folder, "chain", "local");
  return Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.try({ try: () => claim(own), catch: (error) => error }),
      () => Effect.sync(() => openHere.delete(own)),
    );
    const chain = yield* Effect.acquireRelease(
      attempt(() => openChain(own, say), port),
      (open) => Effect.promise(() => open.close()),
    );
    const { seqno } = chain;
    const { endpoint, url } = yield* Effect.acquireRelease(
      attempt(async () => {
        const { serveLocalChain } = await import("../../adapters/ton/local/http-server.ts");
        return await serveLocalChain({ chain, port, say });
      }, port),
      (server) => Effect.promise(() => server.close()),
    );
    return { endpoint, url, folder: own, seqno };
  });
}

function claim(folder: string): void {
  if (openHere.has(folder)) throw inUse(`the chain in ${folder} is open in this process already`);
  openHere.add(folder);
}

async function openChain(folder: string, say: (line: string) => void) {
  makePrivateFolder(folder);
  const { FileJournals } = await import("../../adapters/store/file-journal.ts");
  const { LocalChain } = await import("../../adapters/ton/local/local-chain.ts");
  const journal = await new FileJournals({ folder }).open(LOG, ONLY);
  try {
    return await LocalChain.open({ folder: join(folder, "history"), journal, say });
  } catch (error) {
    await journal.close();
    throw error;
  }
}

function attempt<T>(work: () => Promise<T>, port: number): Effect.Effect<T, unknown> {
  return Effect.tryPromise({ try: work, catch: (error) => inWords(error, port) });
}

function inUse(words: string): CommandError {
  return new CommandError(words, { code: "in-use", field: "dir" });
}

function inWords(error: unknown, port: number): unknown {
  if (error instanceof JournalError) {
    if (error.reason !== "fenced") return new CommandError(error.message, { code: error.reason });
    return inUse(`the local chain is running already: ${error.message}`);
  }
  if (!(error instanceof Error)) return error;
  if (error.name === "LocalChainError") {
    return new CommandError(error.message, { code: "chain", exit: Exit.crash });
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    const words = `port ${port} is taken; stop what uses it or name another with --port`;
    return new CommandError(words, { code: "port", field: "port" });
  }
  if (code === "EACCES" && (error as NodeJS.ErrnoException).syscall === "listen") {
    const words = `port ${port} may not be used; name one above 1023 with --port`;
    return new CommandError(words, { code: "port", field: "port" });
  }
  return error;
}
