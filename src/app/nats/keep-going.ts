/**
 * Opens a part of the network again when it has lost its shard: the server was away for longer than
 * a lease, or another process is its owner for now. What is broken for good ends it.
 */
import { Cause, Effect, Exit as EffectExit, type Scope } from "effect";
import { KeyRefused, NatsError, NoLeader } from "../../adapters/nats/connection.ts";
import { ServerMissing } from "../../adapters/nats/find-server.ts";
import { BadKey } from "../../adapters/nats/keys.ts";
import { ServerFailed } from "../../adapters/nats/server-process.ts";
import type { HostEnd } from "../../live/host-parts.ts";
import { JournalError } from "../../live/journal.ts";
import { LeaseHeld } from "../../live/leases.ts";
import { NetworkError } from "../live/network.ts";
import { CommandError, Exit } from "../outcome.ts";

/** "asked": stop. "again": open anew, such as for new members. */
export type Ending = "asked" | "again" | HostEnd;

export interface Going {
  /** One life, from opening to its end; all that it acquired is released with the scope. */
  readonly live: (lives: number) => Effect.Effect<Ending, unknown, Scope.Scope>;
  readonly isAsked: () => boolean;
  readonly say: (line: string) => void;
}

const PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** A life that was longer than this was a good one. */
const GOOD_MS = 20_000;
const BAD_LIVES = 12;

export async function keepGoing({ live, isAsked, say }: Going): Promise<Exit> {
  let [lives, bad, said] = [0, 0, ""];
  const tell = (line: string) => {
    if (line !== said) say(line);
    said = line;
  };
  for (;;) {
    const startMs = performance.now();
    const exit = await Effect.runPromiseExit(Effect.scoped(live(lives)));
    if (performance.now() - startMs > GOOD_MS) bad = 0;
    if (EffectExit.isSuccess(exit)) {
      lives++;
      said = "";
      if (exit.value === "asked") return Exit.fine;
      if (exit.value === "again") continue;
      if (exit.value.why === "corrupt" || ++bad > BAD_LIVES) throw lost(exit.value);
      tell(`${exit.value.words}; opening it again`);
    } else {
      const error = Cause.squash(exit.cause);
      if (isAsked()) return Exit.fine;
      const held = heldBy(error);
      if (held !== undefined) tell(`standing by: ${held.message}`);
      else if (error instanceof NoLeader || (lives > 0 && isPassing(error)))
        tell(`${wordsOf(error).replace(/\.$/, "")}. Trying again.`);
      else throw inWords(error);
      if (held !== undefined) bad = 0;
    }
    if (isAsked()) return Exit.fine;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** Math.max(0, bad - 3));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function heldBy(error: unknown): LeaseHeld | undefined {
  const cause = error instanceof NetworkError ? error.cause : error;
  return cause instanceof LeaseHeld ? cause : undefined;
}

/** The server is away or has no leader yet. */
function isPassing(error: unknown): boolean {
  const cause = error instanceof NetworkError ? error.cause : error;
  if (cause instanceof JournalError) return cause.reason === "down" || cause.reason === "fenced";
  if (cause instanceof BadKey || cause instanceof KeyRefused || cause instanceof ServerMissing)
    return false;
  return !(cause instanceof CommandError);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function lost({ why, words }: HostEnd): CommandError {
  return new CommandError(`the network stopped: ${words}`, { code: why, exit: Exit.crash });
}

/** What an adapter says about the world is for the user; all else is a crash of ours. */
export function inWords(error: unknown): unknown {
  const isSentence =
    error instanceof NatsError ||
    error instanceof BadKey ||
    error instanceof ServerMissing ||
    error instanceof ServerFailed ||
    error instanceof NetworkError;
  if (!isSentence) return error;
  const words = error.message.replace(/\.$/, "");
  return new CommandError(words, { code: "network", exit: Exit.crash });
}
