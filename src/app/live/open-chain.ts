/**
 * The chain of a live network. It is made ready beside the network, which never waits for it: until
 * then, and whenever that fails, calls are answered "unreachable", and the treasurer asks again
 * later.
 */
import { Effect, Schedule, type Scope } from "effect";
import type { Address } from "../../kernel/address.ts";
import type { PortCall } from "../../kernel/command.ts";
import type { Message } from "../../kernel/message.ts";
import { CHAIN, type ChainOutcome } from "../../kernel/ports/chain.ts";
import type { LivePort } from "../../live/live-port.ts";

export interface ChainParts {
  /** Makes the port; what it acquires is released when the network ends. */
  readonly prepare: Effect.Effect<LivePort, unknown, Scope.Scope>;
  readonly say: (line: string) => void;
}

/** Between two attempts to make the chain ready. */
const PAUSE = "30 seconds";

/** Begins to make the chain ready, and gives the port that stands for it meanwhile. */
export function openChain({
  prepare,
  say,
}: ChainParts): Effect.Effect<LivePort, never, Scope.Scope> {
  return Effect.gen(function* () {
    const port = new WaitingPort();
    const work = Effect.gen(function* () {
      port.ready = yield* prepare;
      yield* Effect.never;
    });
    const complain = (error: unknown) =>
      Effect.sync(() => say(`chain: ${error instanceof Error ? error.message : String(error)}`));
    yield* Effect.scoped(work).pipe(
      Effect.tapError(complain),
      Effect.retry(Schedule.spaced(PAUSE)),
      Effect.forkScoped,
    );
    return port;
  });
}

/** Stands for a port that is not there yet. */
class WaitingPort implements LivePort {
  ready: LivePort | undefined;

  readonly call = (caller: Address, call: PortCall, tell: (outcome: Message) => void): void => {
    if (this.ready !== undefined) {
      this.ready.call(caller, call, tell);
      return;
    }
    const outcome = { ok: false, reason: "unreachable", retryable: true } as const;
    const message: ChainOutcome = { type: "PortOutcome", port: CHAIN, key: call.key, outcome };
    queueMicrotask(() => tell(message));
  };

  readonly close = async (): Promise<void> => {
    await this.ready?.close();
  };
}
