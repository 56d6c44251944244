/**
 * The nats-server that a network starts and owns. Its process is killed with ours, except when ours
 * is killed without a word: then the next start finds it by the number that was left, and ends it.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findServer } from "../../adapters/nats/find-server.ts";
import { ServerProcess } from "../../adapters/nats/server-process.ts";
import { serverTrust } from "../../adapters/nats/trust.ts";
import { writePrivate } from "../gateway/private-file.ts";
import { note } from "../terminal/print.ts";
import { natsFolder, ownTrust } from "./operator-keys.ts";

const END_MS = 10_000;

/** Rejects with a sentence where there is no nats-server, or where it does not start. */
export async function startOwnServer(folder: string, port?: number): Promise<ServerProcess> {
  const { path } = await findServer({ say: note });
  const own = natsFolder(folder);
  const trust = ownTrust(folder);
  await endLeftOver(own);
  const server = await ServerProcess.start({
    name: "pingo",
    binary: path,
    folder: own,
    users: await serverTrust(trust, join(own, "accounts")),
    ...(port === undefined ? {} : { port }),
  });
  writePrivate(pidFile(own), `${server.pid}\n`);
  return server;
}

export async function stopOwnServer(folder: string, server: ServerProcess): Promise<void> {
  await server.stop();
  rmSync(pidFile(natsFolder(folder)), { force: true });
}

function pidFile(own: string): string {
  return join(own, "server.pid");
}

/** Two servers on one store would ruin it. */
async function endLeftOver(own: string): Promise<void> {
  const file = pidFile(own);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8"));
  const config = join(own, "nats-server.conf");
  const untilMs = Date.now() + END_MS;
  for (let signal: NodeJS.Signals = "SIGTERM"; commandOf(pid).includes(config); ) {
    process.kill(pid, signal);
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (Date.now() > untilMs) signal = "SIGKILL";
  }
  rmSync(file, { force: true });
}

/** Empty when there is no such process: numbers are used again by others. */
function commandOf(pid: number): string {
  if (!Number.isSafeInteger(pid) || pid <= 1) return "";
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return execFileSync("ps", ["-o", "command=", "-p", `${pid}`], { encoding: "utf8" });
  } catch {
    return "";
  }
}
