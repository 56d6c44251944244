/** Makes the chain of a network's folder ready: its own local one, or one of the world. */
import { Effect, type Scope } from "effect";
import type { LivePort } from "../../live/live-port.ts";
import { CommandError } from "../outcome.ts";
import type { ChainConfig } from "./config.ts";

export interface TonChain {
  readonly folder: string;
  readonly chain: ChainConfig;
  readonly say: (line: string) => void;
}

/** Everything of it is loaded here: a network without a chain does not pay for one. */
export function tonChain({ folder }: TonChain): Effect.Effect<LivePort, unknown, Scope.Scope> {
  return Effect.fail(new CommandError(`${folder} knows no contracts; run pingo chain deploy`));
}
