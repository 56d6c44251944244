/**
 * One part of a network in a process of its own, there to be killed: the product's own core, edge
 * and nodes over NATS and the product's gateway; only the work is scripted.
 *
 *   part-child.ts gateway <folder> <url> <port> | edge <folder> <url> | node <folder> <url> <name>
 */
import { join } from "node:path";
import { Effect } from "effect";
import { readCredentials } from "../../src/adapters/nats/credentials.ts";
import { readText } from "../../src/app/files.ts";
import { DemandWatch, localNetwork } from "../../src/app/gateway/local-network.ts";
import type { Planner } from "../../src/app/gateway/planner.ts";
import { gateway } from "../../src/app/gateway/start-gateway.ts";
import { networkConfig, parseNetworkFile } from "../../src/app/live/config.ts";
import { openCore } from "../../src/app/nats/core-over-nats.ts";
import { openEdge, type PartOfNetwork } from "../../src/app/nats/edge-over-nats.ts";
import { type Ending, keepGoing } from "../../src/app/nats/keep-going.ts";
import { openNode } from "../../src/app/nats/node-over-nats.ts";
import { KeptConnections } from "../../src/app/nats/over-nats.ts";
import { ScriptedRunner } from "../live/scripted-runner.ts";
import { smallLimits } from "./world.ts";

const [kind = "", folder = "", url = "", last = ""] = process.argv.slice(2);

const kept = new KeptConnections();
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const say = (line: string) => process.stderr.write(`${kind} ${last}: ${line}\n`);

/** Tasks of the sizes that the job names; the result is the digests themselves. */
const sizes: Planner = {
  plan: async ({ mflops }) => ({
    name: "sizes",
    kind: "sizes",
    work: {
      tasks: (mflops as number[]).map((mflop, i) => ({ content: `size-${mflop}-${i}`, mflop })),
      inputBytes: 0,
      outputBytes: 0,
      memoryMib: 0,
    },
    assembly: null,
  }),
  assemble: async (_, digests) => ({
    bytes: Buffer.from(JSON.stringify(digests)),
    contentType: "application/json",
  }),
};

const file = join(folder, "network.yaml");
const config = networkConfig(parseNetworkFile(readText(file, "the network file"), file), file);

function partOf(name: string, label: string): PartOfNetwork {
  const credentials = readCredentials(join(folder, "nats", `${label}.creds`));
  const own = join(folder, label);
  return {
    name,
    folder: own,
    url,
    config,
    credentials,
    limits: smallLimits,
    say,
    isAsked: () => false,
    kept,
  };
}

const lives = {
  gateway: () =>
    Effect.gen(function* () {
      const watch = new DemandWatch();
      const part = { ...partOf("", "core_core"), onDelivery: watch.seen };
      const { network, widened } = yield* openCore(part);
      const handle = widened(localNetwork(network, watch, "chaos"));
      const running = yield* gateway(handle, sizes, {
        folder: join(folder, "gateway"),
        http: { port: Number(last) },
      });
      tell({ up: kind, url: running.url });
      return yield* Effect.promise(() => network.broken);
    }),
  edge: () =>
    Effect.gen(function* () {
      const network = yield* openEdge(partOf("e0", "edge_e0"));
      tell({ up: kind });
      return yield* Effect.promise(() => network.broken);
    }),
  node: () =>
    Effect.gen(function* () {
      const runner = new ScriptedRunner((mflop) => Math.min(mflop, 200));
      const part = partOf(last, `node_${last}`);
      const network = yield* openNode({ ...part, runner: () => Effect.succeed(runner) });
      tell({ up: kind });
      return yield* Effect.promise(() => network.broken);
    }),
};

const live = lives[kind as keyof typeof lives] as () => Effect.Effect<Ending, unknown>;
process.exitCode = await keepGoing({ live, isAsked: () => false, say });
