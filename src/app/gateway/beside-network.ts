/**
 * The gateway of `pingo up`: over the shards of its own process, with a token for the user who
 * started it that this user's commands find by themselves.
 */
import { Effect, type Scope } from "effect";
import { DAY } from "../../kernel/duration.ts";
import type { Seen } from "../../live/view.ts";
import { keepToken, knownToken } from "../client/credentials.ts";
import { readText } from "../files.ts";
import type { Network } from "../live/network.ts";
import { nowUs } from "./guard.ts";
import { gatewayFolder } from "./local-files.ts";
import { DemandWatch, localNetwork } from "./local-network.ts";
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
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
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
  readonly open: (network: Network) => Effect.Effect<RunningGateway, unknown, Scope.Scope>;
}

export function gatewayBeside(beside: Beside): Ears {
  const folder = gatewayFolder(beside.folder);
  const name = networkName(folder);
  const watch = new DemandWatch();
  const tracing = tracingOf(name);
  const open = (network: Network) =>
    Effect.gen(function* () {
      yield* Effect.addFinalizer(() => Effect.promise(async () => tracing?.close()));
      const local = localNetwork(network, watch, name);
      const handle = {
        ...local,
        metrics: async () => [...(await local.metrics()), ...(tracing?.metrics() ?? [])],
      };
      const { host = "127.0.0.1", port, tls } = beside;
      const running = yield* gateway(handle, beside.planner, {
        folder,
        http: { host, port, tls: tls && read(tls) },
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

function read({ certFile, keyFile }: NonNullable<Beside["tls"]>) {
  return {
    cert: readText(certFile, "the certificate"),
    key: readText(keyFile, "the certificate's key"),
  };
}

/** The one that is there stays as long as it has a week to live. */
function leaveToken(tokens: Tokens, url: string, contributor: string): void {
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
