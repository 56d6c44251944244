/** Sixty machines for some hours: small enough for a test of one strategy. */
import type { RunResult } from "../../src/sim/run/result.ts";
import { type DeliveryNote, Run } from "../../src/sim/run/run.ts";
import { loadScenario } from "../../src/sim/scenario/load.ts";

const village = {
  name: "village",
  until: "6h",
  nodes: 60,
  edges: 1,
  hosts: {
    kind: "uniform",
    uniform: { cores: 2 },
    donated: { fraction: 1 },
    ownerUse: { enabled: false },
  },
  network: { sites: 6 },
  workload: {
    kind: "poisson",
    load: 0.6,
    tasks: { mean: 3 },
    taskVcu: { mean: 0.02 },
  },
  commons: { mode: "idle", taskVcu: 0.02, tasksPerJob: 6 },
  limits: { probationResults: 2, probationMilliVcu: 10, leaseFloorUs: "2m", epochUs: "30m" },
  patience: { for: "30m", every: "5m" },
};

export type Raw = Readonly<Record<string, unknown>>;

/** A run of the village with these adversaries, to its end; `listen` is told each delivery. */
export function villageWith(
  adversaries: ReadonlyArray<Raw>,
  change: Raw = {},
  listen?: (note: DeliveryNote) => void,
): Run {
  const text = JSON.stringify({ ...village, ...change, adversaries });
  const scenario = loadScenario({ file: "village.yaml", text });
  const run = new Run({ scenario, seed: 7, files: new Map() });
  run.onDelivery = listen;
  while (!run.advance(1_000_000));
  return run;
}

export function classNamed(result: RunResult, name: string) {
  const found = result.classes.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no class ${name}`);
  return found;
}
