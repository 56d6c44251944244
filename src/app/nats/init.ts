/** `pingo nats init` and `pingo nats serve`. */
import { basename, dirname, join, resolve } from "node:path";
import { findServer } from "../../adapters/nats/find-server.ts";
import { serverConfig } from "../../adapters/nats/server-config.ts";
import { ServerProcess } from "../../adapters/nats/server-process.ts";
import { routeSecret, serverTrust } from "../../adapters/nats/trust.ts";
import { readText } from "../files.ts";
import { writePrivate } from "../gateway/private-file.ts";
import { defaultFolder } from "../live/state-folder.ts";
import { CommandError, Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note, print, printJson } from "../terminal/print.ts";
import { inWords } from "./keep-going.ts";
import { natsFolder, ownTrust } from "./operator-keys.ts";
import { startOwnServer, stopOwnServer } from "./own-server.ts";

export interface InitFlags {
  readonly dir?: string;
  readonly host: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly name: string;
  readonly clusterPort?: number;
  readonly route: ReadonlyArray<string>;
  readonly json?: boolean;
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

export async function init(flags: InitFlags): Promise<Exit> {
  const { host, port, name, clusterPort, route } = flags;
  const folder = resolve(flags.dir ?? defaultFolder());
  const tls = tlsOf(flags);
  if (tls === undefined && !loopback.test(host)) {
    throw new CommandError(
      `${host} is seen by other machines, and work must not travel in the clear; add --tls-cert ` +
        "and --tls-key, or keep to 127.0.0.1 with a tunnel",
      { code: "tls", field: "host" },
    );
  }
  if (clusterPort === undefined && route.length > 0) {
    throw new CommandError("--route is for a cluster; add --cluster-port", { field: "route" });
  }
  if (tls !== undefined && clusterPort !== undefined && tls.ca === undefined) {
    throw new CommandError(
      "servers of a cluster check each other's certificates; add --tls-ca with the file of who " +
        "signed them",
      { code: "tls", field: "tls-ca" },
    );
  }
  const own = natsFolder(folder);
  const trust = ownTrust(folder);
  const users = await serverTrust(trust, join(own, `accounts-${name}`));
  const config = join(own, `${name}.conf`);
  const text = serverConfig({
    name,
    host,
    port,
    storeDir: join(own, `store-${name}`),
    users,
    ...(tls === undefined ? {} : { tls }),
    ...(clusterPort === undefined
      ? {}
      : {
          cluster: {
            name: "pingo",
            port: clusterPort,
            routes: route,
            secret: routeSecret(trust),
            ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
          },
        }),
  });
  writePrivate(config, text);
  if (flags.json === true) printJson({ config, folder });
  else print(`${config}: start it with nats-server -c, or with pingo nats serve --config.`);
  return Exit.fine;
}

function tlsOf({ tlsCert, tlsKey, tlsCa }: InitFlags) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CommandError("--tls-cert and --tls-key belong together; give both", { code: "tls" });
  }
  const ca = tlsCa === undefined ? {} : { ca: resolve(tlsCa) };
  return { cert: resolve(tlsCert), key: resolve(tlsKey), ...ca };
}

export interface ServeFlags {
  readonly dir?: string;
  readonly port: number;
  readonly config?: string;
  readonly json?: boolean;
}

export async function serve(flags: ServeFlags): Promise<Exit> {
  if (flags.config !== undefined) return await serveConfig(resolve(flags.config), flags);
  const folder = resolve(flags.dir ?? defaultFolder());
  const interrupt = new Interrupt();
  const asked = new Promise<void>((done) => interrupt.onAsk(done));
  const server = await startOwnServer(folder, flags.port).catch((error: unknown) => {
    throw inWords(error);
  });
  if (flags.json === true) printJson({ up: true, url: server.url, pid: server.pid });
  else print(`nats-server at ${server.url}, keys and store in ${natsFolder(folder)}.`);
  const ended = await Promise.race([asked.then(() => "asked" as const), server.ended]);
  if (ended !== "asked") throw new CommandError(ended, { code: "server", exit: Exit.crash });
  await stopOwnServer(folder, server);
  return Exit.fine;
}

/** One server of several: as `pingo nats init` wrote it, on the machine where its store is. */
async function serveConfig(config: string, { json }: ServeFlags): Promise<Exit> {
  const text = readText(config, "the server's configuration");
  const [, host, port] = /^listen: "(.+):(\d+)"$/m.exec(text) ?? [];
  if (host === undefined || port === undefined) {
    throw new CommandError(`${config} was not made by pingo nats init; start it with nats-server`, {
      field: "config",
    });
  }
  const interrupt = new Interrupt();
  const asked = new Promise<void>((done) => interrupt.onAsk(done));
  const name = basename(config, ".conf");
  const start = async () => {
    const { path: binary } = await findServer({ say: note });
    const folder = join(dirname(config), `log-${name}`);
    return await ServerProcess.start({ name, binary, folder, config, host, port: Number(port) });
  };
  const server = await start().catch((error: unknown) => {
    throw inWords(error);
  });
  const url = `${/^tls \{/m.test(text) ? "tls" : "nats"}://${host}:${port}`;
  if (json === true) printJson({ up: true, url, pid: server.pid });
  else print(`nats-server at ${url}, as ${config} says.`);
  const ended = await Promise.race([asked.then(() => "asked" as const), server.ended]);
  if (ended !== "asked") throw new CommandError(ended, { code: "server", exit: Exit.crash });
  await server.stop();
  return Exit.fine;
}
