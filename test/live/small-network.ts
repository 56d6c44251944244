/** A network of one process with real actors, files and bus, and a runner that only pretends. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect, Exit, Scope } from "effect";
import { type LiveBehaviours, liveBehaviours } from "../../src/app/live/behaviours.ts";
import { machinesFor, type NetworkConfig, networkConfig } from "../../src/app/live/config.ts";
import { type Network, type NetworkParts, openNetwork } from "../../src/app/live/network.ts";
import { wholePlan } from "../../src/app/live/plan.ts";
import { localParts } from "../../src/app/live/state-folder.ts";
import { type Demand, demandKey, demandsView } from "../../src/app/live/views/demands.ts";
import { type Address, address } from "../../src/kernel/address.ts";
import type { HostEvent } from "../../src/live/host-parts.ts";
import type { LivePort } from "../../src/live/live-port.ts";
import { type Duration, ScriptedRunner } from "./scripted-runner.ts";

export const YOU = address("contributor", "you");

export interface SmallOptions {
  readonly folder: string;
  readonly msOf?: Duration;
  readonly given?: Readonly<Record<string, unknown>>;
  readonly neighbours?: number;
  readonly log?: (event: HostEvent) => void;
  /** Instead of files, and whatever else a test wants otherwise. */
  readonly parts?: Partial<NetworkParts>;
}

export interface SmallNetwork extends Network {
  readonly config: NetworkConfig;
  readonly rules: LiveBehaviours;
  readonly close: () => Promise<void>;
}

export function scratchFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "pingo-live-"));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Small amounts and short terms, so that a life of credit fits into a second. */
export const quick: Readonly<Record<string, unknown>> = {
  commons: { taskVcu: 0.001, tasksPerJob: 4 },
  limits: { joinUs: "200ms", probeUs: "500ms", offerUs: "300ms" },
};

export async function openSmall(options: SmallOptions): Promise<SmallNetwork> {
  const { folder, msOf = () => 1, given = {}, neighbours = 3 } = options;
  const config = networkConfig(
    { machines: machinesFor(neighbours), ...quick, ...given },
    "network.yaml",
  );
  const rules = liveBehaviours(config);
  const runner = new ScriptedRunner(msOf);
  const scope = Effect.runSync(Scope.make());
  const network = await Effect.runPromise(
    openNetwork({
      ...localParts(folder),
      behaviours: rules.behaviours,
      plans: wholePlan(config, rules),
      portsOf: () => new Map<string, LivePort>([["runner", runner]]),
      log: options.log ?? (() => {}),
      ...options.parts,
    }).pipe(Scope.extend(scope)),
  );
  const close = async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void));
    await runner.close();
  };
  return { ...network, config, rules, close };
}

export function demandOf(
  network: Network,
  contributor: Address,
  demand: number,
): Demand | undefined {
  const [demands] = network.views(demandsView);
  return demands?.byKey.get(demandKey(contributor, demand));
}

/** Waits until `ready` gives something; fails with `what` after so long. */
export async function until<T>(
  ready: () => T | undefined | false,
  what: string,
  forMs = 60_000,
): Promise<T> {
  const endMs = performance.now() + forMs;
  for (;;) {
    const found = ready();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`not within ${forMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Chart state of an actor, such as "active". */
export function placeOf(network: Network, at: Address): string | undefined {
  return (network.stateOf(at) as { readonly at: string } | undefined)?.at;
}

export function submit(
  network: Network,
  demand: number,
  tasks: ReadonlyArray<number>,
  contents: ReadonlyArray<string> | null = null,
): Promise<void> {
  const message = {
    type: "DemandArrived",
    demand,
    tasks,
    inputBytes: 0,
    outputBytes: 0,
    memoryMib: 0,
    contents,
  };
  return network.tell({ to: YOU, port: "requester", message });
}
