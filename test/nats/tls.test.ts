/** A server behind TLS: the right certificate lets in, everything else is one sentence. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectNats } from "../../src/adapters/nats/connection.ts";
import { findServer } from "../../src/adapters/nats/find-server.ts";
import { ServerProcess } from "../../src/adapters/nats/server-process.ts";
import { skipNats } from "./test-server.ts";

/** Every system that runs the tests has it. */
const openssl = "openssl";

describe.skipIf(skipNats)("NATS behind TLS", () => {
  let folder: string;
  let server: ServerProcess;
  const file = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pingo-tls-"));
    for (const name of ["server", "stranger"]) {
      const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
      const files = ["-keyout", file(`${name}.key`), "-out", file(`${name}.crt`)];
      const kind = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"];
      execFileSync(openssl, [...kind, ...files, ...subject], { stdio: "pipe" });
    }
    const { path } = await findServer();
    server = await ServerProcess.start({
      binary: path,
      folder: file("data"),
      name: "tls",
      tls: { cert: file("server.crt"), key: file("server.key") },
    });
  });

  afterAll(async () => {
    await server?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it("the authority is known: connected, encrypted", async () => {
    expect(server.url).toMatch(/^tls:/);
    const nc = await connectNats({ url: server.url, tls: { caFile: file("server.crt") } });
    expect(nc.info?.tls_required).toBe(true);
    await nc.close();
  });

  it.each([
    ["no authority", (): object => ({})],
    ["another authority", () => ({ tls: { caFile: file("stranger.crt") } })],
  ])("%s: refused, and says what to check", async (_, extra) => {
    const joining = connectNats({ url: server.url, waitMs: 1_000, ...extra() });
    await expect(joining).rejects.toThrow(/do not agree on TLS.*certificate files\.$/);
  });
});
