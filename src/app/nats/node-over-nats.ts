/**
 * One node in a process of its own: its journal is a file of its machine, its words go over NATS.
 */
import { Effect, type Scope } from "effect";
import { RUNNER } from "../../kernel/ports/model-runner.ts";
import type { Blobs } from "../../live/blobs.ts";
import type { LivePort } from "../../live/live-port.ts";
import { nodeShard } from "../../live/shard.ts";
import { liveBehaviours } from "../live/behaviours.ts";
import { type Network, openNetwork } from "../live/network.ts";
import { nodePlan } from "../live/plan.ts";
import { lineOf } from "../live/up.ts";
import { CommandError, Exit } from "../outcome.ts";
import { followed, overNats, type PartOfNetwork } from "./edge-over-nats.ts";
import { natsParts, type Parts } from "./over-nats.ts";

export interface NodeParts extends PartOfNetwork {
  /** What runs the tasks; it fetches models and inputs from the network's blobs. */
  readonly runner: (blobs: Blobs) => Effect.Effect<LivePort, unknown, Scope.Scope>;
}

export function openNode(part: NodeParts): Effect.Effect<Network, unknown, Scope.Scope> {
  const { name, config, say } = part;
  return Effect.gen(function* () {
    const machine = config.machines.find(({ node }) => node === name);
    if (machine === undefined) {
      return yield* Effect.fail(
        new CommandError(`the network knows no machine ${name}; ask for a new invitation`),
      );
    }
    const parts = yield* natsParts(overNats(part, nodeShard(name)));
    yield* alone(part, parts);
    const rules = liveBehaviours(yield* followed(part, parts.published));
    const runner = yield* part.runner(parts.blobs);
    return yield* openNetwork({
      ...parts,
      behaviours: rules.behaviours,
      plans: [nodePlan(machine, rules)],
      portsOf: () => new Map([[RUNNER, runner]]),
      log: (event) => say(lineOf(event)),
    });
  });
}

/** Two processes with one key would take each other's messages. */
function alone(
  { name, say }: PartOfNetwork,
  { twins, holder }: Pick<Parts, "twins" | "holder">,
): Effect.Effect<void, unknown, Scope.Scope> {
  if (twins === undefined) return Effect.void;
  const met = (other: string) =>
    say(`another process (${other}) was started with the key of node ${name}, and sent away`);
  return Effect.gen(function* () {
    const listening = yield* Effect.acquireRelease(
      Effect.promise(() => twins({ holder, met })),
      (each) => Effect.sync(() => each.stop()),
    );
    const other = yield* Effect.promise(() => listening.other());
    if (other === undefined) return;
    return yield* Effect.fail(
      new CommandError(
        `node ${name} runs already, as ${other}, with the same key; stop it there, or ask the ` +
          "operator for an invitation under another name; if that machine is none of yours, the " +
          `key was stolen: have the operator expel node ${name}`,
        { code: "twin", exit: Exit.crash },
      ),
    );
  });
}
