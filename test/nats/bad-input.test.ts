/** What people are told when something about a network over NATS is wrong: one sentence each. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect, Exit, Scope } from "effect";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort, type ServerProcess } from "../../src/adapters/nats/server-process.ts";
import { openEdge, type PartOfNetwork } from "../../src/app/nats/edge-over-nats.ts";
import { readInvitation } from "../../src/app/nats/invitation.ts";
import { openNode } from "../../src/app/nats/node-over-nats.ts";
import { startOwnServer } from "../../src/app/nats/own-server.ts";
import { pingo } from "../captured.ts";
import { ScriptedRunner } from "../live/scripted-runner.ts";
import { isAlive } from "./is-alive.ts";
import { skipNats } from "./test-server.ts";

let folder: string;
let server: ServerProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pingo-bad-"));
});
afterEach(async () => {
  await server?.kill();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const gw = () => join(folder, "gw");
const at = (name: string) => join(folder, name);

async function invited(role: "edge" | "node", name: string, ...more: ReadonlyArray<string>) {
  const out = at(`${name}.invitation`);
  const nats = ["--nats", server?.url ?? "", "--dir", gw(), "--out", out, ...more];
  const ran = await pingo("gateway", "enrol", role, name, ...nats);
  expect(ran).toMatchObject({ exit: 0, err: "" });
  return out;
}

/** A server that only greets, as one of this version. */
async function greeter(version: string) {
  const info = { server_id: "x", version, jetstream: true, headers: true, max_payload: 1_048_576 };
  const made = createServer((socket) => {
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    socket.on("data", (text) => {
      if (text.includes("PING")) socket.write("PONG\r\n");
    });
    socket.on("error", () => {});
  });
  const port = await freePort();
  await new Promise<void>((resolve) => made.listen(port, "127.0.0.1", resolve));
  return { url: `nats://127.0.0.1:${port}`, close: () => made.close() };
}

describe("A network over NATS: bad input without a server", () => {
  test("an address that is none", async () => {
    const ran = await pingo("gateway", "--nats", "http://here", "--dir", gw());
    expect(ran.exit).not.toBe(0);
    expect(ran.err).toMatch(/"http:\/\/here" is no address of a NATS server: write nats:/);
  });

  test("a server that is down at the start", async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    const ran = await pingo("gateway", "--nats", url, "--dir", gw());
    expect(ran.exit).toBe(1);
    expect(ran.err).toMatch(
      /^error: No nats-server answers at .*start it, or correct the address\n$/,
    );
  }, 60_000);

  test("a server that is too old", async () => {
    const old = await greeter("2.9.10");
    const ran = await pingo("gateway", "--nats", old.url, "--dir", gw());
    old.close();
    expect(ran.exit).toBe(1);
    expect(ran.err).toMatch(/2\.9\.10.*2\.10/);
  }, 60_000);

  test("an invitation that is none, of another role, or of a later version", async () => {
    const file = at("x");
    writeFileSync(file, "hello");
    expect((await pingo("edge", "--invitation", file)).err).toMatch(/is no invitation; ask/);
    writeFileSync(file, JSON.stringify({ pingo: "invitation", format: 1, role: "node" }));
    expect((await pingo("edge", "--invitation", file)).err).toMatch(/use it with pingo node/);
    writeFileSync(file, JSON.stringify({ pingo: "invitation", format: 2 }));
    expect((await pingo("edge", "--invitation", file)).err).toMatch(/later version of PinGo/);
    expect((await pingo("edge", "--invitation", at("none"))).exit).toBe(2);
  });

  test("members without keys; a server for others in the clear", async () => {
    const enrol = ["gateway", "enrol", "edge", "e0", "--nats", "nats://h", "--dir", gw()];
    expect((await pingo(...enrol)).err).toMatch(
      /has no operator's keys; make them with pingo nats/,
    );
    const init = ["nats", "init", "--dir", gw(), "--host", "0.0.0.0"];
    expect((await pingo(...init)).err).toMatch(/must not travel in the clear; add --tls-cert/);
  });
});

describe.skipIf(skipNats)("A network over NATS: bad input with a server", () => {
  beforeEach(async () => {
    server = await startOwnServer(gw());
  });

  test("an invitation is its owner's only, has the rules, and admits the machine", async () => {
    const out = await invited("node", "n1", "--owner", "ada", "--slots", "2");
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const { config, name, role, credentials } = readInvitation(out, "node");
    expect({ name, role }).toEqual({ name: "n1", role: "node" });
    expect(credentials.principal).toEqual({ role: "node", id: "n1" });
    expect(config.machines).toMatchObject([{ node: "n1", owner: "ada", slots: 2 }]);
    const taken = ["n1", "--owner", "ben", "--nats", server?.url ?? "", "--dir", gw()];
    const again = await pingo("gateway", "enrol", "node", ...taken);
    expect(again.err).toMatch(/machine n1 is ada's already; give the new one another name/);
  }, 60_000);

  test("a key of another network is not accepted", async () => {
    const out = await invited("edge", "e0");
    const other = await startOwnServer(at("other"));
    const ran = await pingo("edge", "--invitation", out, "--nats", other.url, "--dir", at("e"));
    await other.kill();
    expect(ran.exit).toBe(1);
    expect(ran.err).toMatch(/does not accept this key .*ask the operator for new credentials\n$/);
  }, 60_000);

  test("token and key that do not belong together", async () => {
    const [one, two] = [await invited("edge", "e0"), await invited("node", "n1", "--owner", "ada")];
    const [edge, node] = [one, two].map((path) => JSON.parse(readFileSync(path, "utf8")));
    const seed = /SU[A-Z2-7]{56}/;
    const stolen = edge.credentials.replace(seed, seed.exec(node.credentials)?.[0]);
    writeFileSync(one, JSON.stringify({ ...edge, credentials: stolen }));
    const ran = await pingo("edge", "--invitation", one, "--dir", at("e"));
    expect(ran.exit).toBe(1);
    expect(ran.err).toMatch(/do not belong together: ask for a new file\n$/);
  }, 60_000);

  test("two edges of one name: the second is told who has it", async () => {
    const out = await invited("edge", "e0");
    const { credentials, config } = readInvitation(out, "edge");
    const part: PartOfNetwork = {
      name: "e0",
      folder: at("e"),
      url: server?.url ?? "",
      config,
      credentials,
      say: () => {},
    };
    const scope = Effect.runSync(Scope.make());
    await Effect.runPromise(Scope.extend(openEdge(part), scope));
    const second = Effect.runPromise(Effect.scoped(openEdge({ ...part, folder: at("e2") })));
    await expect(second).rejects.toThrow(/edge-e0 is owned by .* until its lease ends/);
    await Effect.runPromise(Scope.close(scope, Exit.void));
  }, 60_000);

  test("two nodes with one key: the second is sent away, the first hears of it", async () => {
    const out = await invited("node", "n1", "--owner", "ada");
    const { credentials, config } = readInvitation(out, "node");
    const said: string[] = [];
    const part: PartOfNetwork = {
      name: "n1",
      folder: at("n"),
      url: server?.url ?? "",
      config,
      credentials,
      say: (line) => said.push(line),
    };
    const scope = Effect.runSync(Scope.make());
    const runner = () => Effect.succeed(new ScriptedRunner(() => 20));
    await Effect.runPromise(Scope.extend(openNode({ ...part, runner }), scope));
    const args = ["node", "--invitation", out, "--page", "0", "--dir", at("n2")];
    const second = await pingo(...args);
    expect(second.exit).toBe(1);
    expect(second.err).toMatch(
      /^error: node n1 runs already, as \S+, with the same key; .* expel node n1\n$/,
    );
    expect(said).toContainEqual(expect.stringMatching(/^another process .* sent away$/));
    expect(existsSync(join(at("n2"), "journals"))).toBe(false);
    // when the first one is gone the key is free
    await Effect.runPromise(Scope.close(scope, Exit.void));
    await Effect.runPromise(Effect.scoped(openNode({ ...part, runner })));
  }, 60_000);

  test("a server that its owner left behind is ended by the next start", async () => {
    const left = server;
    server = await startOwnServer(gw());
    expect(server.pid).not.toBe(left?.pid);
    await expect.poll(() => isAlive(left?.pid), { timeout: 5_000 }).toBe(false);
  }, 60_000);
});
