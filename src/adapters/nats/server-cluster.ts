/** Three servers on one machine that keep every message three times: to try out, and for tests. */
import { join } from "node:path";
import { freePort, type OwnServer, ServerProcess } from "./server-process.ts";

export interface ClusterOptions {
  readonly binary: string;
  /** Each server has a folder of its own in it. */
  readonly folder: string;
  /** Ports for clients; free ones where none are given. */
  readonly ports?: ReadonlyArray<number>;
  /** Who may connect, for the server that keeps its accounts in `accounts`. */
  readonly users?: (accounts: string) => Promise<string>;
}

const SIZE = 3;

export class ServerCluster {
  readonly servers: ReadonlyArray<ServerProcess>;

  private constructor(servers: ReadonlyArray<ServerProcess>) {
    this.servers = servers;
  }

  static async start(options: ClusterOptions): Promise<ServerCluster> {
    const routes: number[] = [];
    while (routes.length < SIZE) {
      const port = await freePort();
      if (!routes.includes(port)) routes.push(port);
    }
    const starting = routes.map(async (port, i) => {
      const folder = join(options.folder, `server-${i + 1}`);
      const others = routes.filter((each) => each !== port);
      const users = await options.users?.(join(folder, "accounts"));
      const own: OwnServer = {
        binary: options.binary,
        folder,
        name: `server-${i + 1}`,
        cluster: { name: "pingo", port, routes: others },
        ...(users === undefined ? {} : { users }),
        ...(options.ports?.[i] === undefined ? {} : { port: options.ports[i] }),
      };
      return ServerProcess.start(own);
    });
    const started = await Promise.allSettled(starting);
    const servers = started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failed = started.find((each) => each.status === "rejected");
    if (failed === undefined) return new ServerCluster(servers);
    await Promise.all(servers.map((server) => server.kill()));
    throw failed.reason;
  }

  /** What clients connect to: any of them will do. */
  get url(): string {
    return this.servers.map(({ url }) => url).join(",");
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
