/**
 * A nats-server for tests: found or fetched by PinGo itself, on a free port and a folder that goes
 * with it. PINGO_SKIP_NATS=1 leaves out the tests that need one, and says so.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { connectNats } from "../../src/adapters/nats/connection.ts";
import { findServer } from "../../src/adapters/nats/find-server.ts";
import { type OwnServer, ServerProcess } from "../../src/adapters/nats/server-process.ts";

export const skipNats = process.env.PINGO_SKIP_NATS === "1";
if (skipNats) console.warn("PINGO_SKIP_NATS=1: tests that need a nats-server are left out");

export interface TestServer {
  readonly server: ServerProcess;
  readonly folder: string;
  readonly connect: () => Promise<NatsConnection>;
  readonly end: () => Promise<void>;
}

export async function testServer(
  settings: Partial<Pick<OwnServer, "users" | "tls" | "name">> = {},
): Promise<TestServer> {
  const { path } = await findServer();
  const folder = await mkdtemp(join(tmpdir(), "pingo-nats-"));
  const server = await ServerProcess.start({ name: "test", ...settings, binary: path, folder });
  const connections: NatsConnection[] = [];
  return {
    server,
    folder,
    connect: async () => {
      const nc = await connectNats({ url: server.url });
      connections.push(nc);
      return nc;
    },
    end: async () => {
      await Promise.all(connections.map((nc) => nc.close()));
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Until it is true, or the test fails with `what`. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  forMs = 10_000,
): Promise<void> {
  const until = Date.now() + forMs;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
