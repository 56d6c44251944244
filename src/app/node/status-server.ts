/**
 * The agent's page on loopback. Only this machine can reach it, but any page that its owner opens
 * in a browser could ask it: so the name asked for must be this machine's own, and what changes
 * something must come as a browser lets no other page send it.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CommandError } from "../outcome.ts";
import { type StatusParts, statusOf } from "./status.ts";
import { bodyOf, pageOf } from "./status-page.ts";

export const STATUS_PORT = 7461;
const HOST = "127.0.0.1";

export interface StatusServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Port 0 takes any that is free. Rejects with a sentence when the port is taken. */
export async function serveStatus(parts: StatusParts, port = STATUS_PORT): Promise<StatusServer> {
  const server = createServer(
    { requestTimeout: 10_000, maxHeaderSize: 8_192 },
    (request, answer) => {
      request.resume();
      try {
        reply(parts, request, answer);
      } catch {
        send(answer, 500, "text/plain", "the agent could not tell");
      }
    },
  );
  await listening(server, port);
  server.unref();
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listening(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const said = taken
        ? `port ${port} is taken: is an agent running already? Stop it or give another port`
        : `port ${port} cannot be opened: ${error.message}`;
      reject(new CommandError(said, { field: "port" }));
    });
    server.listen(port, HOST, resolve);
  });
}

function reply(parts: StatusParts, request: IncomingMessage, answer: ServerResponse): void {
  const { host = "", "content-type": type = "" } = request.headers;
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) {
    send(answer, 403, "text/plain", "ask for 127.0.0.1 or localhost");
    return;
  }
  const asked = `${request.method} ${request.url}`;
  const changes = asked === "POST /pause" || asked === "POST /resume";
  if (changes && type.split(";")[0] !== "application/json") {
    send(answer, 415, "text/plain", "content-type must be application/json");
    return;
  }
  switch (asked) {
    case "GET /": {
      const nonce = randomBytes(16).toString("base64");
      answer.setHeader(
        "content-security-policy",
        `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; ` +
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      send(answer, 200, "text/html", pageOf(statusOf(parts), parts.preview(), nonce));
      return;
    }
    case "GET /body":
      send(answer, 200, "text/html", bodyOf(statusOf(parts), parts.preview()));
      return;
    case "POST /pause":
      parts.agent.pause();
      break;
    case "POST /resume":
      parts.agent.resume();
      break;
    case "GET /status":
      break;
    default:
      send(answer, 404, "text/plain", "there is /, /status, /pause and /resume");
      return;
  }
  send(answer, 200, "application/json", JSON.stringify(statusOf(parts)));
}

function send(answer: ServerResponse, code: number, type: string, text: string): void {
  answer.writeHead(code, {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  answer.end(text);
}
