/**
 * Writes the configuration of a nats-server that PinGo starts by itself: on loopback, with
 * JetStream, and where asked with TLS, users and a cluster.
 */

export interface ServerSettings {
  /** Unique within a cluster. */
  readonly name: string;
  readonly host?: string;
  readonly port: number;
  /** JetStream's files; a server started on the same folder has all that the last one had. */
  readonly storeDir: string;
  readonly maxStoreBytes?: number;
  readonly tls?: TlsFiles;
  readonly cluster?: ClusterSettings;
  /** Who may connect and what they may do, as `permissions.ts` writes it. */
  readonly users?: string;
  readonly logFile?: string;
}

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** With it clients must show a certificate that it signed. */
  readonly clientCa?: string;
}

export interface ClusterSettings {
  readonly name: string;
  readonly port: number;
  /** Ports of the other servers' routes, on loopback, or whole `nats-route://` URLs. */
  readonly routes: ReadonlyArray<number | string>;
  /** What servers say to one another before anything else: without it any server may join. */
  readonly secret?: string;
  /** Who signed the servers' certificates; with it routes are encrypted and both ends checked. */
  readonly ca?: string;
}

const ROUTE_USER = "route";

/** The largest message; journals and blobs cut what they keep into pieces of this. */
export const MAX_PAYLOAD = 1_048_576;

const GIB = 1_073_741_824;

export function serverConfig(settings: ServerSettings): string {
  const host = settings.host ?? "127.0.0.1";
  const lines = [
    `server_name: ${quote(settings.name)}`,
    `listen: ${quote(`${host}:${settings.port}`)}`,
    `max_payload: ${MAX_PAYLOAD}`,
    // A client that reads too slowly is cut off rather than filling the server's memory.
    "write_deadline: 10s",
    "max_pending: 67108864",
    "jetstream {",
    `  store_dir: ${quote(settings.storeDir)}`,
    `  max_file_store: ${settings.maxStoreBytes ?? 16 * GIB}`,
    `  max_memory_store: ${GIB / 4}`,
    "}",
  ];
  if (settings.logFile !== undefined) lines.push(`log_file: ${quote(settings.logFile)}`);
  if (settings.tls !== undefined) lines.push(...tlsLines(settings.tls));
  if (settings.cluster !== undefined)
    lines.push(...clusterLines(settings.cluster, host, settings.tls));
  if (settings.users !== undefined) lines.push(settings.users);
  return `${lines.join("\n")}\n`;
}

function tlsLines(tls: TlsFiles): ReadonlyArray<string> {
  const lines = ["tls {", `  cert_file: ${quote(tls.cert)}`, `  key_file: ${quote(tls.key)}`];
  if (tls.clientCa !== undefined) lines.push(`  ca_file: ${quote(tls.clientCa)}`, "  verify: true");
  return [...lines, "}"];
}

function clusterLines(
  cluster: ClusterSettings,
  host: string,
  tls: TlsFiles | undefined,
): ReadonlyArray<string> {
  const { secret, ca } = cluster;
  const routes = cluster.routes.map((route) => {
    const url = typeof route === "number" ? `nats-route://127.0.0.1:${route}` : route;
    return quote(secret === undefined ? url : url.replace("://", `://${ROUTE_USER}:${secret}@`));
  });
  return [
    "cluster {",
    `  name: ${quote(cluster.name)}`,
    `  listen: ${quote(`${host}:${cluster.port}`)}`,
    `  routes: [${routes.join(", ")}]`,
    ...(secret === undefined
      ? []
      : [`  authorization { user: ${quote(ROUTE_USER)}, password: ${quote(secret)}, timeout: 5 }`]),
    ...(tls === undefined || ca === undefined
      ? []
      : [
          "  tls {",
          `    cert_file: ${quote(tls.cert)}`,
          `    key_file: ${quote(tls.key)}`,
          `    ca_file: ${quote(ca)}`,
          "    timeout: 5",
          "  }",
        ]),
    "}",
  ];
}

/** A string of nats-server's configuration language, which knows JSON's escapes. */
function quote(text: string): string {
  return JSON.stringify(text);
}
