/**
 * Connects to NATS and says in one sentence why it cannot. Once connected it reconnects by itself
 * for as long as the process lives; what is asked meanwhile fails after its own wait.
 */
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import {
  type ConnectionOptions,
  connect,
  errors,
  jwtAuthenticator,
  type NatsConnection,
} from "@nats-io/transport-node";
import { type Credentials, refusalOf } from "./credentials.ts";
import { labelOf } from "./names.ts";
import { isNewEnough, tooOld } from "./server-version.ts";

export interface NatsSettings {
  /** `nats://host:port` or `tls://host:port`; several servers of one cluster with commas. */
  readonly url: string;
  /** Without them the server must let in anybody: a server of one's own on loopback. */
  readonly credentials?: Credentials | undefined;
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
  /** How long to wait for a server that does not answer yet. */
  readonly waitMs?: number;
  /** How long one question to the server may take. */
  readonly timeoutMs?: number;
}

/** A sentence for the user about the server, the address or the key. */
export class NatsError extends Error {
  override readonly name: string = "NatsError";
}

/** The server knows this key no more, or never did. */
export class KeyRefused extends NatsError {
  override readonly name = "KeyRefused";
}

/** Too few servers of a cluster are up for any of them to decide: it passes. */
export class NoLeader extends NatsError {
  override readonly name = "NoLeader";
}

const WAIT_MS = 10_000;
const PAUSE_MS = 250;
const schemes = ["nats:", "tls:"];

export async function connectNats(settings: NatsSettings): Promise<NatsConnection> {
  const options = optionsOf(settings);
  const until = Date.now() + (settings.waitMs ?? WAIT_MS);
  for (;;) {
    try {
      const connection = await connect(options);
      await check(connection, settings.url);
      return connection;
    } catch (error) {
      if (error instanceof NatsError) throw error;
      const hopeless = hopelessly(error, settings);
      if (hopeless !== undefined) throw hopeless;
      if (Date.now() > until) throw unreachable(error, settings.url);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function optionsOf(settings: NatsSettings): ConnectionOptions {
  const { credentials, tls } = settings;
  const servers = settings.url.split(",").map((url) => checkedUrl(url.trim()));
  const secure = tls !== undefined || settings.url.includes("tls://");
  return {
    servers,
    timeout: settings.timeoutMs ?? 3_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: PAUSE_MS,
    reconnectJitter: 100,
    pingInterval: 5_000,
    maxPingOut: 2,
    ...(secure ? { tls: { ...tls, ...identityOf(servers) } } : {}),
    ...(credentials === undefined
      ? {}
      : {
          name: labelOf(credentials.principal),
          // nobody else may listen where the answers to this one's questions arrive
          inboxPrefix: inboxPrefixOf(credentials),
          authenticator: jwtAuthenticator(
            credentials.jwt,
            new TextEncoder().encode(credentials.seed),
          ),
        }),
  };
}

export function inboxPrefixOf({ principal }: Pick<Credentials, "principal">): string {
  return `_INBOX_${labelOf(principal)}`;
}

/** The client compares certificates with names only; one may be for the address that was given. */
function identityOf(servers: ReadonlyArray<string>): object {
  const unnamed = servers.map(hostOf).filter((host) => isIP(host) !== 0 || host === "localhost");
  if (unnamed.length === 0) return {};
  return {
    checkServerIdentity: (host: string, certificate: PeerCertificate) => {
      const named = host === "localhost" ? unnamed : [host];
      const wrong = named.map((each) => checkServerIdentity(each, certificate));
      return wrong.includes(undefined) ? undefined : wrong[0];
    },
  };
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, "");
}

function checkedUrl(url: string): string {
  const whole = url.includes("://") ? url : `nats://${url}`;
  const parsed = URL.canParse(whole) ? new URL(whole) : undefined;
  if (parsed === undefined || !schemes.includes(parsed.protocol) || parsed.hostname === "") {
    throw new NatsError(`"${url}" is no address of a NATS server: write nats://host:4222.`);
  }
  return whole;
}

async function check(connection: NatsConnection, url: string): Promise<void> {
  const { version = "unknown", jetstream = false } = connection.info ?? {};
  let wrong: string | undefined;
  if (!isNewEnough(version)) wrong = tooOld(url, version);
  else if (!jetstream) {
    wrong = `The nats-server at ${url} has JetStream switched off: start it with --jetstream.`;
  }
  if (wrong === undefined) return;
  await connection.close();
  throw new NatsError(wrong);
}

/** What no waiting mends. */
function hopelessly(error: unknown, settings: NatsSettings): NatsError | undefined {
  const { url, credentials } = settings;
  if (
    error instanceof errors.AuthorizationError ||
    error instanceof errors.UserAuthenticationExpiredError
  ) {
    return new KeyRefused(
      `The nats-server at ${url} does not accept this key ` +
        `(${refusalOf(error, credentials)}): ask the operator for new credentials.`,
      { cause: error },
    );
  }
  const words = error instanceof Error ? error.message : String(error);
  if (/certificate|self.signed|SSL|TLS|secure/i.test(words)) {
    const why = `The nats-server at ${url} and this program do not agree on TLS (${words}): `;
    return new NatsError(`${why}check the scheme tls:// and the certificate files.`, {
      cause: error,
    });
  }
  return undefined;
}

function unreachable(error: unknown, url: string): NatsError {
  const words = error instanceof Error ? error.message : String(error);
  return new NatsError(
    `No nats-server answers at ${url} (${words}): start it, or correct the address.`,
    { cause: error },
  );
}
