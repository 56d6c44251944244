/** `pingo chain up`: the local chain alone, until Ctrl-C. */
import { Cause, Effect, Exit as EffectExit } from "effect";
import { defaultFolder } from "../live/state-folder.ts";
import { Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note, print, printJson } from "../terminal/print.ts";
import { openLocalChain } from "./open-local-chain.ts";

export interface ChainUpFlags {
  readonly dir?: string;
  readonly port: number;
  readonly json?: boolean;
}

export async function chainUp(flags: ChainUpFlags): Promise<Exit> {
  const interrupt = new Interrupt();
  const asked = new Promise<void>((resolve) => interrupt.onAsk(resolve));
  const program = Effect.gen(function* () {
    const chain = yield* openLocalChain(flags.dir ?? defaultFolder(), flags.port, note);
    const { endpoint, url, folder, seqno } = chain;
    if (flags.json === true) {
      printJson({ up: true, endpoint, url, folder, seqno, pid: process.pid });
    } else {
      const isNew = seqno === 0 ? "a new chain" : `it goes on after block ${seqno}`;
      print(`The local chain is up: ${isNew}.`);
      print(`  endpoint  ${endpoint}`);
      print(`  coins     POST ${url}/dev/faucet {"address": "…", "amount": "1000000000"}`);
      print(`  time      POST ${url}/dev/time {"advance": 86400}`);
      print(`  state     ${folder}`);
      print("Ctrl-C stops it and keeps the chain.");
    }
    yield* Effect.promise(() => asked);
  });
  const exit = await Effect.runPromiseExit(Effect.scoped(program));
  if (EffectExit.isFailure(exit)) throw Cause.squash(exit.cause);
  return Exit.fine;
}
