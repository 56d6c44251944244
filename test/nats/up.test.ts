/** `pingo up --nats`: a server of its own, stopped with it; started again, all is as it was. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../src/adapters/nats/server-process.ts";
import { PinGo } from "../../src/app/client/pingo.ts";
import { type PingoProcess, startPingo } from "../live/pingo-process.ts";
import { isAlive } from "./is-alive.ts";
import { skipNats } from "./test-server.ts";

interface Up extends PingoProcess {
  readonly url: string;
}

let folder: string;
let last: PingoProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pingo-up-nats-"));
});
afterEach(async () => {
  await last?.end("SIGKILL");
  const pid = serverPid();
  if (pid > 1 && isAlive(pid)) process.kill(pid, "SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

function serverPid(): number {
  const file = join(folder, "nats", "server.pid");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
}

async function up(port: number): Promise<Up> {
  const args = ["up", "--nats", "--dir", folder, "--port", `${port}`, "--json", "--no-chain"];
  last = startPingo(folder, args);
  const { url } = JSON.parse(await last.told) as { readonly url: string };
  return { ...last, url };
}

function client(url: string): PinGo {
  const known = readFileSync(join(folder, "known-tokens.json"), "utf8");
  return new PinGo({ url, token: /pingo_[\w-]+/.exec(known)?.[0] ?? "" });
}

const nodesOf = async (url: string) => (await client(url).nodes()).map(({ id }) => id).sort();
const four = ["n1", "n2", "n3", "own"];

describe.skipIf(skipNats)("pingo up --nats", () => {
  test("Ctrl-C stops it and its server; it goes on after that and after kill -9", async () => {
    const port = await freePort();
    const first = await up(port);
    await expect.poll(() => nodesOf(first.url), { timeout: 60_000 }).toEqual(four);
    const server = serverPid();
    expect(isAlive(server)).toBe(true);
    expect(await first.end("SIGINT")).toBe(0);
    expect(isAlive(server)).toBe(false);

    // what the journals hold is there before any node has spoken
    const second = await up(port);
    expect(await nodesOf(second.url)).toEqual(four);
    const left = serverPid();
    expect(await second.end("SIGKILL")).toBe("SIGKILL");

    const third = await up(port);
    expect(await nodesOf(third.url)).toEqual(four);
    expect(isAlive(left)).toBe(false);
    expect(await third.end("SIGINT")).toBe(0);
  }, 300_000);
});
