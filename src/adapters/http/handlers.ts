/** Binds each address of the interface to what the gateway does. */
import { HttpApiBuilder, type HttpServerRequest, HttpServerResponse } from "@effect/platform";
import { NodeHttpServerRequest } from "@effect/platform-node";
import { Effect, Layer, Redacted, Stream } from "effect";
import { Authorization, api, CurrentCall } from "./api.ts";
import { type Problem, Refused } from "./problem.ts";
import type { Call, GatewayService } from "./service.ts";
import { statusEvents } from "./status-events.ts";
import { currentTrail } from "./trail.ts";
import { type UploadLimits, Uploads } from "./uploads.ts";

/** The gateway's own work as an effect: what it refuses is a failure, all else a defect. */
function work<A>(does: () => Promise<A>): Effect.Effect<A, Problem> {
  return Effect.tryPromise({ try: does, catch: (error) => error }).pipe(
    Effect.catchAll((error) =>
      error instanceof Refused ? Effect.fail(error.problem) : Effect.die(error),
    ),
  );
}

const called = <A>(does: (call: Call) => Promise<A>) =>
  Effect.flatMap(CurrentCall, (call) => work(() => does(call)));

export function handlers(service: GatewayService, limits: UploadLimits) {
  return HttpApiBuilder.api(api).pipe(
    Layer.provide([
      jobHandlers(service),
      quoteHandlers(service),
      blobHandlers(service, new Uploads(limits)),
      networkHandlers(service),
      walletHandlers(service),
      escrowHandlers(service),
      openHandlers(service),
    ]),
    Layer.provide(authorization(service)),
  );
}

function authorization(service: GatewayService) {
  return Layer.succeed(
    Authorization,
    Authorization.of({
      token: (token) =>
        Effect.gen(function* () {
          const trail = yield* currentTrail;
          const call = yield* Effect.try({
            try: () => service.authenticate(trail.origin, Redacted.value(token)),
            catch: (error) => error,
          }).pipe(
            Effect.catchAll((error) =>
              error instanceof Refused ? Effect.fail(error.problem as Refusal) : Effect.die(error),
            ),
          );
          trail.token = call.token;
          return call;
        }),
    }),
  );
}

type Refusal = Problem & { readonly status: 401 | 403 | 429 };

function jobHandlers(service: GatewayService) {
  return HttpApiBuilder.group(api, "jobs", (group) =>
    group
      .handle("submit", ({ payload, headers }) =>
        called((call) => service.submit(call, { order: payload, key: headers["idempotency-key"] })),
      )
      .handle("list", ({ urlParams }) => called((call) => service.list(call, urlParams)))
      .handle("status", ({ path }) => called((call) => service.status(call, path.job)))
      .handle("tasks", ({ path, urlParams }) =>
        called((call) => service.tasks(call, path.job, urlParams)),
      )
      .handleRaw("result", ({ path, urlParams }) =>
        Effect.map(
          called((call) => service.result(call, path.job, urlParams.format)),
          ({ bytes, contentType, partial }) =>
            HttpServerResponse.uint8Array(bytes, {
              contentType,
              headers: { "pingo-partial": String(partial) },
            }),
        ),
      )
      .handle("cancel", ({ path }) => called((call) => service.cancel(call, path.job)))
      .handle("explain", ({ path }) => called((call) => service.explain(call, path.job)))
      .handle("log", ({ path }) => called((call) => service.log(call, path.job)))
      .handleRaw("events", ({ path }) =>
        Effect.gen(function* () {
          const call = yield* CurrentCall;
          // the right to see it is checked before the stream begins
          yield* work(() => service.status(call, path.job));
          return HttpServerResponse.stream(
            Stream.encodeText(statusEvents((heard) => service.watch(call, path.job, heard))),
            { contentType: "text/event-stream", headers: { "x-accel-buffering": "no" } },
          );
        }),
      ),
  );
}

function quoteHandlers(service: GatewayService) {
  return HttpApiBuilder.group(api, "quotes", (group) =>
    group.handle("quote", ({ payload }) => called((call) => service.quote(call, payload))),
  );
}

function blobHandlers(service: GatewayService, uploads: Uploads) {
  const receive = (request: HttpServerRequest.HttpServerRequest, expected: string | undefined) =>
    Effect.gen(function* () {
      const call = yield* CurrentCall;
      yield* work(async () => service.mayUpload(call));
      const source = NodeHttpServerRequest.toIncomingMessage(request);
      const receipt = yield* work(() =>
        uploads.read(source, (pieces) => service.upload(call, pieces, expected)),
      );
      return HttpServerResponse.unsafeJson(receipt, { status: 201 });
    });
  return HttpApiBuilder.group(api, "blobs", (group) =>
    group
      .handleRaw("upload", ({ request }) => receive(request, undefined))
      .handleRaw("put", ({ request, path }) => receive(request, path.blob))
      .handleRaw("download", ({ path }) =>
        Effect.map(
          called((call) => service.download(call, path.blob)),
          (bytes) =>
            HttpServerResponse.uint8Array(bytes, { contentType: "application/octet-stream" }),
        ),
      ),
  );
}

function networkHandlers(service: GatewayService) {
  return HttpApiBuilder.group(api, "network", (group) =>
    group
      .handle("me", () => called((call) => service.me(call)))
      .handle("nodes", () => called((call) => service.nodes(call)))
      .handle("contributors", () => called((call) => service.contributors(call)))
      .handle("contributor", ({ path }) =>
        called((call) => service.contributor(call, path.contributor)),
      )
      .handle("credit", ({ path, urlParams }) =>
        called((call) => service.credit(call, path.contributor, urlParams)),
      )
      .handle("audit", () => called((call) => service.auditHead(call))),
  );
}

function walletHandlers({ wallets }: GatewayService) {
  return HttpApiBuilder.group(api, "wallets", (group) =>
    group
      .handle("challenge", () => called((call) => wallets.challenge(call)))
      .handle("link", ({ payload }) => called((call) => wallets.link(call, payload)))
      .handle("wallet", () => called((call) => wallets.status(call)))
      .handle("look", () => called((call) => wallets.look(call)))
      .handle("claims", () => called((call) => wallets.claims(call))),
  );
}

function escrowHandlers({ escrows }: GatewayService) {
  return HttpApiBuilder.group(api, "escrows", (group) =>
    group.handle("watch", ({ payload }) => called((call) => escrows.watch(call, payload))),
  );
}

function openHandlers(service: GatewayService) {
  return HttpApiBuilder.group(api, "service", (group) =>
    group
      .handle("health", () => Effect.sync(() => service.health()))
      .handle("metrics", () => called((call) => service.metrics(call))),
  );
}
