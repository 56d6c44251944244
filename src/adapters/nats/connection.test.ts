import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { connectNats } from "./connection.ts";
import { freePort } from "./server-process.ts";

/** A server that greets as it is told, and answers what a client says with `then`. */
class Greeter {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  async listen(info: object, then = "PONG\r\n"): Promise<string> {
    const port = await freePort();
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", () => socket.write(then));
      socket.write(`INFO ${JSON.stringify({ max_payload: 1_048_576, proto: 1, ...info })}\r\n`);
    });
    await new Promise<void>((resolve) => this.server?.listen(port, "127.0.0.1", resolve));
    return `nats://127.0.0.1:${port}`;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server?.close();
  }
}

describe("Connecting to NATS", () => {
  const greeter = new Greeter();
  afterEach(() => greeter.close());

  it("no server: says so after the wait that was asked for, and no later", async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    const start = Date.now();
    await expect(connectNats({ url, waitMs: 500 })).rejects.toThrow(
      /^No nats-server answers at nats:.* start it, or correct the address\.$/,
    );
    expect(Date.now() - start).toBeLessThan(5_000);
  });

  it.each(["http://127.0.0.1:4222", "nats://", "not a url at all", "nats://h:99999999"])(
    "%s: is no address, and says what one looks like",
    async (url) => {
      await expect(connectNats({ url })).rejects.toThrow(/write nats:\/\/host:4222\.$/);
    },
  );

  it("a server that is too old: refused in one sentence", async () => {
    const url = await greeter.listen({ version: "2.9.10", jetstream: true });
    await expect(connectNats({ url })).rejects.toThrow(
      /is 2\.9\.10; PinGo needs 2\.10 or newer, so install a newer one\.$/,
    );
  });

  it("a server without JetStream: says how to switch it on", async () => {
    const url = await greeter.listen({ version: "2.15.1" });
    await expect(connectNats({ url })).rejects.toThrow(/start it with --jetstream\.$/);
  });

  it("a server that does not know us: says who can help", async () => {
    const denied = "-ERR 'Authorization Violation'\r\n";
    const url = await greeter.listen({ version: "2.15.1", auth_required: true }, denied);
    await expect(connectNats({ url })).rejects.toThrow(/ask the operator for new credentials\.$/);
  });
});
