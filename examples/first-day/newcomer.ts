/**
 * A newcomer with a folder of its own: the network that runs there, the client of programs, and the
 * commands of `pingo`, each of them a process that can be killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PinGo } from "../../src/app/client/pingo.ts";
import { readJobFile } from "../../src/app/job/job-file.ts";

const PATIENCE_MS = 15 * 60_000;
const LOOK_MS = 500;

/** What a command printed, as far as anybody here reads it. */
export interface Shown {
  readonly state?: string;
  readonly sent?: boolean;
  readonly claimed?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Place {
  readonly folder: string;
  /** Of the gateway. */
  readonly port: number;
  /** What starts `pingo`: a program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  readonly root: string;
}

/** When a command dies: its message to the chain is written down; the chain has taken it. */
export type Death = "written" | "taken";

export class Newcomer {
  readonly folder: string;
  readonly keyFile: string;
  private readonly place: Place;
  private network: ChildProcess | undefined;

  constructor(place: Place) {
    this.place = place;
    this.folder = place.folder;
    this.keyFile = join(place.folder, "newcomer.key");
  }

  /** Anew each time: whoever was connected to a network that was killed begins again. */
  get pingo(): PinGo {
    // the token lies where `pingo up` left it
    process.env.PINGO_HOME = this.folder;
    return new PinGo({ url: this.url });
  }

  private get url(): string {
    return `http://127.0.0.1:${this.place.port}`;
  }

  async up(): Promise<void> {
    // whoever watches has nothing more urgent to do with this machine
    const flags = ["--dir", this.folder, "--port", String(this.place.port), "--priority", "normal"];
    const child = this.start(["up", ...flags, "--json"]);
    this.network = child;
    await new Promise<void>((ready, failed) => {
      child.stdout?.once("data", () => ready());
      child.once("exit", (code) => failed(new Error(`pingo up ended with ${code}`)));
    });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.network;
    this.network = undefined;
    if (child !== undefined) await ended(child, signal);
  }

  /** A command of `pingo` and its one JSON object; undefined when it was killed on the way. */
  async run(args: ReadonlyArray<string>, endpoint?: string): Promise<Shown> {
    const child = this.start(this.withKey(args, endpoint));
    const shown = await shownBy(child);
    if (shown === undefined) throw new Error(`pingo ${args.join(" ")} said nothing`);
    return shown;
  }

  /**
   * The same, killed at its next message to the chain. What it shows when it had none to send and
   * came to its end; undefined when it died.
   */
  async runToDeath(
    args: ReadonlyArray<string>,
    { death, chain }: { readonly death: Death; readonly chain: string },
  ): Promise<Shown | undefined> {
    let child: ChildProcess | undefined;
    const between = createServer((request, response) => {
      passOn(request, response, { death, chain, kill: () => child?.kill("SIGKILL") }).catch(() =>
        response.destroy(),
      );
    });
    await new Promise<void>((done) => between.listen(0, "127.0.0.1", done));
    const { port } = between.address() as AddressInfo;
    try {
      child = this.start(this.withKey(args, `http://127.0.0.1:${port}/api/v2/jsonRPC`));
      return await shownBy(child);
    } finally {
      between.closeAllConnections();
      between.close();
    }
  }

  /** Says what was waited for when it never comes. */
  async until<A>(what: string, look: () => Promise<A | undefined>): Promise<A> {
    const end = performance.now() + PATIENCE_MS;
    let last = "";
    while (performance.now() < end) {
      const found = await look().catch((error: unknown) => {
        last = String(error);
        return undefined;
      });
      if (found !== undefined) return found;
      await new Promise((next) => setTimeout(next, LOOK_MS));
    }
    throw new Error(`waited in vain for ${what}${last === "" ? "" : `: ${last}`}`);
  }

  /** Hands the job in. By its key it is one job, sent often or not. */
  async submit(key: string): Promise<string> {
    const work = readJobFile(join(this.place.root, "examples", "digits-infer.yaml"));
    return (await this.pingo.submit(work, { key })).id;
  }

  private withKey(args: ReadonlyArray<string>, endpoint?: string): ReadonlyArray<string> {
    const at = endpoint === undefined ? [] : ["--endpoint", endpoint];
    return [...args, "--dir", this.folder, "--key-file", this.keyFile, ...at, "--json"];
  }

  private start(args: ReadonlyArray<string>): ChildProcess {
    const { command, root: cwd } = this.place;
    const [program, ...first] = command;
    const env = { ...process.env, PINGO_HOME: this.folder, PINGO_URL: this.url };
    return spawn(program, [...first, ...args], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill(signal);
  await gone;
}

/** Undefined where it was killed before it said anything. */
async function shownBy(child: ChildProcess): Promise<Shown | undefined> {
  let text = "";
  child.stdout?.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  await new Promise((done) => child.once("close", done));
  return text === "" ? undefined : (JSON.parse(text) as Shown);
}

interface Between {
  readonly death: Death;
  /** Endpoint of the chain. */
  readonly chain: string;
  readonly kill: () => void;
}

/** Stands between a command and its chain: hands everything on but the message it dies at. */
async function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  { death, chain, kill }: Between,
): Promise<void> {
  const { method = "GET", url = "/", headers } = request;
  const parts: Array<Buffer> = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const isMessage = body.includes('"sendBoc"');
  if (isMessage && death === "written") return kill();
  const type = headers["content-type"] ?? "application/json";
  const answer = await fetch(new URL(url, chain), {
    method,
    headers: { "content-type": type },
    ...(method === "GET" ? {} : { body }),
  });
  if (isMessage) return kill();
  const headersBack = { "content-type": answer.headers.get("content-type") ?? type };
  response.writeHead(answer.status, headersBack).end(Buffer.from(await answer.arrayBuffer()));
}
