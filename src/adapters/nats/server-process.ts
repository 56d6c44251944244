/**
 * Owns one nats-server: starts it on a folder, waits until it answers, stops it, kills it, starts
 * it again on what it had. Used by `pingo up --nats`, the tests and the benchmarks.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { type ServerSettings, serverConfig } from "./server-config.ts";
import { isNewEnough, tooOld } from "./server-version.ts";

/** Settings of a server that lives in one folder of ours. */
export interface OwnServer extends Omit<ServerSettings, "storeDir" | "port" | "logFile"> {
  readonly binary: string;
  readonly folder: string;
  readonly port?: number;
  /** A configuration that is there already, and is used as it is. */
  readonly config?: string;
}

/** The server did not start; the message has its own last words. */
export class ServerFailed extends Error {
  override readonly name = "ServerFailed";
}

const READY_MS = 15_000;
const STOP_MS = 10_000;

const running = new Set<ChildProcess>();
let watching = false;

/** No server outlives the process that owns it, however that ends. */
function killWithUs(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
  if (watching) return;
  watching = true;
  process.once("exit", () => {
    for (const each of running) each.kill("SIGKILL");
  });
}

export class ServerProcess {
  readonly port: number;
  private readonly own: OwnServer;
  private child: ChildProcess | undefined;

  private constructor(own: OwnServer, port: number) {
    this.own = own;
    this.port = port;
  }

  /** Resolves when clients can connect. */
  static async start(own: OwnServer): Promise<ServerProcess> {
    const server = new ServerProcess(own, own.port ?? (await freePort()));
    await server.again();
    return server;
  }

  get url(): string {
    return `${this.own.tls === undefined ? "nats" : "tls"}://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts it again on its folder and port; other users than before may be given. */
  async again(users: string | undefined = this.own.users): Promise<void> {
    const { binary, folder } = this.own;
    mkdirSync(folder, { recursive: true });
    const settings: ServerSettings = {
      ...this.own,
      ...(users === undefined ? {} : { users }),
      port: this.port,
      storeDir: join(folder, "store"),
      logFile: this.logFile,
    };
    const config = this.own.config ?? join(folder, "nats-server.conf");
    if (this.own.config === undefined) {
      writeFileSync(config, serverConfig(settings), { mode: 0o600 });
    }
    writeFileSync(this.logFile, "");
    const child = spawn(binary, ["-c", config, "-l", this.logFile], {
      stdio: "ignore",
      // Ctrl-C is for us: shards still need the server to keep what they have
      detached: true,
    });
    killWithUs(child);
    this.child = child;
    const ended = new Promise<never>((_, reject) => {
      child.once("error", (cause) => reject(new ServerFailed(String(cause), { cause })));
      child.once("exit", () => reject(new ServerFailed(this.lastWords())));
    });
    ended.catch(() => undefined);
    const wrong = await Promise.race([ended, this.unready()]);
    if (wrong === undefined) return;
    await this.kill();
    throw new ServerFailed(wrong);
  }

  /** Resolves with its last words when it ends, whoever ended it. */
  get ended(): Promise<string> {
    return new Promise((resolve) => this.child?.once("exit", () => resolve(this.lastWords())));
  }

  /** Ends it in order: clients are told, everything is on disk. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.child?.kill("SIGKILL"), STOP_MS);
    await this.end("SIGTERM");
    clearTimeout(timer);
  }

  /** As a power cut does, except that the operating system keeps what was written. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  private get logFile(): string {
    return join(this.own.folder, "nats-server.log");
  }

  /** Waits until it answers; else says why it is of no use. */
  private async unready(): Promise<string | undefined> {
    const until = Date.now() + READY_MS;
    while (Date.now() < until) {
      const version = await greeting(this.port, this.own.host);
      if (version !== undefined) {
        return isNewEnough(version) ? undefined : tooOld(this.own.binary, version);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return `nats-server did not answer within ${READY_MS / 1000} s`;
  }

  private lastWords(): string {
    let log = "";
    try {
      log = readFileSync(this.logFile, "utf8").trim();
    } catch {
      // It ended before it could write any.
    }
    const last = log.slice(log.lastIndexOf("\n") + 1).replace(/^\[\d+\] \S+ \S+ /, "");
    return `nats-server ended${last === "" ? "" : `: ${last}`}`;
  }
}

/** The version that a server on this port of the machine greets with, or undefined. */
function greeting(port: number, host = "127.0.0.1"): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host);
    const done = (version: string | undefined) => {
      socket.destroy();
      resolve(version);
    };
    let text = "";
    socket.setTimeout(1_000, () => done(undefined));
    socket.once("error", () => done(undefined));
    socket.once("close", () => done(undefined));
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const found = /"version":"([^"]+)"/.exec(text);
      if (found !== null) done(found[1]);
    });
  });
}

/** A loopback port that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const at = probe.address();
      const port = typeof at === "object" && at !== null ? at.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
