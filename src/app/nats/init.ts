/** `pingo nats init` and `pingo nats serve`. */
import { join, resolve } from "node:path";
import { serverConfig } from "../../adapters/nats/server-config.ts";
import { serverTrust } from "../../adapters/nats/trust.ts";
import { writePrivate } from "../gateway/private-file.ts";
import { defaultFolder } from "../live/state-folder.ts";
import { CommandError, Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { print, printJson } from "../terminal/print.ts";
import { inWords } from "./keep-going.ts";
import { natsFolder, ownTrust } from "./operator-keys.ts";
import { startOwnServer, stopOwnServer } from "./own-server.ts";

export interface InitFlags {
  readonly dir?: string;
  readonly host: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
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
  const own = natsFolder(folder);
  const users = await serverTrust(ownTrust(folder), join(own, `accounts-${name}`));
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
      : { cluster: { name: "pingo", port: clusterPort, routes: route } }),
  });
  writePrivate(config, text);
  if (flags.json === true) printJson({ config, folder });
  else print(`${config}: start it with nats-server -c, or use pingo nats serve on this machine.`);
  return Exit.fine;
}

function tlsOf({ tlsCert, tlsKey }: InitFlags) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CommandError("--tls-cert and --tls-key belong together; give both", { code: "tls" });
  }
  return { cert: resolve(tlsCert), key: resolve(tlsKey) };
}

export interface ServeFlags {
  readonly dir?: string;
  readonly port: number;
  readonly json?: boolean;
}

export async function serve(flags: ServeFlags): Promise<Exit> {
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
