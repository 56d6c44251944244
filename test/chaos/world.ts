/**
 * A network of processes on three real nats-servers, each of which can be killed and started
 * again.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findServer } from "../../src/adapters/nats/find-server.ts";
import { ServerCluster } from "../../src/adapters/nats/server-cluster.ts";
import { freePort } from "../../src/adapters/nats/server-process.ts";
import { serverTrust } from "../../src/adapters/nats/trust.ts";
import { PinGo } from "../../src/app/client/pingo.ts";
import { gatewayFiles } from "../../src/app/gateway/start-gateway.ts";
import { Tokens } from "../../src/app/gateway/tokens.ts";
import { admitShards, ownTrust } from "../../src/app/nats/operator-keys.ts";
import { CORE, edgeShard, nodeShard } from "../../src/live/shard.ts";

const MIB = 1_048_576;
/** Little room, so that three servers set little of the disk aside. */
export const smallLimits = { inboxBytes: 32 * MIB, blobBytes: 32 * MIB };

export const machines = [
  { node: "own", owner: "you" },
  { node: "n1", owner: "ada" },
  { node: "n2", owner: "ben" },
  { node: "n3", owner: "cleo" },
];

/** Short terms: what a killed node held is given to another after seconds. */
const network = {
  machines,
  commons: { taskVcu: 0.001, tasksPerJob: 4 },
  limits: {
    joinUs: "200ms",
    probeUs: "500ms",
    offerUs: "2s",
    leaseFloorUs: "8s",
    revealUs: "8s",
  },
};

const script = fileURLToPath(new URL("part-child.ts", import.meta.url));
const UP_MS = 90_000;

/** A process that can be killed, and what it says when it is up. */
export class Part {
  readonly label: string;
  private readonly args: ReadonlyArray<string>;
  private readonly log: string;
  private child: ChildProcess | undefined;

  constructor(label: string, args: ReadonlyArray<string>, log: string) {
    this.label = label;
    this.args = args;
    this.log = log;
  }

  /**
   * Resolves when it is up. A part that finds the servers without a leader says so and ends; as a
   * service manager would, this starts it again.
   */
  async start(): Promise<void> {
    for (let left = 3; left > 0; left--) {
      const isUp = await this.once().catch((error: unknown) => {
        if (left === 1) throw error;
        return false;
      });
      if (isUp) return;
    }
  }

  private async once(): Promise<boolean> {
    const child = spawn(process.execPath, ["--import", "tsx", script, ...this.args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    child.stderr.on("data", (text: Buffer) => appendFileSync(this.log, text));
    const up = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", () => resolve());
      child.once("exit", (code, signal) =>
        reject(new Error(`${this.label} ended: ${signal ?? code}; see ${this.log}`)),
      );
      setTimeout(
        () => reject(new Error(`${this.label} is not up after ${UP_MS} ms`)),
        UP_MS,
      ).unref();
    });
    await up;
    return true;
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }
}

export interface World {
  readonly folder: string;
  readonly cluster: ServerCluster;
  readonly gateway: Part;
  readonly edge: Part;
  readonly nodes: ReadonlyArray<Part>;
  readonly pingo: PinGo;
  readonly another: (label: string, ...args: ReadonlyArray<string>) => Part;
  readonly end: () => Promise<void>;
}

/** Everything is started and answers. */
export async function startWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "pingo-chaos-"));
  const trust = ownTrust(folder);
  const { path: binary } = await findServer();
  const cluster = await ServerCluster.start({
    binary,
    folder: join(folder, "servers"),
    users: (accounts) => serverTrust(trust, accounts),
  });
  const { url } = cluster;
  writeFileSync(join(folder, "network.yaml"), JSON.stringify(network));
  const shards = [CORE, edgeShard("e0"), ...machines.map(({ node }) => nodeShard(node))];
  await admitShards({ folder, url, limits: smallLimits }, trust, shards);
  const log = join(folder, "parts.log");
  const parts: Part[] = [];
  const another = (label: string, ...args: ReadonlyArray<string>) => {
    const [kind = "", ...more] = args;
    const part = new Part(label, [kind, folder, url, ...more], log);
    parts.push(part);
    return part;
  };
  const port = await freePort();
  const { pingo } = clientOf(folder, port);
  const gateway = another("gateway", "gateway", `${port}`);
  const edge = another("edge", "edge");
  const nodes = machines.map(({ node }) => another(node, "node", node));
  const end = async () => {
    await Promise.all(parts.map((part) => part.kill()));
    await Promise.all(cluster.servers.map((server) => server.kill()));
    if (process.env.PINGO_KEEP !== "1") await rm(folder, { recursive: true, force: true });
  };
  try {
    await gateway.start();
    await Promise.all([edge, ...nodes].map((part) => part.start()));
  } catch (error) {
    await end();
    throw error;
  }
  return { folder, cluster, gateway, edge, nodes, pingo, another, end };
}

function clientOf(folder: string, port: number) {
  const files = gatewayFiles(join(folder, "gateway"));
  mkdirSync(join(folder, "gateway"), { recursive: true });
  const { secret } = new Tokens(files.tokens).create({
    role: "operator",
    contributor: "you",
    note: "",
    nowUs: Date.now() * 1_000,
    forUs: 3_600_000_000,
  });
  return { pingo: new PinGo({ url: `http://127.0.0.1:${port}`, token: secret }) };
}

/** The first answer that is true; what fails meanwhile is tried again. */
export async function soon<A>(
  what: string,
  ask: () => Promise<A | undefined | false>,
  forMs: number,
): Promise<A> {
  const endMs = performance.now() + forMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await ask();
      if (found !== undefined && found !== false) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > endMs) {
      throw new Error(`not within ${forMs} ms: ${what}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
