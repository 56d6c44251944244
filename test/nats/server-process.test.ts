/** A server of our own: what it kept is there again, and why it does not start is said. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { connectNats } from "../../src/adapters/nats/connection.ts";
import { findServer } from "../../src/adapters/nats/find-server.ts";
import { linkOf } from "../../src/adapters/nats/link.ts";
import { Names } from "../../src/adapters/nats/names.ts";
import { openNatsPorts } from "../../src/adapters/nats/ports.ts";
import { Provisioner } from "../../src/adapters/nats/provision.ts";
import { freePort, ServerFailed, ServerProcess } from "../../src/adapters/nats/server-process.ts";
import type { FencingToken } from "../../src/live/leases.ts";
import { CORE } from "../../src/live/shard.ts";
import { isAlive } from "./is-alive.ts";
import { skipNats } from "./test-server.ts";

describe.skipIf(skipNats)("A nats-server of our own", () => {
  const folder = mkdtempSync(join(tmpdir(), "pingo-own-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const own = async (name: string) => {
    const { path: binary } = await findServer();
    return { binary, folder: join(folder, name), name };
  };

  it("killed, then started again: every record is there", async () => {
    const server = await ServerProcess.start(await own("killed"));
    const settings = { url: server.url, shard: CORE, limits: { blobBytes: 1_000_000 } };
    const before = await openNatsPorts(settings);
    const journal = await before.journals.open(CORE, 1 as FencingToken);
    await journal.append(0, ['"kept"']);
    await server.kill();
    await before.connection.close();
    await server.again();
    const after = await openNatsPorts(settings);
    const reopened = await after.journals.open(CORE, 2 as FencingToken);
    const records: string[] = [];
    for await (const record of reopened.read(0)) records.push(record);
    expect(records).toEqual(['"kept"']);
    await after.close();
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  it("a port that is taken: its own words say so", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    const starting = ServerProcess.start({ ...(await own("taken")), port });
    await expect(starting).rejects.toBeInstanceOf(ServerFailed);
    await expect(starting).rejects.toThrow(/address already in use/);
    other.close();
  });

  it("a binary that is too old: refused in a sentence", async () => {
    const binary = join(folder, "old-server");
    const greet = 'INFO {"version":"2.9.10","max_payload":1048576}\\r\\n';
    const program = `require("net").createServer((s) => s.write('${greet}'))`;
    const port = await freePort();
    writeFileSync(binary, `#!/usr/bin/env node\n${program}.listen(${port}, "127.0.0.1");\n`, {
      mode: 0o755,
    });
    const starting = ServerProcess.start({ ...(await own("old")), binary, port });
    await expect(starting).rejects.toThrow(/is 2\.9\.10; PinGo needs 2\.10 or newer/);
  });

  it("too little room: says what to raise", async () => {
    const settings = { ...(await own("small")), maxStoreBytes: 1_000_000 };
    const server = await ServerProcess.start(settings);
    const nc = await connectNats({ url: server.url });
    const provisioner = Provisioner.on(await linkOf(nc), { names: new Names() });
    await expect(provisioner.network()).rejects.toThrow(/raise max_file_store/);
    await nc.close();
    await server.kill();
  });

  it("another's stream in the way: the difference is named", async () => {
    const server = await ServerProcess.start(await own("strange"));
    const nc = await connectNats({ url: server.url });
    const link = await linkOf(nc);
    const names = new Names();
    await link.manager.streams.add({
      name: names.deadStream,
      subjects: ["own.>"],
      retention: "workqueue",
    });
    const provisioner = Provisioner.on(link, { names, limits: { blobBytes: 1_000_000 } });
    await expect(provisioner.network()).rejects.toThrow(/refuses to set the network up/);
    await nc.close();
    await server.kill();
  });
});
