/**
 * The gateway of `pingo up`: over the shards of its own process, with a token for the user who
 * started it that this user's commands find by themselves.
 */
import { createSecureContext } from "node:tls";
import { Effect, type Scope } from "effect";
import { DAY } from "../../kernel/duration.ts";
import type { Seen } from "../../live/view.ts";
import { keepToken, knownToken } from "../client/credentials.ts";
import { readText } from "../files.ts";
import type { Network } from "../live/network.ts";
import { CommandError } from "../outcome.ts";
import { nowUs } from "./guard.ts";
import { gatewayFolder } from "./local-files.ts";
import { DemandWatch, localNetwork } from "./local-network.ts";
import type { NetworkHandle } from "./network-handle.ts";
import { networkName } from "./network-name.ts";
import type { Planner } from "./planner.ts";
import { gateway, type RunningGateway } from "./start-gateway.ts";
import type { Tokens } from "./tokens.ts";
import { tracingOf } from "./tracing.ts";

export interface Beside {
  /** State folder of the network. */
  readonly folder: string;
  readonly host?: string | undefined;
  readonly port: number;
  /** Files with the certificate and its key, PEM; together or not at all. */
  readonly tls?:
    | { readonly certFile?: string | undefined; readonly keyFile?: string | undefined }
    | undefined;
  /** The contributor whose jobs the local user hands in. */
  readonly contributor: string;
  readonly planner: Planner;
}

const LOCAL_FOR_US = 30 * DAY;
const RENEW_WITHIN_US = 7 * DAY;

/** What sees deliveries from the first one on; the network is opened with it. */
export interface Ears {
  readonly seen: (seen: Seen) => void;
  /** Starts the gateway once the network is open; it ends with the scope. */
  readonly open: (
    network: Network,
    /** Adds what other processes know. */
    widened?: (local: NetworkHandle) => NetworkHandle,
  ) => Effect.Effect<RunningGateway, unknown, Scope.Scope>;
}

export function gatewayBeside(beside: Beside): Ears {
  const { host = "127.0.0.1", port } = beside;
  const tls = tlsOf(beside.tls, host);
  const folder = gatewayFolder(beside.folder);
  const name = networkName(folder);
  const watch = new DemandWatch();
  const tracing = tracingOf(name);
  const open: Ears["open"] = (network, widened = (local) => local) =>
    Effect.gen(function* () {
      yield* Effect.addFinalizer(() => Effect.promise(async () => tracing?.close()));
      const local = widened(localNetwork(network, watch, name));
      const handle = {
        ...local,
        metrics: async () => [...(await local.metrics()), ...(tracing?.metrics() ?? [])],
      };
      const running = yield* gateway(handle, beside.planner, {
        folder,
        http: { host, port, tls },
      });
      yield* Effect.sync(() => leaveToken(running.tokens, running.url, beside.contributor));
      return running;
    });
  return {
    seen: (seen) => {
      watch.seen(seen);
      tracing?.seen(seen);
    },
    open,
  };
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** Tokens do not travel in the clear: who listens beyond this machine needs a certificate. */
function tlsOf(files: Beside["tls"], host: string) {
  const { certFile, keyFile } = files ?? {};
  if (certFile === undefined && keyFile === undefined) {
    if (loopback.test(host)) return undefined;
    throw new CommandError(
      `${host} is seen by other machines, and tokens must not travel in the clear; ` +
        "add --tls-cert " +
        "and --tls-key, or listen on 127.0.0.1 behind a proxy that speaks TLS",
      { code: "tls", field: "host" },
    );
  }
  if (certFile === undefined || keyFile === undefined) {
    throw new CommandError("--tls-cert and --tls-key belong together; give both", {
      code: "tls",
      field: certFile === undefined ? "tls-cert" : "tls-key",
    });
  }
  const cert = readText(certFile, "the certificate");
  const key = readText(keyFile, "the certificate's key");
  try {
    createSecureContext({ cert, key });
  } catch {
    throw new CommandError(
      `${certFile} and ${keyFile} are no certificate and its key in PEM; give a pair that fits`,
      { code: "tls", field: "tls-cert" },
    );
  }
  return { cert, key };
}

/** Where a user of this machine finds a gateway that listens at all of its addresses. */
function nearUrl(url: string): string {
  return url.replace(/\/\/(0\.0\.0\.0|\[::\]):/, "//127.0.0.1:");
}

/** The one that is there stays as long as it has a week to live. */
function leaveToken(tokens: Tokens, at: string, contributor: string): void {
  const url = nearUrl(at);
  const known = knownToken(url);
  if (known !== undefined && isGood(tokens, known)) return;
  const { secret } = tokens.create({
    role: "operator",
    contributor,
    note: "left by pingo up for this user",
    nowUs: nowUs(),
    forUs: LOCAL_FOR_US,
  });
  keepToken(url, secret);
}

function isGood(tokens: Tokens, secret: string): boolean {
  try {
    return tokens.check(secret, nowUs()).expiresUs - nowUs() > RENEW_WITHIN_US;
  } catch {
    return false;
  }
}
