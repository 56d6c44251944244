/**
 * What a network has of the machine that it runs on: slots, the runner of all its nodes, and, where
 * a contribution rule is given, an agent that takes the machine back for its owner.
 */
import { join } from "node:path";
import { Effect, type Scope } from "effect";
import type { OwnerBusy, OwnerIdle } from "../../actors/node/messages.ts";
import { OnnxRunner } from "../../adapters/onnx/runner.ts";
import { openSensors } from "../../adapters/system/sensors.ts";
import { ProcessSlots } from "../../adapters/system/slots.ts";
import type { Address } from "../../kernel/address.ts";
import { Agent } from "../../live/agent.ts";
import type { Blobs } from "../../live/blobs.ts";
import type { OwnerWatch } from "../../live/owner.ts";
import type { SlotPriority } from "../../live/slots.ts";
import { priorityOf, thisMachine } from "../node/node-agent.ts";
import { readRule } from "../node/rule-command.ts";
import type { Network } from "./network.ts";

export interface OwnMachine {
  readonly runner: OnnxRunner;
  /** Undefined where everything is given for as long as the network runs. */
  readonly owner: OwnerWatch | undefined;
}

export interface MachineOptions {
  /** For cached models and inputs, and what runs have come to. */
  readonly folder: string;
  readonly blobs: Blobs;
  /** A contribution rule, such as "50% when idle, never on battery". */
  readonly give: string | undefined;
  /** Behind whom tasks run; by default as the rule says. */
  readonly priority: SlotPriority | undefined;
}

/** Of each slot's child process, where no rule says less. */
const SLOT_MEMORY_MIB = 2_048;
const CACHE_BYTES = 2_000_000_000;
const whole = { cpuShare: 1, memoryMib: SLOT_MEMORY_MIB };

/** Fails with one sentence for a rule that cannot be read. */
export function openMachine(
  options: MachineOptions,
): Effect.Effect<OwnMachine, unknown, Scope.Scope> {
  const open = Effect.tryPromise({ try: () => opened(options), catch: (error) => error });
  const released = Effect.acquireRelease(open, ({ close }) => Effect.promise(close));
  return Effect.map(released, ({ runner, agent }) => ({ runner, owner: agent }));
}

async function opened({ folder, blobs, give, priority }: MachineOptions) {
  const rule = give === undefined ? undefined : readRule(give);
  const slots = new ProcessSlots({ priority: priority ?? priorityOf(rule) });
  const agent =
    rule === undefined
      ? undefined
      : new Agent({ sensors: openSensors(), slots, rule, machine: thisMachine() });
  await agent?.start();
  const runner = new OnnxRunner({
    blobs,
    slots: agent?.slots ?? slots,
    folder: join(folder, "runner"),
    cacheBytes: CACHE_BYTES,
    // the agent's own slots take what the rule says of this
    limits: () => whole,
  });
  const close = async () => {
    agent?.close();
    await runner.close();
    await slots.close();
  };
  return { runner, agent, close };
}

const busy: OwnerBusy = { type: "OwnerBusy" };
const idle: OwnerIdle = { type: "OwnerIdle" };

/** Tells the nodes of the machine when its owner needs it; ends with the scope. */
export function heedOwner(
  network: Network,
  nodes: ReadonlyArray<Address>,
  { owner, runner }: OwnMachine,
): Effect.Effect<void, never, Scope.Scope> {
  // a node that has just started believes that its owner is away
  let isIdle = true;
  const heed = (nowIdle: boolean) => {
    if (nowIdle === isIdle) return;
    isIdle = nowIdle;
    for (const to of nodes) {
      // a network that stops does so with its nodes
      network.tell({ to, port: "host", message: isIdle ? idle : busy }).catch(() => {});
    }
    if (!isIdle) void runner.rest();
  };
  return Effect.asVoid(
    Effect.acquireRelease(
      Effect.sync(() => owner?.watch(({ state }) => heed(state === "idle"))),
      (stop) => Effect.sync(() => stop?.()),
    ),
  );
}
