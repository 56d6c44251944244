/**
 * A local chain over HTTP on loopback, as toncenter offers the public ones, so that a client only
 * needs another address; and under /dev what only a chain of one's own can do: coins and time.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { JournalError } from "../../../live/journal.ts";
import type { LocalChain } from "./local-chain.ts";
import { LocalChainError } from "./local-chain-error.ts";
import { RpcError } from "./rpc-error.ts";
import { methods } from "./rpc-methods.ts";
import { addressIn, bigIn, type Params, wholeIn } from "./rpc-params.ts";

export interface LocalServer {
  /** For clients such as TonClient. */
  readonly endpoint: string;
  /** Where /dev is. */
  readonly url: string;
  readonly port: number;
  readonly close: () => Promise<void>;
}

export interface LocalServerParts {
  readonly chain: LocalChain;
  /** 0: any free one. */
  readonly port: number;
  /** Hears of faults of ours, which callers are only told of. */
  readonly say: (line: string) => void;
}

const HOST = "127.0.0.1";
const RPC = "/api/v2/jsonRPC";
const REST = "/api/v2/";
const MAX_BODY_BYTES = 1_048_576;
const MAX_CONNECTIONS = 256;
const HEAD_MS = 10_000;
const REQUEST_MS = 30_000;
const KEEP_MS = 5_000;
const GRACE_MS = 2_000;

/** Rejects with Node's own error when the port is taken. */
export async function serveLocalChain(parts: LocalServerParts): Promise<LocalServer> {
  const server = createServer({
    headersTimeout: HEAD_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_MS,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    answer(parts, request, response).catch((error: unknown) => {
      tell(parts, error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: HOST, port: parts.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${HOST}:${port}`;
  return { url, endpoint: `${url}${RPC}`, port, close: () => closed(server) };
}

async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await done;
  clearTimeout(cut);
}

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function answer(
  parts: LocalServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${HOST}`);
  const isApi = url.pathname.startsWith(REST);
  // wallets in a browser's page ask too; coins and time are not for pages
  if (isApi) response.setHeader("access-control-allow-origin", "*");
  if (isApi && request.method === "OPTIONS") {
    response.setHeader("access-control-allow-headers", "content-type, x-api-key, *");
    response.writeHead(204).end();
    return;
  }
  const reply = await replyTo(parts, request, url).catch((error: unknown) => failure(parts, error));
  if (reply.status === 413) response.setHeader("connection", "close");
  response.setHeader("content-type", "application/json");
  response.writeHead(reply.status).end(JSON.stringify(reply.body));
}

async function replyTo(
  parts: LocalServerParts,
  request: IncomingMessage,
  url: URL,
): Promise<Reply> {
  demandOwnName(request);
  const { pathname } = url;
  const isPost = request.method === "POST";
  if (!isPost && request.method !== "GET") {
    throw new RpcError(405, `${request.method} is not answered here; use GET or POST`);
  }
  const body = isPost ? await bodyOf(request) : Object.fromEntries(url.searchParams);
  if (pathname === RPC) return await jsonRpc(parts, isPost, body);
  if (pathname.startsWith(REST)) {
    const method = pathname.slice(REST.length);
    return { status: 200, body: { ok: true, result: await call(parts.chain, method, body) } };
  }
  const result = await ownPath(parts.chain, pathname, isPost ? body : undefined);
  return { status: 200, body: { ok: true, result } };
}

/**
 * A page can make its own name mean this machine; then the browser asks under that name, and
 * nobody else does.
 */
function demandOwnName({ headers, socket }: IncomingMessage): void {
  const name = (headers.host ?? "").replace(/:\d+$/, "");
  if (name === "localhost" || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name)) return;
  throw new RpcError(403, `the chain is asked as http://${HOST}:${socket.localPort}, not ${name}`);
}

async function jsonRpc({ chain }: LocalServerParts, isPost: boolean, body: Params): Promise<Reply> {
  if (!isPost) throw new RpcError(405, "send JSON with POST: {id, jsonrpc, method, params}");
  const { id = null, method, params = {} } = body;
  const head = { jsonrpc: "2.0", id };
  try {
    if (typeof method !== "string") throw new RpcError(422, "method must be the name of a method");
    if (!isObject(params)) throw new RpcError(422, "params must be an object with names");
    return { status: 200, body: { ok: true, result: await call(chain, method, params), ...head } };
  } catch (error) {
    const known = knownError(error);
    if (known === undefined) throw error;
    const { code, message } = known;
    return { status: code, body: { ok: false, error: message, code, ...head } };
  }
}

async function call(chain: LocalChain, method: string, params: Params): Promise<unknown> {
  const run = methods.get(method);
  if (run !== undefined) return await run(chain, params);
  const known = [...methods.keys()].join(", ");
  throw new RpcError(404, `there is no method "${method.slice(0, 60)}"; there are ${known}`);
}

async function ownPath(
  chain: LocalChain,
  path: string,
  body: Params | undefined,
): Promise<unknown> {
  if (path === "/" && body === undefined) return standing(chain);
  if (path === "/dev/time" && body === undefined) return { now: chain.now() };
  if (path === "/dev/time" && body !== undefined)
    return { now: await chain.setTime(timeIn(chain, body)) };
  if (path === "/dev/faucet" && body !== undefined) {
    const to = addressIn(body);
    const amount = bigIn(body, "amount");
    if (amount === undefined) {
      throw new RpcError(422, 'amount must be nanogram as text: "1000000000" is one coin');
    }
    await chain.give(to, amount);
    const balance = chain.account(to)?.shard.account?.storage.balance.coins ?? 0n;
    return { address: to.toString(), balance: balance.toString() };
  }
  const paths = `POST ${RPC}, GET /, GET and POST /dev/time, POST /dev/faucet`;
  throw new RpcError(404, `there is nothing at ${path.slice(0, 60)}; there are ${paths}`);
}

function standing(chain: LocalChain) {
  return {
    name: "a local chain of PinGo",
    id: chain.id,
    rpc: RPC,
    now: chain.now(),
    seqno: chain.seqno,
    transactions: chain.transactionCount,
    accounts: chain.accountCount,
  };
}

function timeIn(chain: LocalChain, body: Params): number {
  if (body.now !== undefined && body.advance === undefined) return wholeIn(body, "now");
  if (body.advance !== undefined && body.now === undefined) {
    return chain.now() + wholeIn(body, "advance");
  }
  throw new RpcError(422, "give now, a Unix time in seconds, or advance, seconds to go on by");
}

async function bodyOf(request: IncomingMessage): Promise<Params> {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\b/i.test(type)) {
    throw new RpcError(415, "the body must be JSON; send it as application/json");
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw new RpcError(413, `the body is larger than ${MAX_BODY_BYTES} bytes; send less`);
    }
    chunks.push(chunk);
  }
  const value = parsed(Buffer.concat(chunks).toString("utf8"));
  if (isObject(value)) return value;
  throw new RpcError(422, "the body must be one JSON object");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RpcError(422, "the body is no JSON; check its quotes and commas");
  }
}

function isObject(value: unknown): value is Params {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Known {
  readonly code: number;
  readonly message: string;
}

function knownError(error: unknown): Known | undefined {
  if (error instanceof RpcError) return error;
  const isSentence = error instanceof LocalChainError || error instanceof JournalError;
  if (isSentence) return { code: 500, message: error.message };
  return undefined;
}

/** Our faults are told apart from the caller's: the words go to the log. */
function failure(parts: LocalServerParts, error: unknown): Reply {
  const known = knownError(error);
  if (known === undefined) tell(parts, error);
  const { code, message } = known ?? { code: 500, message: "the chain failed; see its output" };
  return { status: code, body: { ok: false, error: message, code } };
}

function tell({ say }: LocalServerParts, error: unknown): void {
  say(`chain: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
