/**
 * The gateway's HTTP server: Node's own, with time and size limits before anything is read, and the
 * interface behind it. Whoever is slow, large or malformed is turned away without being waited for.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { HttpApiBuilder, HttpIncomingMessage } from "@effect/platform";
import { NodeHttpServer } from "@effect/platform-node";
import { Effect, Exit, Layer, ManagedRuntime, Option, Scope } from "effect";
import { handlers } from "./handlers.ts";
import { openApiText, pageText } from "./open-api.ts";
import { PROBLEM_JSON, type Problem, problem, Refused } from "./problem.ts";
import { answerOf, asSeen, headersOf, tooLarge } from "./respond.ts";
import type { GatewayService } from "./service.ts";
import { beginTrail, currentTrail, pathOf, type Trail } from "./trail.ts";

export interface HttpOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM text; undefined: plain HTTP, for loopback. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly maxJsonBytes: number;
  readonly maxBlobBytes: number;
  readonly maxUploadBytes: number;
  readonly maxConnections: number;
  /** How long the head of a request may take, the whole request, and silence on a line. */
  readonly headMs: number;
  readonly requestMs: number;
  readonly silenceMs: number;
}

const MIB = 1_048_576;

export const httpDefaults: HttpOptions = {
  host: "127.0.0.1",
  port: 7460,
  maxJsonBytes: 1 * MIB,
  maxBlobBytes: 256 * MIB,
  maxUploadBytes: 1_024 * MIB,
  maxConnections: 1_024,
  headMs: 10_000,
  requestMs: 120_000,
  silenceMs: 120_000,
};

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** Takes nothing more, finishes what is under way for so long, then cuts it off. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Rejects with Node's own error when the port is taken. */
export async function serveHttp(
  service: GatewayService,
  options: HttpOptions,
): Promise<HttpServer> {
  const runtime = ManagedRuntime.make(appLayer(service, options));
  const scope = Effect.runSync(Scope.make());
  const handle = await runtime.runPromise(
    Effect.flatMap(HttpApiBuilder.httpApp, (app) =>
      NodeHttpServer.makeHandler(
        app.pipe(HttpIncomingMessage.withMaxBodySize(Option.some(options.maxJsonBytes))),
      ),
    ).pipe(Scope.extend(scope)),
  );
  const server = listenerOf(service, options, handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const shown = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://${shown}:${port}`,
    port,
    close: async (graceMs) => {
      await closed(server, graceMs);
      await Effect.runPromise(Scope.close(scope, Exit.void));
      await runtime.dispose();
    },
  };
}

function appLayer(service: GatewayService, options: HttpOptions) {
  const problems = HttpApiBuilder.middleware((app) =>
    Effect.catchAllCause(app, (cause) =>
      Effect.map(currentTrail, (trail) => answerOf(cause, trail)),
    ),
  );
  return Layer.mergeAll(
    handlers(service, options).pipe(Layer.provideMerge(problems)),
    NodeHttpServer.layerContext,
  ).pipe(
    Layer.provideMerge(HttpApiBuilder.Router.Live),
    Layer.provideMerge(HttpApiBuilder.Middleware.layer),
  );
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

function listenerOf(service: GatewayService, options: HttpOptions, handle: Handle): Server {
  const limits = {
    headersTimeout: options.headMs,
    requestTimeout: options.requestMs,
    connectionsCheckingInterval: Math.min(1_000, options.headMs),
    keepAliveTimeout: 5_000,
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? createServer(limits)
      : createTlsServer({ ...limits, ...tls, minVersion: "TLSv1.2" });
  server.maxConnections = options.maxConnections;
  server.setTimeout(options.silenceMs);
  server.on("clientError", refuseLine);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const trail = beginTrail(request);
    follow(service, trail, response);
    const refusal = refusalOf(service, options, { request, trail });
    if (refusal !== undefined) sendProblem(response, asSeen(refusal, trail));
    else if (!sendPage(request, response)) handle(request, response);
  });
  return server;
}

function follow(service: GatewayService, trail: Trail, response: ServerResponse): void {
  const beganMs = performance.now();
  response.setHeader("x-request-id", trail.origin.request);
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("cache-control", "no-store");
  response.once("close", () => {
    const { origin, token, problem: found, fault } = trail;
    const ms = performance.now() - beganMs;
    // 499, as others write it: the caller went away before there was an answer
    const status = response.headersSent ? response.statusCode : 499;
    service.ended({ origin, token, status, problem: found, ms, fault });
  });
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly trail: Trail;
}

/** What can be told before anybody reads the body or the token. */
function refusalOf(
  service: GatewayService,
  options: HttpOptions,
  { request, trail }: Incoming,
): Problem | undefined {
  try {
    service.admit(trail.origin);
  } catch (error) {
    if (error instanceof Refused) return error.problem;
    throw error;
  }
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  const isBlob = pathOf(request).startsWith("/v1/blobs");
  const most = isBlob ? options.maxBlobBytes : options.maxJsonBytes;
  if (Number(request.headers["content-length"] ?? 0) > most) return tooLarge(most);
  const isChunked = request.headers["transfer-encoding"] !== undefined;
  const hasBody = isChunked || Number(request.headers["content-length"] ?? 0) > 0;
  if (!hasBody || isBlob) return undefined;
  if (isChunked) {
    return problem(411, "no-length", "say how long the JSON is; send it with a Content-Length");
  }
  const type = request.headers["content-type"] ?? "";
  if (/^application\/json\b/i.test(type)) return undefined;
  return problem(415, "no-json", "the body must be JSON; send it as application/json");
}

function sendPage(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== "GET") return false;
  const path = pathOf(request);
  if (path === "/openapi.json") {
    response.setHeader("content-type", "application/json");
    response.end(openApiText());
    return true;
  }
  if (path !== "/") return false;
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.setHeader("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.end(pageText());
  return true;
}

function sendProblem(response: ServerResponse, body: Problem): void {
  response.writeHead(body.status, { ...headersOf(body), "content-type": PROBLEM_JSON });
  response.end(JSON.stringify(body));
}

const lineProblems: Readonly<Record<string, Problem>> = {
  ERR_HTTP_REQUEST_TIMEOUT: problem(
    408,
    "too-slow",
    "the request took too long to arrive; send it again on a better line",
  ),
  HPE_HEADER_OVERFLOW: problem(400, "head-too-large", "the request's head is too large"),
};
const noRequest = problem(400, "no-request", "what was sent is no HTTP request");

/** What is no request at all never reaches the interface. */
function refuseLine(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const body = lineProblems[error.code ?? ""] ?? noRequest;
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${body.status} ${body.title}\r\ncontent-type: ${PROBLEM_JSON}\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

async function closed(server: Server, graceMs: number): Promise<void> {
  const done = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await done;
  clearTimeout(cut);
}
