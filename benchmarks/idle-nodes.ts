/** What a registered node costs that does nothing: a million of them, all known to an edge. */
import { Schema } from "effect";
import { kindOf } from "../src/kernel/address.ts";
import { Run } from "../src/sim/run/run.ts";
import { Scenario } from "../src/sim/scenario/schema.ts";
import { collectGarbage } from "./clock.ts";
import { type Flags, flagsOf, numberText, printReport, type Report } from "./report.ts";
import { weighSnapshot } from "./snapshot-weights.ts";

const HEAP_GOAL = 1_000;
const RESIDENT_GOAL = 2_000;

interface Memory {
  readonly heap: number;
  readonly buffers: number;
  readonly resident: number;
}

function memory(): Memory {
  collectGarbage();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers, resident: rss };
}

/** Equal machines that are always on and never used; one demand in ten years. */
function scenarioOf(nodes: number): Scenario {
  return Schema.decodeSync(Scenario)({
    name: "idle-nodes",
    until: "15m",
    nodes,
    edges: 2,
    nodesPerContributor: 1_000,
    arriveWithin: "10m",
    access: "open",
    commons: { mode: "off" },
    hosts: { kind: "uniform", ownerUse: { enabled: false } },
    workload: { rate: { jobsPerHour: 0.00001 } },
  });
}

function idleNodes(run: Run): number {
  let idle = 0;
  for (const [at, { state }] of run.parts.world.sim.actors) {
    if (kindOf(at) === "node" && (state as { readonly at: string }).at === "idle") idle++;
  }
  return idle;
}

function measure(nodes: number): Report {
  const scenario = scenarioOf(nodes);
  const before = memory();
  const run = new Run({ scenario, seed: 1, files: new Map() });
  const { sim, endUs } = run.parts.world;
  while (!sim.run(endUs - 1, 100_000));
  const idle = idleNodes(run);
  const after = memory();
  const each = (of: keyof Memory) => (after[of] - before[of]) / nodes;
  if (idle !== nodes) throw new Error(`only ${idle} of ${nodes} nodes have joined`);
  return {
    benchmark: "idle-nodes",
    hash: sim.hash.digest(),
    figures: [
      {
        name: "heap and array buffers",
        value: each("heap") + each("buffers"),
        unit: "bytes a node",
        atMost: HEAP_GOAL,
      },
      {
        name: "resident memory",
        value: each("resident"),
        unit: "bytes a node",
        atMost: RESIDENT_GOAL,
      },
    ],
    table: [
      ["nodes", "heap", "array buffers", "resident", "events"],
      [
        numberText(nodes),
        numberText(each("heap")),
        numberText(each("buffers")),
        numberText(each("resident")),
        numberText(sim.events),
      ],
    ],
    notes: [
      "Bytes a node after garbage collection, the difference to before the network is built.",
    ],
  };
}

/** `snapshot [nodes]` says which objects cost what instead. */
function main(flags: Flags): void {
  const [mode, count] = flags.rest;
  if (mode === "snapshot") {
    const nodes = Number(count ?? 20_000);
    const run = new Run({ scenario: scenarioOf(nodes), seed: 1, files: new Map() });
    const { sim, endUs } = run.parts.world;
    while (!sim.run(endUs - 1, 100_000));
    console.log(weighSnapshot(nodes));
    return;
  }
  printReport(measure(flags.smoke ? 2_000 : Number(mode ?? 1_000_000)), flags);
}

main(flagsOf());
