/**
 * What is known of a request while it is under way. It hangs on Node's own request object, so every
 * layer finds the same one without handing it on.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpServerRequest } from "@effect/platform";
import { NodeHttpServerRequest } from "@effect/platform-node";
import { Effect } from "effect";
import type { Problem } from "./problem.ts";
import type { Origin } from "./service.ts";

export interface Trail {
  readonly origin: Origin;
  /** Id of the token, once it is known to be valid. */
  token: string | undefined;
  problem: Problem | undefined;
  fault: unknown;
}

const trails = new WeakMap<IncomingMessage, Trail>();

/** A caller may bring its own request id, if it is a plain word; it ends up in logs and headers. */
const plainId = /^[A-Za-z0-9._-]{1,64}$/;
const traceparent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const PATH_SHOWN = 200;

export function beginTrail(request: IncomingMessage): Trail {
  const brought = request.headers["x-request-id"];
  const trace = request.headers.traceparent;
  const trail: Trail = {
    origin: {
      request:
        typeof brought === "string" && plainId.test(brought)
          ? brought
          : randomBytes(9).toString("base64url"),
      remote: request.socket.remoteAddress ?? "",
      method: request.method ?? "",
      path: pathOf(request).slice(0, PATH_SHOWN),
      trace: typeof trace === "string" ? traceparent.exec(trace)?.[1] : undefined,
    },
    token: undefined,
    problem: undefined,
    fault: undefined,
  };
  trails.set(request, trail);
  return trail;
}

/** Without the query, which may hold what nobody wants in a log. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "";
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

export const currentTrail = Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
  const trail = trails.get(NodeHttpServerRequest.toIncomingMessage(request));
  if (trail === undefined) throw new Error("a request without a trail");
  return trail;
});
