/**
 * Starts three nats-servers on this machine that keep every message three times, and stops them at
 * Ctrl-C. Started again on the same folder they have all that they had.
 *
 *   npx tsx tools/nats-cluster.ts [--folder .pingo-cluster] [--port 4222]
 *
 * Then: pingo up --nats nats://127.0.0.1:4222,nats://127.0.0.1:4223,nats://127.0.0.1:4224
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { findServer } from "../src/adapters/nats/find-server.ts";
import { ServerCluster } from "../src/adapters/nats/server-cluster.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      folder: { type: "string", default: ".pingo-cluster" },
      port: { type: "string", default: "4222" },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_533) {
    throw new RangeError(`--port ${values.port} is no port: take one from 1 to 65533.`);
  }
  const { path, version } = await findServer();
  const folder = resolve(values.folder);
  const ports = [port, port + 1, port + 2];
  const cluster = await ServerCluster.start({ binary: path, folder, ports });
  console.log(`three nats-servers ${version} in ${folder}`);
  console.log(`connect to ${cluster.url}`);
  console.log("Ctrl-C stops them");
  const stopped = new Promise((done) => {
    process.once("SIGINT", done);
    process.once("SIGTERM", done);
  });
  await stopped;
  await cluster.stop();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
});
